"""A question and passages → a span in each, with its score and the score of "no answer here".

`SentenceReader` is a first reader without training: the sentence nearest to the question by the encoder, and in it the
name, date or amount that the question asks for and that it does not itself contain, near the question's own words
(after the answer typing of Moldovan et al. 2000). It knows no grammar; a trained reader takes its place behind the same
one-method protocol.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.analysis import HAN, query_tokens, readable, tokens, words
from index.encoders import Encoder
from index.sentences import sentences


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)` in the code points of a text, its score, and the score of no answer on the same scale."""

    start: int
    end: int
    score: float
    null_score: float

    @property
    def margin(self) -> float:
        """How far the span is above no answer; below 0 the reader finds none."""
        return self.score - self.null_score


class Reader(Protocol):
    """Reads texts for a question."""

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Return the best span of each text, in order; an empty span where a text has nothing to offer."""
        ...


_NAME = rf"[A-ZÀ-ÝĐ][^\W_{HAN}]+(?:[ .’'-]{{1,2}}(?:[A-ZÀ-ÝĐ0-9][^\W_{HAN}]*))*"
_NUMBER = r"\d+(?:[.,  ]\d+)*"
_MONTH = (
    r"January|February|March|April|May|June|July|August|September|October|November|December"
    r"|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|Januari|Februari|Maret|Mei|Juni|Juli|Agustus|Oktober|Desember"
)
_SCALE = r"(?:millions?|milliards?|billion|juta|miliar|triliun|triệu|tỷ|tỉ|[萬万億亿]+)"
_DATE = (
    rf"(?:\d{{1,2}}(?:er|st|nd|rd|th)? )?(?:{_MONTH})(?: \d{{4}})?|(?:\d{{4}}年)?\d{{1,2}}月(?:\d{{1,2}}日)?"
    r"|\d{1,2}/\d{1,2}(?:/\d{4})?|(?:ngày \d{1,2} )?tháng \d{1,2}|\b(?:1[89]|20)\d\d\b"
)
_MONEY = (
    rf"(?:US)?[$€£¥] ?{_NUMBER}(?: ?{_SCALE})?"
    rf"|{_NUMBER} ?{_SCALE}?(?: de)? ?(?:dollars?|euros?|USD|美元|đô(?: la)?)"
)


@dataclass(frozen=True, slots=True)
class _AnswerType:
    """What a question asks for: the words that ask for it in any of the languages, and what it looks like."""

    cue: re.Pattern[str]
    shape: re.Pattern[str]


def _type(cue: str, shape: str) -> _AnswerType:
    return _AnswerType(re.compile(cue, re.IGNORECASE), re.compile(shape))


# The first whose cue is met decides, so the narrow ones come first.
_TYPES = (
    _type(r"percent|pour ?cent|persen|phần trăm|百分|\bstake\b|probability", rf"{_NUMBER} ?%|百分之\w+"),
    _type(
        r"how much|combien (?:d.argent|de dollars|a coûté)|berapa (?:dana|uang|nilai|harga)|bao nhiêu tiền"
        r"|多少(?:钱|錢|美元)|worth",
        _MONEY,
    ),
    _type(
        r"\bwhen\b|\b(?:which|what) (?:day|date|year|month)|\bquand\b|quelle (?:date|année)|\bkapan\b|tahun berapa"
        r"|ngày nào|khi nào|năm nào|何时|何時|什么时候|哪一?[年天日]|几月",
        _DATE,
    ),
    _type(r"how (?:many|much|old|long)|combien|berapa|bao nhiêu|多少|几", rf"{_NUMBER}(?: ?{_SCALE})?"),
    _type(r"\bwho(?:m|se)?\b|\bqui\b|\bsiapa\b|(?:^|\s)ai(?:\s|\?)|[谁誰]|哪位|\bwhich (?:company|executive)", _NAME),
)
_ANY = re.compile(rf"{_NAME}|{_MONEY}|{_DATE}|{_NUMBER}(?: ?%)?")
ACRONYM = 4  # letters; CEO and AI are what nobody asks for by `who`
_NEAR = 40  # characters; how far from the question's words an answer counts as next to them


class SentenceReader:
    """The first reader: nearest sentence, then the nearest thing in it of the kind that is asked for."""

    def __init__(self, encoder: Encoder) -> None:
        """Take the encoder that compares sentences with the question."""
        self._encoder = encoder

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Return a span for each text; scores are comparable between the texts of one call."""
        spans = [(text, span) for text in texts for span in sentences(text, "en")]
        if not spans:
            return [Span(0, 0, 0.0, 1.0) for _ in texts]
        query = self._encoder.encode_query([question])[0]
        similar = self._encoder.encode_document([readable(text[slice(*span)]) for text, span in spans]) @ query
        wanted = next((kind.shape for kind in _TYPES if kind.cue.search(question)), None)
        asked = frozenset(query_tokens(question))
        best: list[Span] = []
        for text in texts:
            scored = [
                self._best_in(text, span, wanted, asked, float(similarity), texts)
                for (owner, span), similarity in zip(spans, similar, strict=True)
                if owner is text
            ]
            best.append(max(scored, key=lambda span: span.score, default=Span(0, 0, 0.0, 1.0)))
        return best

    def _best_in(
        self,
        text: str,
        span: tuple[int, int],
        wanted: re.Pattern[str] | None,
        asked: frozenset[str],
        similarity: float,
        texts: Sequence[str],
    ) -> Span:
        start, end = span
        sentence = text[start:end]
        present = [match for match in re.finditer(r"\w+", sentence) if asked.intersection(_terms(match.group()))]
        candidates = list(_candidates(sentence, wanted or _ANY, asked))
        # The scale is that of the cosine: e5 keeps unrelated pairs near 0.75 and answers near 0.85.
        base = 20 * (similarity - 0.8) + 0.2 * min(len(present), 5)
        if not candidates:
            return Span(start, end, base - (2.0 if wanted else 0.5), 0.0)
        worth, (first, last) = max((self._worth(sentence, found, present, texts), found) for found in candidates)
        return Span(start + first, start + last, base + worth + (0.5 if wanted else 0.0), 0.0)

    def _worth(
        self, sentence: str, found: tuple[int, int], present: Sequence[re.Match[str]], texts: Sequence[str]
    ) -> float:
        """Near the question's words is good, more than one word is good, and what every text names is no answer."""
        named = sentence[slice(*found)]
        nearness = max(0.0, 1 - _distance(found, present) / _NEAR)
        return nearness + 0.5 * (" " in named) - 2 * sum(named in text for text in texts) / len(texts)


def _terms(word: str) -> set[str]:
    return set(tokens(word, "en")) | set(tokens(word, "vi"))


def _candidates(sentence: str, shape: re.Pattern[str], asked: frozenset[str]) -> Iterator[tuple[int, int]]:
    for match in shape.finditer(sentence):
        first, last = match.span()
        if first == 0 and " " not in match.group() and match.group()[0].isalpha():
            continue  # the first word of a sentence has a capital letter whatever it is
        if match.group().isupper() and len(match.group()) <= ACRONYM:
            continue
        said = set(words(match.group()))
        if said and not said & asked:
            yield first, last


def _distance(found: tuple[int, int], present: Sequence[re.Match[str]]) -> int:
    gaps = [max(match.start() - found[1], found[0] - match.end(), 0) for match in present]
    outside = [gap for gap, match in zip(gaps, present, strict=True) if not found[0] <= match.start() < found[1]]
    return min(outside, default=10 * _NEAR)

"""Retriever and reader → an answer with its quotes, or silence.

The reader's best span of each passage is a candidate. Candidates that say the same are one answer, supported by each of
their quotes; the answer with most behind it is given, others that come close are shown as a dispute. Where the
evidence does not carry an answer at the error rate that was asked for, none is given and the nearest passages are shown
as what they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reader import Reader, Span
from index.analysis import clean, words
from index.detection import detect
from index.errors import PolyQuoteError
from index.records import ArticleInfo, Filter, Hit, Kind
from index.retriever import Retrieval, Retriever
from index.sentences import sentences

# P(the answer is right) = σ(BIAS + SLOPE·margin): set by hand for the first reader, whose margins are no logits.
BIAS = -0.6
SLOPE = 1.1
SUPPORT = 0.6  # added to an answer's margin for each doubling of the passages behind it
RETRIEVAL = 1.5  # added to a candidate's margin for the best hit; others get their share of its score
CLOSE = 0.5  # an answer is disputed by another whose score is at least this share of its own


class QuestionError(PolyQuoteError):
    """A question cannot be asked: it is blank or too long."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of an article, word for word, and where the answer stands in it; all in the article's code points.

    `answer_start` and `answer_end` are None for a nearest passage, which answers nothing.
    """

    article: ArticleInfo
    text: str
    start: int
    end: int
    answer_start: int | None
    answer_end: int | None
    score: float
    kind: Kind

    @property
    def answer(self) -> str | None:
        """The answer's own words."""
        if self.answer_start is None or self.answer_end is None:
            return None
        return self.text[self.answer_start - self.start : self.answer_end - self.start]


@dataclass(frozen=True, slots=True)
class Dispute:
    """Another answer that other quotes give."""

    answer: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got. `confidence` is the estimated probability that `answer` is right, also when it is withheld.

    `language` is the question's, `und` where it cannot be told. `quotes` are best first and empty when abstaining;
    `nearest` is empty when answering. `retrieval` is what the search gave, for `--explain`.
    """

    question: str
    language: str
    answered: bool
    answer: str | None
    confidence: float
    quotes: tuple[Quote, ...]
    disputes: tuple[Dispute, ...]
    nearest: tuple[Quote, ...]
    retrieval: Retrieval


@dataclass(frozen=True, slots=True)
class _Candidate:
    key: tuple[str, ...]
    margin: float
    quote: Quote


def clean_question(text: str, max_length: int) -> str:
    """Return a question fit to ask, without control, zero-width and bidi characters; raises QuestionError."""
    question = clean(text)
    if not any(char.isalnum() for char in question):
        raise QuestionError("the question is blank: ask something with at least one letter or digit")
    if len(question) > max_length:
        raise QuestionError(
            f"the question has {len(question)} characters, at most {max_length} are taken"
            " (answer.max_question_length): shorten it"
        )
    return question


class Answerer:
    """Answers questions from one generation of the index; stateless between questions."""

    def __init__(self, retriever: Retriever, reader: Reader, *, passages: int) -> None:
        """Take the two stages, and how many passages are read for an answer."""
        self._retriever = retriever
        self._reader = reader
        self._passages = passages

    def ask(self, question: str, *, max_error: float, quotes: int, chosen: Filter = Filter()) -> Answer:
        """Answer a cleaned question with at most so many quotes, or abstain where 1 − confidence > `max_error`."""
        retrieval = self._retriever.search(question, top_k=self._passages, chosen=chosen)
        spans = self._reader.read(question, [hit.passage.text for hit in retrieval.hits])
        found = _candidates(retrieval.hits, spans)
        groups = _groups(found)
        language = detect(question) or "und"
        confidence = _confidence(groups[0]) if groups else 0.0
        if not groups or 1 - confidence > max_error:
            nearest = tuple(_nearest(hit) for hit in retrieval.hits[:quotes])
            return Answer(question, language, False, None, confidence, (), (), nearest, retrieval)
        best, *others = groups
        answer = best[0].quote.answer
        disputes = tuple(
            Dispute(group[0].quote.answer or "", _quotes(group, quotes))
            for group in others
            if _confidence(group) >= CLOSE * confidence and 1 - _confidence(group) <= max_error
        )
        return Answer(question, language, True, answer, confidence, _quotes(best, quotes), disputes, (), retrieval)


def _candidates(hits: Sequence[Hit], spans: Sequence[Span]) -> list[_Candidate]:
    top = max((hit.score for hit in hits), default=1.0)
    found = []
    for hit, span in zip(hits, spans, strict=True):
        key = tuple(words(hit.passage.text[span.start : span.end]))
        if not key:
            continue
        margin = span.margin + RETRIEVAL * hit.score / top
        found.append(_Candidate(key, margin, _quote(hit, span.start, span.end, margin)))
    return found


def _groups(found: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Return candidates that say the same together, each group best first, the groups by their support."""
    groups: list[list[_Candidate]] = []
    for candidate in sorted(found, key=lambda one: (-one.margin, one.quote.article.id, one.quote.start)):
        home = next((group for group in groups if _same(group[0].key, candidate.key)), None)
        if home is None:
            groups.append([candidate])
        else:
            home.append(candidate)
    return sorted(groups, key=lambda group: -_strength(group))


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two answers are the same words, or one is a part of the other (`Shear`, `Emmett Shear`)."""
    short, long = sorted((one, other), key=len)
    return any(long[start : start + len(short)] == short for start in range(len(long) - len(short) + 1))


def _strength(group: Sequence[_Candidate]) -> float:
    return group[0].margin + SUPPORT * math.log2(len({one.quote.article.id for one in group}))


def _confidence(group: Sequence[_Candidate]) -> float:
    return 1 / (1 + math.exp(-(BIAS + SLOPE * _strength(group))))


def _quotes(group: Sequence[_Candidate], most: int) -> tuple[Quote, ...]:
    """Return the quotes of a group, one for each sentence, the best of every article before second ones."""
    unique = list({(one.quote.article.id, one.quote.start): one.quote for one in reversed(group)}.values())[::-1]
    first = list({quote.article.id: quote for quote in reversed(unique)}.values())[::-1]
    return tuple([*first, *(quote for quote in unique if quote not in first)][:most])


def _quote(hit: Hit, start: int, end: int, score: float) -> Quote:
    """Return the sentence or sentences of a passage that hold `[start, end)` of its text."""
    passage = hit.passage
    spans = sentences(passage.text, passage.article.language)
    first = max((span[0] for span in spans if span[0] <= start), default=0)
    last = min((span[1] for span in spans if span[1] >= end), default=len(passage.text))
    return Quote(
        passage.article,
        passage.text[first:last],
        passage.start + first,
        passage.start + last,
        passage.start + start,
        passage.start + end,
        score,
        passage.kind,
    )


def _nearest(hit: Hit) -> Quote:
    passage = hit.passage
    return Quote(passage.article, passage.text, passage.start, passage.end, None, None, hit.score, passage.kind)


def agreement(quotes: Sequence[Quote]) -> tuple[int, int]:
    """Return how many articles and how many languages the quotes come from."""
    return len({quote.article.id for quote in quotes}), len({quote.article.language for quote in quotes})

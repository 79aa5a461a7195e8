"""Retriever and reader → an answer with its quotes, or silence.

The reader's best span of each passage is a candidate. Candidates that say the same are one answer; what else the
search found is then read again sentence by sentence for more quotes of it. The answer with most behind it is given,
others that come close are shown as a dispute. Where the evidence does not carry an answer at the error rate that was
asked for, none is given and the nearest passages are shown as what they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.equivalence import Statement, same, statement
from bot.reader import Reader
from index.analysis import clean, words
from index.detection import detect
from index.errors import PolyQuoteError
from index.records import ArticleInfo, Filter, Hit, Kind, Passage
from index.retriever import Retrieval, Retriever
from index.sentences import sentences

# A candidate's strength is the reader's margin and RETRIEVAL times its share of the best hit's score; a comment's is
# less by COMMENT. P(right) = σ(BIAS + SLOPE·strength). How they were fitted: results/README.md.
RETRIEVAL = 2.0
COMMENT = 2.0
BIAS = -1.5
SLOPE = 0.5
SUPPORTED = 0.0  # margin from which a sentence that is read on its own is another quote of an answer
NEAREST = 3  # passages shown where there is no answer
DISPUTED = 0.5  # P(right) from which another answer is shown as a dispute


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
    said: Statement
    strength: float
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
        groups = self._groups(question, retrieval.hits)
        language = detect(question) or "und"
        confidence = _confidence(groups[0]) if groups else 0.0
        if not groups or 1 - confidence > max_error:
            nearest = tuple(_nearest(hit) for hit in retrieval.hits[: min(quotes, NEAREST)])
            return Answer(question, language, False, None, confidence, (), (), nearest, retrieval)
        best, *others = groups
        disputes = tuple(
            Dispute(group[0].quote.answer or "", _quotes(group, quotes))
            for group in others
            if _confidence(group) >= DISPUTED
        )
        more = self._corroborate(question, best, retrieval.hits)
        shown = _quotes([*best, *more], quotes)
        return Answer(question, language, True, best[0].quote.answer, confidence, shown, disputes, (), retrieval)

    def _groups(self, question: str, hits: Sequence[Hit]) -> list[list[_Candidate]]:
        """Return candidates that say the same together, each group and the groups strongest first."""
        top = max((hit.score for hit in hits), default=1.0)
        found = []
        for hit, span in zip(hits, self._reader.read(question, [hit.passage.text for hit in hits]), strict=True):
            strength = span.margin + RETRIEVAL * hit.score / top - COMMENT * (hit.passage.kind is Kind.COMMENT)
            said = statement(hit.passage.text[span.start : span.end], self._retriever.names)
            if said.words:
                found.append(_Candidate(said, strength, _quote(hit.passage, span.start, span.end, strength)))
        groups: list[list[_Candidate]] = []
        for candidate in sorted(found, key=lambda one: (-one.strength, one.quote.article.id, one.quote.start)):
            home = next((group for group in groups if same(group[0].said, candidate.said)), None)
            if home is None:
                groups.append([candidate])
            else:
                home.append(candidate)
        return sorted(groups, key=_strength, reverse=True)

    def _corroborate(self, question: str, group: Sequence[_Candidate], hits: Sequence[Hit]) -> list[_Candidate]:
        """Read sentences that hold the answer's words on their own, and return those that give it as theirs.

        A passage has one best span, and the reader may have found another in it; what it says of the one sentence is
        what a quote of that sentence is worth.
        """
        quoted = {(one.quote.article.id, one.quote.start) for one in group}
        asked = [
            (hit.passage, start, end)
            for hit in hits
            for start, end in sentences(hit.passage.text, hit.passage.article.language)
            if (hit.passage.article.id, hit.passage.start + start) not in quoted
            and self._holds(hit.passage.text[start:end], group[0].said)
        ]
        spans = self._reader.read(question, [passage.text[start:end] for passage, start, end in asked])
        found = []
        for (passage, start, _), span in zip(asked, spans, strict=True):
            said = statement(passage.text[start + span.start : start + span.end], self._retriever.names)
            strength = span.margin - COMMENT * (passage.kind is Kind.COMMENT)
            if strength > SUPPORTED and same(said, group[0].said):
                quote = _quote(passage, start + span.start, start + span.end, strength)
                found.append(_Candidate(said, strength, quote))
        return sorted(found, key=lambda one: (-one.strength, one.quote.article.id, one.quote.start))

    def _holds(self, text: str, said: Statement) -> bool:
        there = self._retriever.names.canonical(tuple(words(text)))
        return bool(set(said.words) & set(there))


def _strength(group: Sequence[_Candidate]) -> float:
    """Return log Σ exp of the best candidate of each article: two articles that say the same say more than one."""
    best: dict[str, float] = {}
    for one in group:
        best[one.quote.article.id] = max(one.strength, best.get(one.quote.article.id, -math.inf))
    top = max(best.values())
    return top + math.log(sum(math.exp(strength - top) for strength in best.values()))


def _confidence(group: Sequence[_Candidate]) -> float:
    return 1 / (1 + math.exp(-(BIAS + SLOPE * _strength(group))))


def _quotes(group: Sequence[_Candidate], most: int) -> tuple[Quote, ...]:
    """Return the quotes of a group, one for each sentence, the best of every article before second ones."""
    unique = list({(one.quote.article.id, one.quote.start): one.quote for one in reversed(group)}.values())[::-1]
    first = list({quote.article.id: quote for quote in reversed(unique)}.values())[::-1]
    return tuple([*first, *(quote for quote in unique if quote not in first)][:most])


def _quote(passage: Passage, start: int, end: int, score: float) -> Quote:
    """Return the sentence or sentences of a passage that hold `[start, end)` of its text."""
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

"""Retriever and reader → an answer with its quotes, or silence.

The reader's best span of each passage is a candidate, and the sentence that holds it is read once more by itself.
Candidates that say the same are one answer. The sentences of the strongest are then read side by side, since passages
that are read one by one do not see each other. The answer with most behind it is given; what else the search found is
read again sentence by sentence for more quotes of it. Others that come close are shown as a dispute. Where the evidence
does not carry an answer at the error rate that was asked for, none is given and the passages that came nearest to one
are shown as what they are.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.equivalence import same, statement
from bot.reader import Reader, Span
from bot.support import Candidate, Group, compared, group, ordered
from index.analysis import clean, readable, readable_positions, words
from index.detection import detect
from index.errors import PolyQuoteError
from index.records import ArticleInfo, Filter, Hit, Kind, Passage
from index.retriever import Retrieval, Retriever
from index.sentences import sentences

# Margin from which a sentence that is read on its own, and whose best span says what the answer says, is another quote
# of it. Far below 0: the answer is known by then, and long or translated sentences that give it reach no more.
SUPPORTED = -9.75
SENTENCE = 3  # words from which a question in capitals is typed with the key held down, and is no abbreviation
COMPARED = 5  # answers, of those that the passages give, that are read side by side
NEAREST = 3  # passages shown where there is no answer
# P(right) from which another answer is shown as a dispute: of the 130 shown over the stories that training never sees,
# 105 are an accepted answer. From 0.9 on it is 17 of 18, from 0.6 on 233 of 326.
DISPUTED = 0.75


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
    """Another answer that other quotes give; an answer's disputes are ordered by date, the latest first."""

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


def clean_question(text: str, max_length: int) -> str:
    """Return a question fit to ask, without control, zero-width and bidi characters; raises QuestionError.

    One that is typed in capitals is asked in small letters: of 70 development and check questions the answerable ones
    were answered rightly, and dared, 43 times as they are, 25 in capitals and 39 in small letters.
    """
    question = clean(text)
    if not any(char.isalnum() for char in question):
        raise QuestionError("the question is blank: ask something with at least one letter or digit")
    if len(question) > max_length:
        raise QuestionError(
            f"the question has {len(question)} characters, at most {max_length} are taken"
            " (answer.max_question_length): shorten it"
        )
    return question.lower() if question.isupper() and len(question.split()) >= SENTENCE else question


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
        spans = self.read(question, [hit.passage.text for hit in retrieval.hits])
        alone = self.read_alone(question, retrieval.hits, spans)
        found = group(retrieval.hits, spans, alone, self._retriever.names)
        groups = compared(found, self.compare(question, found))
        language = detect(question) or "und"
        confidence = groups[0].probability if groups else 0.0
        if not groups or 1 - confidence > max_error:
            nearest = tuple(map(_whole, _nearest(groups, retrieval.hits)[: min(quotes, NEAREST)]))
            return Answer(question, language, False, None, confidence, (), (), nearest, retrieval)
        best, *others = groups
        disputes = tuple(
            Dispute(other.best.text, _quotes(other.candidates, quotes))
            for other in others
            if other.probability >= DISPUTED
        )
        more = self._corroborate(question, best, retrieval.hits)
        shown = _quotes([*best.candidates, *more], quotes)
        latest_first = tuple(sorted(disputes, key=_latest, reverse=True))
        # In the words of the first quote, which are the strongest candidate's unless that is a reader's comment.
        return Answer(question, language, True, shown[0].answer, confidence, shown, latest_first, (), retrieval)

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Read texts as they are readable, and return the spans as they stand in the texts themselves."""
        spans = self._reader.read(question, [readable(text) for text in texts])
        return [_original(span, text) for span, text in zip(spans, texts, strict=True)]

    def read_alone(self, question: str, hits: Sequence[Hit], spans: Sequence[Span]) -> list[float]:
        """Read the sentence of each passage's span by itself, and return the margins.

        A passage makes some of its sentences look as if they answered; and what is read twice is known better.
        """
        lines = [_line(hit.passage, span.start, span.end) for hit, span in zip(hits, spans, strict=True)]
        return [span.margin for span in self._reader.read(question, lines)]

    def compare(self, question: str, groups: Sequence[Group]) -> list[float]:
        """Read the best sentences of the strongest answers side by side, and return their margins, in that order.

        Passages are read one by one, and each has its keen candidate; beside the others it is seen which one is meant.
        """
        best = [one.best for one in groups[:COMPARED]]
        return self._reader.compare(question, [_line(one.passage, one.start, one.end) for one in best])

    def _corroborate(self, question: str, answer: Group, hits: Sequence[Hit]) -> list[Candidate]:
        """Read sentences that hold the answer's words on their own, and return those that give it as theirs.

        A passage has one best span, and the reader may have found another in it; what it says of the one sentence is
        what a quote of that sentence is worth.
        """
        names, said = self._retriever.names, answer.best.said
        quoted = {(one.passage.article.id, _sentence(one.passage, one.start, one.end)[0]) for one in answer.candidates}
        asked = [
            (hit.passage, start, end)
            for hit in hits
            for start, end in sentences(hit.passage.text, hit.passage.article.language)
            if (hit.passage.article.id, hit.passage.start + start) not in quoted
            and set(said.words) & set(names.canonical(tuple(words(hit.passage.text[start:end]))))
        ]
        spans = self.read(question, [passage.text[start:end] for passage, start, end in asked])
        found = []
        for (passage, start, _), span in zip(asked, spans, strict=True):
            also = statement(passage.text[start + span.start : start + span.end], names)
            if span.margin > SUPPORTED and same(also, said):
                found.append(Candidate(passage, start + span.start, start + span.end, also, span.margin))
        return ordered(found)


def _original(span: Span, text: str) -> Span:
    if span.start == span.end:
        return span
    positions = readable_positions(text)
    return replace(span, start=positions[span.start], end=positions[span.end - 1] + 1)


def _latest(dispute: Dispute) -> str:
    """Return the latest date that a quote of a dispute bears; what is undated comes before every date."""
    return max(quote.article.date or "" for quote in dispute.quotes)


def _quotes(candidates: Iterable[Candidate], most: int) -> tuple[Quote, ...]:
    """Return the quotes of an answer, one for each sentence, the best of every article before second ones.

    `candidates` are best first. A reader's comment comes after what articles say themselves.
    """
    unique: dict[tuple[str, int, int], Quote] = {}
    best: dict[str, Quote] = {}
    for quote in map(_quote, candidates):
        unique.setdefault((quote.article.id, quote.start, quote.end), quote)
        best.setdefault(quote.article.id, quote)
    chosen = [*best.values(), *(quote for quote in unique.values() if quote is not best[quote.article.id])]
    return tuple(sorted(chosen, key=lambda quote: quote.kind is Kind.COMMENT)[:most])


def _sentence(passage: Passage, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence or sentences that hold a span of a passage stand in its article."""
    spans = sentences(passage.text, passage.article.language)
    first = max((span[0] for span in spans if span[0] <= start), default=0)
    last = min((span[1] for span in spans if span[1] >= end), default=len(passage.text))
    return passage.start + first, passage.start + last


def _line(passage: Passage, start: int, end: int) -> str:
    """Return the sentence or sentences that hold a span of a passage, readable and in one line; nothing for nothing."""
    if start == end:
        return ""
    first, last = (place - passage.start for place in _sentence(passage, start, end))
    return " ".join(readable(passage.text[first:last]).split())


def _quote(one: Candidate) -> Quote:
    passage = one.passage
    start, end = _sentence(passage, one.start, one.end)
    return Quote(
        passage.article,
        passage.text[start - passage.start : end - passage.start],
        start,
        end,
        passage.start + one.start,
        passage.start + one.end,
        one.strength,
        passage.kind,
    )


def _nearest(groups: Sequence[Group], hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits by the strength of the candidate that each has given; what has given none as the search has it.

    An answer that is there and was not dared stands far more often among the first three of these than among the
    search's: `results/newsrooms.md`. Of passages that share text only the first is kept.
    """
    strengths = {one.passage.id: one.strength for found in groups for one in found.candidates}
    nearest: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: -strengths.get(hit.passage.id, -math.inf)):
        if not any(hit.passage.shared(other.passage) for other in nearest):
            nearest.append(hit)
    return nearest


def _whole(hit: Hit) -> Quote:
    passage = hit.passage
    return Quote(passage.article, passage.text, passage.start, passage.end, None, None, hit.score, passage.kind)


def sources(quotes: Sequence[Quote]) -> tuple[int, int]:
    """Return how many articles and how many languages the quotes come from, readers' comments aside."""
    articles = [quote.article for quote in quotes if quote.kind is not Kind.COMMENT]
    return len({info.id for info in articles}), len({info.language for info in articles})

"""A question set → what became of each question, on the path that `ask` takes.

Every question is asked once, with every error allowed. That gives the *forced* answer and its confidence; the
*decision*, to answer or to abstain, follows from the confidence and `max_error` by the rule of `answering`. So the
risk–coverage curve has all questions in it, and no second path could disagree. Figures over all of them are made in
`tally`, the JSON form of results stands in `results`, files are read and written in `eval_command`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot import metrics
from bot.answering import Answer, QuestionError, Quote
from bot.evidence import Corpus, Located, Ranking, rank
from bot.question_set import Fault, Kind, Question
from index.analysis import fold

DEPTH = 10  # hits that are judged, whatever number of passages is read
NO_ARTICLE = "none"  # the article language of a question without evidence


class Asks(Protocol):
    """What answers questions: `service.Service`, or a stand-in."""

    def ask(self, question: str, *, max_error: float | None = None) -> Answer:
        """Answer a question, or abstain where 1 − confidence > `max_error`; raises QuestionError."""
        ...


class Verdict(StrEnum):
    """What became of a question under the decision; `GOOD` are those one wants."""

    RIGHT = "right"  # answered as accepted
    WRONG = "wrong"  # answered otherwise
    SILENCED = "silenced"  # abstained, and there was an answer
    REFUSED = "refused"  # abstained, and there was none
    UNFOUNDED = "unfounded"  # answered, and there was no answer
    AVOIDED = "avoided"  # a known wrong answer was not given again
    REPEATED = "repeated"  # it was


GOOD = frozenset({Verdict.RIGHT, Verdict.REFUSED, Verdict.AVOIDED})


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with its forced answer and all that was measured on it.

    `scores` holds the figures that the question has a part in; `right` tells whether the forced answer is right, None
    where there is none or nobody knows. `seconds` is the time that answering took.
    """

    question: Question
    answer: Answer
    verdict: Verdict
    right: bool | None
    located: tuple[Located, ...]
    ranking: Ranking
    scores: Mapping[str, float]
    seconds: float

    @property
    def article_languages(self) -> tuple[str, ...]:
        """The languages of the articles that hold the evidence, sorted; `NO_ARTICLE` if there is none."""
        found = {place.article.language for quote in self.located for place in quote.places}
        return tuple(sorted(found)) or (NO_ARTICLE,)

    @property
    def outcomes(self) -> Mapping[str, bool]:
        """What two runs are compared by, of what applies to the question: each holds or does not."""
        named = {"answer": "answer_accuracy", "refusal": "refusal_recall", "evidence": f"Success@{DEPTH}"}
        applying = {name: bool(self.scores[score]) for name, score in named.items() if score in self.scores}
        return {"decision": self.verdict in GOOD, **applying}


def evaluate(
    questions: Iterable[Question | Fault],
    service: Asks,
    corpus: Corpus,
    *,
    max_error: float,
    clock: Callable[[], float],
) -> Iterator[Judged | Fault]:
    """Ask the questions in order and yield what became of each, with the faults of the set where they stand."""
    for question in questions:
        if isinstance(question, Fault):
            yield question
            continue
        started = clock()
        try:
            answer = service.ask(question.text, max_error=1.0)
        except QuestionError as error:
            yield Fault(question.line, str(error))
            continue
        judged = judge(question, answer, corpus, max_error=max_error, seconds=clock() - started)
        yield from (Fault(question.line, quote.fault) for quote in judged.located if quote.fault)
        yield judged


def judge(question: Question, answer: Answer, corpus: Corpus, *, max_error: float, seconds: float) -> Judged:
    """Judge a forced answer, and the decision that `max_error` makes of it."""
    answered = answer.answered and 1 - answer.confidence <= max_error
    located = tuple(corpus.locate(evidence) for evidence in question.evidence)
    ranking = rank(located, answer.retrieval.hits[:DEPTH])
    given = answer.answer or ""
    right: bool | None = None
    if answer.answered and question.kind is not Kind.REGRESSION:
        right = metrics.lenient_match(given, question.answers)
    scores = {
        **_answer_scores(question, answer, given),
        **_ranking_scores(ranking),
        **_citation_scores(question, answer, answered, corpus),
        **_decision_scores(question, answered, bool(right)),
    }
    verdict = _verdict(question, given if answered else None, bool(right))
    scores["decision_accuracy"] = float(verdict in GOOD)
    if question.kind is Kind.REGRESSION:
        scores["regressions_avoided"] = float(verdict is Verdict.AVOIDED)
    return Judged(question, answer, verdict, right, located, ranking, scores, seconds)


def _verdict(question: Question, given: str | None, right: bool) -> Verdict:
    """Judge what was said; `given` is None if the bot abstained."""
    if question.kind is Kind.REGRESSION:
        known = question.rejected
        again = given is None if known is None else given is not None and metrics.same_answer(given, known)
        return Verdict.REPEATED if again else Verdict.AVOIDED
    if question.kind is Kind.UNANSWERABLE:
        return Verdict.REFUSED if given is None else Verdict.UNFOUNDED
    if given is None:
        return Verdict.SILENCED
    return Verdict.RIGHT if right else Verdict.WRONG


def _answer_scores(question: Question, answer: Answer, given: str) -> dict[str, float]:
    if question.kind is not Kind.ANSWERABLE:
        return {}
    code = answer.quotes[0].article.language if answer.quotes else question.language
    folded, accepted = fold(given), [fold(one) for one in question.answers]
    return {
        "answer_accuracy": float(metrics.lenient_match(given, question.answers)),
        "EM": metrics.exact_match(folded, accepted, code),
        "F1": metrics.f1(folded, accepted, code),
    }


def _ranking_scores(ranking: Ranking) -> dict[str, float]:
    if not ranking.relevant:
        return {}
    found = (ranking.relevances, ranking.relevant)
    return {
        **{f"Recall@{k}": metrics.recall_at(k, *found) for k in (1, 5, DEPTH)},
        f"Success@{DEPTH}": metrics.success_at(DEPTH, *found),
        f"MRR@{DEPTH}": metrics.reciprocal_rank_at(DEPTH, *found),
        f"nDCG@{DEPTH}": metrics.ndcg_at(DEPTH, *found),
    }


def _citation_scores(question: Question, answer: Answer, answered: bool, corpus: Corpus) -> dict[str, float]:
    """Score the quotes that were shown, after ALCE (Gao et al. 2023), with accepted answers for its entailment model.

    A quote supports an answer if it stands where it says and holds an accepted answer. Precision is the share of an
    answer's quotes that do; recall tells, for a question with an answer, whether any quote shown does.
    """
    scores = {}
    if answer.quotes:
        scores["citation_verified"] = sum(stands(quote, corpus) for quote in answer.quotes) / len(answer.quotes)
    if question.kind is Kind.REGRESSION:
        return scores
    good = sum(supporting(quote, question, corpus) for quote in answer.quotes) if answered else 0
    if answered and answer.quotes:
        scores["citation_precision"] = good / len(answer.quotes)
    if question.kind is Kind.ANSWERABLE:
        scores["citation_recall"] = float(good > 0)
    return scores


def _decision_scores(question: Question, answered: bool, right: bool) -> dict[str, float]:
    """Score the decision: the mean of each is the figure of that name over the questions that have it."""
    if question.kind is Kind.REGRESSION:
        return {}
    refusable = question.kind is Kind.UNANSWERABLE
    scores = {"coverage": float(answered)}
    if answered:
        scores["selective_accuracy"] = float(right)
    else:
        scores["refusal_precision"] = float(refusable)
    if refusable:
        scores["refusal_recall"] = float(not answered)
    return scores


def stands(quote: Quote, corpus: Corpus) -> bool:
    """Tell whether a quote stands in its article where it says, and the answer in the quote."""
    text = corpus.text(quote.article.id)
    inside = quote.answer_start is None or (
        quote.answer_end is not None and quote.start <= quote.answer_start < quote.answer_end <= quote.end
    )
    return inside and quote.start >= 0 and text[quote.start : quote.end] == quote.text


def supporting(quote: Quote, question: Question, corpus: Corpus) -> bool:
    """Tell whether a quote stands where it says and holds an accepted answer."""
    return stands(quote, corpus) and metrics.supports(quote.text, question.answers)

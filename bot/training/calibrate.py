"""How sure to be: P(the answer is right) as a function of its strength, fitted on stories the reader never saw.

The stories that are kept from training (`aside.py`) are each indexed by itself and asked end to end, as a user would.
How much sentences read by themselves, the search and the comparison count beside the reading of passages is what makes
the right among a question's answers most likely (conditional logit: McFadden 1974), which, unlike how many of the
strongest are right, tells near misses from others and does not hang on a few questions. Logistic regression (Platt
1999) then makes a probability of the strongest answer's strength. Each story is judged by what the others gave.

How often an answer of a given strength is right depends on the articles too: those of most stories are short, and
longer ones hold more that can be mistaken for an answer. So the bias, one number, is fitted on the questions over the
seed articles, the development ones and those of the check set, each judged by a bias that was fitted without it.

    python -m bot.training.calibrate
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bot.answering import COMPARED
from bot.config import Config
from bot.eval_command import CHECK_SET, DEV_SET
from bot.metrics import lenient_match
from bot.question_set import Question, read_questions
from bot.reader import Span
from bot.service import Service
from bot.support import WEIGHTS, Group, Weights, compared, group
from bot.training.aside import ASIDE, stories
from index.records import Hit

ALONE = (0.5, 1.0, 1.5, 2.0)  # weights of sentences read by themselves that are tried
RETRIEVAL = (1.0, 1.5, 2.0, 2.5)  # and, with each of them, of the search,
COMPARISON = (0.5, 1.0, 1.5, 2.0)  # and of the comparison
SCALES = tuple(step / 20 for step in range(1, 13))  # and, with all three, of strengths, for what is likely
LIMITS = (0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
Vector = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Read:
    """What the search and the reader made of a question, kept so that weights can be tried without reading again."""

    question: Question
    hits: tuple[Hit, ...]
    spans: tuple[Span, ...]
    alone: tuple[float, ...]
    service: Service

    def ranked(self, weights: Sequence[Weights]) -> "list[Ranked]":
        """Compare the answers as each of the weights puts them; those put alike only once."""
        made, margins = [], dict[tuple[tuple[str, int, int], ...], list[float]]()
        for one in weights:
            groups = group(self.hits, self.spans, self.alone, self.service.retriever.names, one)
            first = tuple((found.best.passage.id, found.best.start, found.best.end) for found in groups[:COMPARED])
            if first not in margins:
                margins[first] = self.service.answerer.compare(self.question.text, groups)
            made.append(Ranked(self.question, tuple(groups), tuple(margins[first])))
        return made


@dataclass(frozen=True, slots=True)
class Ranked:
    """A question's answers as they stood before they were compared, and what the comparison made of the first."""

    question: Question
    groups: tuple[Group, ...]
    margins: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What weights make of a story: the strongest answers' strengths, whether these are right, both (n,), and fits.

    `log_likelihoods` are those of the right answers, summed, at each of `SCALES`; a question that has none among its
    answers has no part in it.
    """

    strengths: Vector
    right: Marks
    log_likelihoods: Vector


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of so many questions: P(right) of the answer, whether it is right, and whether there is one; all (n,)."""

    guess: Vector
    right: Marks
    answerable: Marks

    def chosen(self, marks: Marks) -> "Outcomes":
        """Return those of the marked questions."""
        return Outcomes(self.guess[marks], self.right[marks], self.answerable[marks])


def main() -> None:
    """Print the weights, and how well they predict on questions that they were not fitted on."""
    config, told = Config(), []
    for story in chain.from_iterable(map(stories, ASIDE)):
        with story.served(config) as service:
            told.append([_read(service, question) for question in story.questions])
    read_so = [replace(WEIGHTS, alone=alone, retrieval=retrieval) for alone, retrieval in product(ALONE, RETRIEVAL)]
    ranked = [list(zip(*(read.ranked(read_so) for read in reads), strict=True)) for reads in told]
    tried = {
        weights: [trial_of(story[number], weights) for story in ranked]
        for number, one in enumerate(read_so)
        for weights in (replace(one, compared=weight) for weight in COMPARISON)
    }
    answerable = [_answerable(read.question for read in reads) for reads in told]
    judged = [_judged(tried, number, marks) for number, marks in enumerate(answerable)]
    _report("stories, each judged by the others", _joined(judged))
    best = most_likely(tried)
    weights = _fitted(best, tried[best])
    with TemporaryDirectory() as temporary:
        service = Service(config, Path(temporary))
        seeds = {path.stem: _read_set(service, path) for path in (DEV_SET, CHECK_SET)}
    everything = [read for reads in seeds.values() for read in reads]
    trial = trial_of([read.ranked([weights])[0] for read in everything], weights)
    left_out = _each_left_out(trial, _answerable(read.question for read in everything), weights.slope)
    names = np.repeat(list(seeds), [len(reads) for reads in seeds.values()])
    for name in seeds:
        _report(f"{name}, each judged by the others", left_out.chosen(names == name))
    print(f"\n{replace(weights, bias=_bias(trial.strengths, trial.right, weights.slope))}")


def _read_set(service: Service, path: Path) -> list[Read]:
    with path.open("rb") as file:
        return [_read(service, item) for item in read_questions(file) if isinstance(item, Question)]


def _read(service: Service, question: Question) -> Read:
    hits = service.retriever.search(question.text, top_k=service.config.answer.passages).hits
    spans = service.answerer.read(question.text, [hit.passage.text for hit in hits])
    alone = service.answerer.read_alone(question.text, hits, spans)
    return Read(question, tuple(hits), tuple(spans), tuple(alone), service)


def trial_of(reads: Sequence[Ranked], weights: Weights) -> Trial:
    """Try weights, all but those that order the answers before they are compared, on a story's questions."""
    strongest, right, log_likelihoods = [], [], np.zeros(len(SCALES))
    for read in reads:
        answers = compared(read.groups, read.margins, weights)
        strengths = np.array([one.strength for one in answers])
        marks = np.array([lenient_match(one.best.text, read.question.answers) for one in answers])
        strongest.append(strengths[0])
        right.append(marks[0])
        if marks.any():
            odds = np.exp(np.outer(SCALES, strengths - strengths[0]))
            log_likelihoods += np.log(odds[:, marks].sum(axis=1) / odds.sum(axis=1))
    return Trial(np.array(strongest), np.array(right), log_likelihoods)


def most_likely(tried: Mapping[Weights, Sequence[Trial]]) -> Weights:
    """Return those of the weights with which the right answers are most likely, at the scale that is best for them."""
    return max(tried, key=lambda weights: np.sum([trial.log_likelihoods for trial in tried[weights]], axis=0).max())


def _fitted(weights: Weights, trials: Sequence[Trial]) -> Weights:
    """Fit the logistic that makes a probability of a strength to what such weights make of the stories."""
    strengths = np.concatenate([trial.strengths for trial in trials])
    bias, slope = _logistic(strengths[:, None], np.concatenate([trial.right for trial in trials]))
    return replace(weights, bias=float(bias), slope=float(slope))


def _judged(tried: Mapping[Weights, Sequence[Trial]], number: int, answerable: Marks) -> Outcomes:
    """Judge a story by what is chosen and fitted on the others."""
    others = {weights: [*trials[:number], *trials[number + 1 :]] for weights, trials in tried.items()}
    best = most_likely(others)
    fitted, trial = _fitted(best, others[best]), tried[best][number]
    return _outcomes(fitted.bias + fitted.slope * trial.strengths, trial.right, answerable)


def _outcomes(log_odds: Vector, right: Marks, answerable: Marks) -> Outcomes:
    return Outcomes(1 / (1 + np.exp(-log_odds)), right, answerable)


def _answerable(questions: Iterable[Question]) -> Marks:
    return np.array([bool(question.answers) for question in questions])


def _each_left_out(trial: Trial, answerable: Marks, slope: float) -> Outcomes:
    """Judge each question with the bias that all others give."""
    others = ~np.eye(len(trial.right), dtype=bool)
    biases = np.array([_bias(trial.strengths[mask], trial.right[mask], slope) for mask in others])
    return _outcomes(biases + slope * trial.strengths, trial.right, answerable)


def _bias(strengths: Vector, right: Marks, slope: float) -> float:
    """Return the bias at which as many answers are expected to be right as are, by Newton's method."""
    bias = 0.0
    for _ in range(50):
        guess = 1 / (1 + np.exp(-(bias + slope * strengths)))
        bias += float((right - guess).sum() / (guess * (1 - guess)).sum())
    return bias


def _joined(parts: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(
        np.concatenate([part.guess for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.answerable for part in parts]),
    )


def _logistic(features: Vector, right: Marks) -> Vector:
    """Return bias and weights by Newton's method on the log-likelihood, with Platt's smoothed targets."""
    positive, negative = int(right.sum()), int((~right).sum())
    target = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        guess = 1 / (1 + np.exp(-design @ weights))
        hessian = (design * (guess * (1 - guess))[:, None]).T @ design + 1e-6 * np.eye(len(weights))
        weights += np.linalg.solve(hessian, design.T @ (target - guess))
    return weights


def _report(name: str, found: Outcomes) -> None:
    """Print reliability, and the price of silence."""
    guess, right, answerable = found.guess, found.right, found.answerable
    print(f"\n{name}: {len(right)} questions, {answerable.sum()} with an answer, {right.sum()} of them right")
    print("P(right)    n  right")
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (guess >= low) & (guess < low + 0.1)
        if inside.any():
            print(f"{low:.1f}-{low + 0.1:.1f}  {inside.sum():4d}  {right[inside].mean():.2f}")
            error += float(inside.mean() * abs(right[inside].mean() - guess[inside].mean()))
    print(f"expected calibration error: {error:.3f}")
    for limit in LIMITS:
        spoken = 1 - guess <= limit
        print(
            f"--max-error {limit}: {(spoken & right).sum()} right, {(spoken & answerable & ~right).sum()} wrong,"
            f" {(~spoken & answerable).sum()} silent, {(~spoken & ~answerable).sum()} of {(~answerable).sum()} refused"
        )


if __name__ == "__main__":
    main()

"""How sure to be: P(the answer is right) as a function of its strength, fitted on stories the reader never saw.

The stories that are kept from training (`aside.py`) are each indexed by itself and asked end to end, as a user would.
How much the search counts beside the reader is what gets most of them right before answers are compared, and how much
the comparison counts what does so after it; logistic regression (Platt 1999) then makes a probability of the strongest
answer's strength. Each story is judged by what was fitted on the others, but for the weight of the search.

How often an answer of a given strength is right depends on the articles too: those of most stories are short, and
longer ones hold more that can be mistaken for an answer. So the bias, one number, is fitted on the questions over the
seed articles, the development ones and those of the check set, each judged by a bias that was fitted without it.

    python -m bot.training.calibrate
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bot.config import Config
from bot.eval_command import CHECK_SET, DEV_SET
from bot.metrics import lenient_match
from bot.question_set import Question, read_questions
from bot.reader import Span
from bot.service import Service
from bot.support import WEIGHTS, Group, Weights, compared, group
from bot.training.aside import ASIDE, stories
from index.records import Hit

RETRIEVAL = tuple(step / 2 for step in range(1, 7))  # weights of the search that are tried
COMPARED = tuple(step / 4 for step in range(9))  # and of the comparison
LIMITS = (0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
Vector = NDArray[np.float64]
Marks = NDArray[np.bool_]
Strengths = tuple[Vector, Marks]  # of the strongest answers, and whether they are right


@dataclass(frozen=True, slots=True)
class Read:
    """What the search and the reader made of a question, kept so that weights can be tried without reading again."""

    question: Question
    hits: tuple[Hit, ...]
    spans: tuple[Span, ...]
    service: Service

    def groups(self, weights: Weights) -> list[Group]:
        """Return the answers as they stand before they are compared."""
        return group(self.hits, self.spans, self.service.retriever.names, weights)

    def ranked(self, weights: Weights) -> "Ranked":
        """Compare the answers."""
        groups = self.groups(weights)
        return Ranked(self.question, tuple(groups), tuple(self.service.answerer.compare(self.question.text, groups)))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A question's answers as they stood before they were compared, and what the comparison made of the first."""

    question: Question
    groups: tuple[Group, ...]
    margins: tuple[float, ...]


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
    everyone = [read for reads in told for read in reads]
    weights = replace(WEIGHTS, retrieval=max(RETRIEVAL, key=lambda weight: _right(everyone, weight)))
    ranked = [[read.ranked(weights) for read in reads] for reads in told]
    tried = {weight: [_strengths(reads, replace(weights, compared=weight)) for reads in ranked] for weight in COMPARED}
    judged = [_judged(reads, weights, tried, number) for number, reads in enumerate(ranked)]
    _report("stories, each judged by the others", _joined(judged))
    weights = _fit(weights, tried)
    with TemporaryDirectory() as temporary:
        service = Service(config, Path(temporary))
        seeds = {
            path.stem: [read.ranked(weights) for read in _read_set(service, path)] for path in (DEV_SET, CHECK_SET)
        }
    everything = [read for reads in seeds.values() for read in reads]
    left_out = _each_left_out(everything, weights)
    names = np.repeat(list(seeds), [len(reads) for reads in seeds.values()])
    for name in seeds:
        _report(f"{name}, each judged by the others", left_out.chosen(names == name))
    print(f"\n{replace(weights, bias=_bias(*_strengths(everything, weights), weights.slope))}")


def _read_set(service: Service, path: Path) -> list[Read]:
    with path.open("rb") as file:
        return [_read(service, item) for item in read_questions(file) if isinstance(item, Question)]


def _read(service: Service, question: Question) -> Read:
    hits = service.retriever.search(question.text, top_k=service.config.answer.passages).hits
    spans = service.answerer.read(question.text, [hit.passage.text for hit in hits])
    return Read(question, tuple(hits), tuple(spans), service)


def _right(reads: Sequence[Read], retrieval: float) -> int:
    """Count the questions whose strongest answer is right before answers are compared."""
    groups = ((read.question, read.groups(replace(WEIGHTS, retrieval=retrieval))) for read in reads)
    return sum(lenient_match(found[0].best.text, question.answers) for question, found in groups)


def _fit(weights: Weights, tried: Mapping[float, Sequence[Strengths]], left_out: int | None = None) -> Weights:
    """Fit the weights on what each weight of the comparison makes of the stories, but for the one left out."""
    kept = {
        weight: [story for number, story in enumerate(told) if number != left_out] for weight, told in tried.items()
    }
    best = max(kept, key=lambda weight: sum(int(right.sum()) for _, right in kept[weight]))
    strengths = np.concatenate([strengths for strengths, _ in kept[best]])
    bias, slope = _logistic(strengths[:, None], np.concatenate([right for _, right in kept[best]]))
    return replace(weights, compared=best, bias=float(bias), slope=float(slope))


def _judged(
    reads: Sequence[Ranked], weights: Weights, tried: Mapping[float, Sequence[Strengths]], number: int
) -> Outcomes:
    """Judge a story by what is fitted on the others."""
    fitted = _fit(weights, tried, left_out=number)
    strengths, right = tried[fitted.compared][number]
    return _outcomes(reads, right, fitted.bias + fitted.slope * strengths)


def _strengths(reads: Sequence[Ranked], weights: Weights) -> Strengths:
    best = [compared(read.groups, read.margins, weights)[0] for read in reads]
    right = [lenient_match(one.best.text, read.question.answers) for one, read in zip(best, reads, strict=True)]
    return np.array([one.strength for one in best]), np.array(right)


def _outcomes(reads: Sequence[Ranked], right: Marks, log_odds: Vector) -> Outcomes:
    return Outcomes(1 / (1 + np.exp(-log_odds)), right, np.array([bool(read.question.answers) for read in reads]))


def _each_left_out(reads: Sequence[Ranked], weights: Weights) -> Outcomes:
    """Judge each question with the bias that all others give."""
    strengths, right = _strengths(reads, weights)
    others = ~np.eye(len(reads), dtype=bool)
    biases = np.array([_bias(strengths[mask], right[mask], weights.slope) for mask in others])
    return _outcomes(reads, right, biases + weights.slope * strengths)


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

"""Spans → answers and how much stands behind each: candidates that say the same are one answer.

A candidate's strength is the reader's margin in the passage and that of its sentence read by itself, more for what the
search found good, less where the passage is a reader's comment; an answer's is log Σ exp over its articles, and then
its margin beside the other answers. The weights, and the logistic that makes a probability of a strength, were fitted
by `training/calibrate.py`: on stories that the reader was not trained on, but for the bias, which is that of the
questions over the seed articles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.equivalence import Statement, same, statement
from bot.reader import Span
from index.names import Names
from index.records import Hit, Kind, Passage


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts for how much; `bias` and `slope` make P(right) = σ(bias + slope · strength)."""

    alone: float = 1.5  # times the margin that the candidate's sentence has when it is read by itself
    retrieval: float = 2.0  # times the hit's score, which is in deviations above the mean
    comment: float = 2.0
    compared: float = 1.0  # times the margin that an answer's sentence has beside those of the others
    bias: float = -1.672
    slope: float = 0.159


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a passage, `[start, end)` in the passage's text, what it says, and its strength."""

    passage: Passage
    start: int
    end: int
    said: Statement
    strength: float

    @property
    def text(self) -> str:
        """The span's own words."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates that say the same, strongest first, and P(right)."""

    candidates: tuple[Candidate, ...]
    strength: float
    probability: float

    @property
    def best(self) -> Candidate:
        """The strongest candidate, whose words are the answer."""
        return self.candidates[0]


def group(
    hits: Sequence[Hit], spans: Sequence[Span], alone: Sequence[float], names: Names, weights: Weights = WEIGHTS
) -> list[Group]:
    """Return the answers that the spans give, strongest first; ties by article and position.

    `alone` are the margins of the spans' sentences read by themselves.
    """
    found = []
    for hit, span, margin in zip(hits, spans, alone, strict=True):
        said = statement(hit.passage.text[span.start : span.end], names)
        if said.words:
            strength = span.margin + weights.alone * margin + weights.retrieval * hit.score
            strength -= weights.comment * (hit.passage.kind is Kind.COMMENT)
            found.append(Candidate(hit.passage, span.start, span.end, said, strength))
    groups: list[list[Candidate]] = []
    for candidate in ordered(found):
        home = next((members for members in groups if same(members[0].said, candidate.said)), None)
        if home is None:
            groups.append([candidate])
        else:
            home.append(candidate)
    made = [_group(members, weights) for members in groups]
    return sorted(made, key=lambda one: -one.strength)


def compared(groups: Sequence[Group], margins: Sequence[float], weights: Weights = WEIGHTS) -> list[Group]:
    """Return the answers, strongest first, after the first of them have been read side by side with such margins.

    The others count as the least of those.
    """
    if not margins:
        return list(groups)
    everyone = [*margins, *[min(margins)] * (len(groups) - len(margins))]
    strengths = [one.strength + weights.compared * margin for one, margin in zip(groups, everyone, strict=True)]
    made = [
        replace(one, strength=strength, probability=probability(strength, weights))
        for one, strength in zip(groups, strengths, strict=True)
    ]
    return sorted(made, key=lambda one: -one.strength)


def probability(strength: float, weights: Weights) -> float:
    """Return P(right) of an answer of such strength."""
    return _sigmoid(weights.bias + weights.slope * strength)


def ordered(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates strongest first, ties by article and position."""
    return sorted(candidates, key=lambda one: (-one.strength, one.passage.id, one.start))


def _group(members: Sequence[Candidate], weights: Weights) -> Group:
    best: dict[str, float] = {}
    for one in members:
        article = one.passage.article.id
        best[article] = max(one.strength, best.get(article, -math.inf))
    top = max(best.values())
    strength = top + math.log(sum(math.exp(value - top) for value in best.values())) if math.isfinite(top) else top
    return Group(tuple(members), strength, probability(strength, weights))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0

"""Confidence against what came true: expected calibration error, reliability, the risk–coverage curve and its area.

ECE with equal-width bins is Naeini, Cooper & Hauskrecht 2015 and Guo et al. 2017; risk–coverage curves and AURC are
El-Yaniv & Wiener 2010 and Geifman, Uziel & El-Yaniv 2019. All work on *cells*: a cell is one confidence and one truth,
with the number of answers that have both, so that a million answers cost no more than the confidences they show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10  # Guo et al. take 15 for test sets of 10,000; ours are smaller
Cell = tuple[float, bool]
Weights = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the risk–coverage curve: answering all with at least `confidence` covers so much at such a risk."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of the reliability diagram: `n` answers with a confidence in `(low, high]`, and how many were right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def expected_calibration_error(cells: Sequence[Cell], weights: Weights) -> NDArray[np.float64]:
    """Return the mean gap between confidence and accuracy over the bins, weighted by their size.

    `weights` `(n_samples, n_cells)` tells how often each cell occurs in each sample; the result is `(n_samples,)`.
    """
    confidence, correct = _columns(cells)
    members = _bin_of(confidence)[:, None] == np.arange(BINS)[None, :]
    gaps = np.abs(weights @ (members * (confidence - correct)[:, None]))
    return np.asarray(gaps.sum(axis=1) / weights.sum(axis=1))


def area_under_risk_coverage(cells: Sequence[Cell], weights: Weights) -> NDArray[np.float64]:
    """Return the mean, over k = 1 … n, of the risk when the k most confident answers are given (AURC).

    Among answers of one confidence every order is as good, so their risks are taken on average over all orders, which
    has a closed form: with W wrong in N before, and w wrong among these m, the j-th has an expected W + j·w/m wrong in
    N + j. Shapes as in `expected_calibration_error`.
    """
    confidence, correct = _columns(cells)
    levels, level_of = np.unique(-confidence, return_inverse=True)
    size = np.zeros((len(weights), len(levels)), dtype=np.int64)
    wrong = np.zeros_like(size)
    for column, level in enumerate(level_of):
        size[:, level] += weights[:, column]
        wrong[:, level] += weights[:, column] * (not correct[column])
    before, wrong_before = np.cumsum(size, axis=1) - size, np.cumsum(wrong, axis=1) - wrong
    rate = wrong / np.maximum(size, 1)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, size.sum(axis=1).max() + 1))])
    risks = size * rate + (wrong_before - rate * before) * (harmonic[before + size] - harmonic[before])
    return np.asarray(risks.sum(axis=1) / size.sum(axis=1))


def risk_coverage(counts: Mapping[Cell, int], total: int) -> list[Point]:
    """Return the curve from the most confident answer down, one point a confidence; `total` is what coverage is of."""
    points, given, wrong = [], 0, 0
    for confidence in sorted({confidence for confidence, _ in counts}, reverse=True):
        mistakes = counts.get((confidence, False), 0)
        given += mistakes + counts.get((confidence, True), 0)
        wrong += mistakes
        points.append(Point(confidence, given / total, wrong / given))
    return points


def reliability(counts: Mapping[Cell, int]) -> list[Bin]:
    """Return the bins that hold answers, in order."""
    bins = []
    for number in range(BINS):
        inside = {cell: n for cell, n in counts.items() if _bin_of(np.asarray([cell[0]]))[0] == number}
        n = sum(inside.values())
        if n:
            confidence = sum(confidence * count for (confidence, _), count in inside.items()) / n
            accuracy = sum(count for (_, correct), count in inside.items() if correct) / n
            bins.append(Bin(number / BINS, (number + 1) / BINS, n, confidence, accuracy))
    return bins


def _columns(cells: Sequence[Cell]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    confidence, correct = zip(*cells, strict=True)
    return np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.bool_)


def _bin_of(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    # subtle: bins are open below and closed above, as in Guo et al.; 0 goes to the first. Without the rounding 0.3 · 10
    # falls on either side of 3.
    return np.asarray(np.clip(np.ceil(np.round(confidence * BINS, 9)) - 1, 0, BINS - 1), dtype=np.int64)

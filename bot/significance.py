"""How far a figure can be trusted: bootstrap intervals, McNemar's exact test, Holm's correction.

The percentile bootstrap is Efron 1979. A sample of n with replacement, from values of which many are the same, is a
multinomial draw over the distinct ones; so an interval costs the number of distinct values, not of questions.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp, lgamma, log
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000  # Efron & Tibshirani 1993, section 13.3: percentiles want 1000
LEVEL = 0.95
SEED = 20231117  # the day it all began; every figure draws from its own generator, so that no figure moves another
SIGNIFICANT = 0.05
_CHUNK = 4_000_000  # draws held in memory at a time

Value = TypeVar("Value", float, tuple[float, bool])
Statistic = Callable[[Sequence[Value], NDArray[np.int64]], NDArray[np.float64]]


def mean(values: Sequence[float], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each sample: `weights` `(n_samples, n_values)` → `(n_samples,)`."""
    return np.asarray(weights @ np.asarray(values, dtype=np.float64) / weights.sum(axis=1))


def estimate(
    counts: Mapping[Value, int], statistic: Statistic[Value], *, seed: int = SEED
) -> tuple[float, float, float]:
    """Return a statistic of the values counted and the bounds of its bootstrap interval at `LEVEL`.

    Raises ValueError where there is nothing to count.
    """
    total = sum(counts.values())
    if not total:
        raise ValueError("counts is empty: a figure over no questions has no value")
    values = sorted(counts)
    observed = np.asarray([[counts[value] for value in values]], dtype=np.int64)
    generator = np.random.default_rng(seed)
    rows = max(1, _CHUNK // len(values))
    samples = [
        statistic(values, generator.multinomial(total, observed[0] / total, size=min(rows, RESAMPLES - start)))
        for start in range(0, RESAMPLES, rows)
    ]
    low, high = np.quantile(np.concatenate(samples), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(statistic(values, observed)[0]), float(low), float(high)


def mcnemar(better: int, worse: int) -> float:
    """Return the two-sided exact p-value that as many questions got better as worse by chance (McNemar 1947).

    That is the binomial test of the smaller count among both at ½; ties have no say.
    """
    n, least = better + worse, min(better, worse)
    tail = sum(exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2)) for k in range(least + 1))
    return min(1.0, 2 * tail)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values that allow for their number (Holm 1979), in the order given."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for position, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (len(p_values) - position) * p_values[index]))
        adjusted[index] = highest
    return adjusted

"""Intervals and tests, against SciPy and against resampling done the long way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bot.significance import estimate, holm, mcnemar, mean


def test_an_interval_is_that_of_resampling_the_questions() -> None:
    values = np.asarray([1.0] * 30 + [0.0] * 16)
    means = np.random.default_rng(1).choice(values, size=(4000, 46)).mean(axis=1)
    value, low, high = estimate({1.0: 30, 0.0: 16}, mean)
    assert value == 30 / 46
    assert (low, high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.025)


def test_the_same_counts_give_the_same_interval_in_any_order() -> None:
    assert estimate({0.0: 3, 1.0: 5, 0.5: 2}, mean) == estimate({0.5: 2, 1.0: 5, 0.0: 3}, mean)


def test_a_figure_over_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="counts is empty"):
        estimate({}, mean)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_binomial_test(better: int, worse: int) -> None:
    expected = binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert mcnemar(better, worse) == pytest.approx(expected)


def test_mcnemar_by_hand_and_for_many() -> None:
    assert mcnemar(0, 8) == pytest.approx(2 / 2**8)
    assert mcnemar(100_000, 100_000) == 1.0


def test_holm_allows_for_the_number_of_tests_and_keeps_their_order() -> None:
    # 0.01·3, then max(that, 0.03·2), then max(that, 0.04·1).
    assert holm([0.03, 0.01, 0.04]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]

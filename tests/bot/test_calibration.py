"""Calibration and selective risk, against loops that say what they mean."""

from collections import Counter
from itertools import pairwise, permutations
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calibration import (
    Cell,
    area_under_risk_coverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
)

CONFIDENCES = st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.35, 0.7, 0.95, 1.0])
ANSWERS = st.lists(st.tuples(CONFIDENCES, st.booleans()), min_size=1, max_size=6)


def counted(answers: list[Cell]) -> tuple[list[Cell], np.ndarray]:
    counts = Counter(answers)
    cells = sorted(counts)
    return cells, np.asarray([[counts[cell] for cell in cells]])


def test_ece_by_hand() -> None:
    # Two answers at 0.9, one right: gap 0.4, weight 2/3. One at 0.2, wrong: gap 0.2, weight 1/3.
    cells, weights = counted([(0.9, True), (0.9, False), (0.2, False)])
    assert expected_calibration_error(cells, weights)[0] == pytest.approx(2 / 3 * 0.4 + 1 / 3 * 0.2)


@given(ANSWERS)
def test_ece_is_the_weighted_gap_of_ten_bins(answers: list[Cell]) -> None:
    error = 0.0
    for number in range(1, 11):
        inside = [(c, right) for c, right in answers if max(1, ceil(round(c * 10, 9))) == number]
        if inside:
            gap = abs(sum(c for c, _ in inside) - sum(right for _, right in inside))
            error += gap / len(answers)
    assert expected_calibration_error(*counted(answers))[0] == pytest.approx(error)


def test_aurc_by_hand() -> None:
    # Risks as answers are added: 0/1, 1/2, 1/3.
    cells, weights = counted([(0.9, True), (0.5, False), (0.1, True)])
    assert area_under_risk_coverage(cells, weights)[0] == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


@given(ANSWERS)
def test_aurc_is_the_average_over_all_orders_of_ties(answers: list[Cell]) -> None:
    areas = []
    for order in permutations(answers):
        if all(one[0] >= other[0] for one, other in pairwise(order)):
            wrong = np.cumsum([not right for _, right in order])
            areas.append(float(np.mean(wrong / np.arange(1, len(order) + 1))))
    assert area_under_risk_coverage(*counted(answers))[0] == pytest.approx(np.mean(areas))


def test_samples_are_scored_row_by_row_and_may_leave_cells_out() -> None:
    cells: list[Cell] = [(0.2, True), (0.8, False)]
    weights = np.asarray([[1, 1], [0, 3], [2, 0]])
    assert area_under_risk_coverage(cells, weights) == pytest.approx([(1 + 1 / 2) / 2, 1.0, 0.0])
    assert expected_calibration_error(cells, weights) == pytest.approx([(0.8 + 0.8) / 2, 0.8, 0.8])


def test_the_curve_goes_from_the_surest_answer_to_all() -> None:
    points = risk_coverage({(0.9, True): 1, (0.5, False): 1, (0.5, True): 1}, total=4)
    assert [(point.coverage, point.risk) for point in points] == [(1 / 4, 0.0), (3 / 4, 1 / 3)]


def test_bins_hold_their_upper_bound() -> None:
    bins = reliability({(0.3, True): 2, (0.31, False): 1})
    assert [(b.low, b.high, b.n, b.accuracy) for b in bins] == [(0.2, 0.3, 2, 1.0), (0.3, 0.4, 1, 0.0)]

"""Sequences are dealt into chunks so that padding costs least."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.training.batches import OVERHEAD, ROUND_ROWS, cuts, rounded


def cost(lengths: list[int], ends: tuple[int, ...]) -> int:
    return sum((b - a) * rounded(lengths[b - 1]) + OVERHEAD for a, b in pairwise(ends))


@given(st.lists(st.integers(5, 224), min_size=1, max_size=30).map(sorted))
def test_no_other_cuts_cost_less(lengths: list[int]) -> None:
    inner = range(ROUND_ROWS, len(lengths), ROUND_ROWS)
    every = ((0, *chosen, len(lengths)) for count in range(len(inner) + 1) for chosen in combinations(inner, count))
    ends = cuts(lengths)
    assert ends == sorted(set(ends))
    assert (ends[0], ends[-1]) == (0, len(lengths))
    assert cost(lengths, tuple(ends)) == min(cost(lengths, one) for one in every)

"""Exact search: from vectors or from codes, over all rows or some, the same rows come back with the same scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import dense
from index.dense import DenseRows, contenders, int8_rows
from index.quantisation import quantise
from tests.index.test_quantisation import like_e5

NONE = quantise(np.empty((0, 384), dtype=np.float32))
VECTORS = like_e5(3000, 384, 7)
WAYS = {"float32": DenseRows(VECTORS, NONE), "int8": DenseRows(VECTORS, quantise(VECTORS))}


def best(rows: DenseRows, query: np.ndarray, depth: int, chosen: np.ndarray | None = None) -> list[tuple[int, float]]:
    """Search by cosine alone: the two steps, then the order."""
    estimates, bounds = rows.estimates(query, chosen)
    kept = contenders(estimates - bounds, estimates + bounds, depth)
    names = kept if chosen is None else chosen[kept]
    scores = rows.cosines(query, names)
    return sorted(zip(names.tolist(), scores.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))[:depth]


def brute_force(query: np.ndarray, depth: int, chosen: np.ndarray) -> list[int]:
    scores = (VECTORS[chosen].astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    return sorted(chosen.tolist(), key=lambda row: (-scores[chosen.searchsorted(row)], row))[:depth]


@pytest.mark.parametrize("way", WAYS)
@given(seed=st.integers(0, 2**31), depth=st.sampled_from([1, 10, 200]))
def test_both_ways_find_what_brute_force_finds(way: str, seed: int, depth: int) -> None:
    query = like_e5(1, 384, seed)[0]
    found = best(WAYS[way], query, depth)
    assert [row for row, _ in found] == brute_force(query, depth, np.arange(len(VECTORS)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [1, 3, 50], ids=lambda step: f"every {step}")
def test_a_filter_narrows_the_search_and_changes_no_score(way: str, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "BLOCK", 100)  # more than one block, some with gaps
    chosen = np.concatenate([np.arange(5, 250), np.arange(300, 3000, step)])
    query = VECTORS[1234]
    everything = dict(best(WAYS[way], query, len(VECTORS)))
    found = best(WAYS[way], query, 40, chosen)
    assert [row for row, _ in found] == brute_force(query, 40, chosen)
    assert all(score == everything[row] for row, score in found)


def test_both_ways_give_the_same_scores_to_the_bit() -> None:
    query = VECTORS[99]
    assert best(WAYS["int8"], query, 100) == best(WAYS["float32"], query, 100)


@pytest.mark.parametrize("way", WAYS)
def test_rows_with_the_same_vector_tie_wherever_they_stand(way: str) -> None:
    vectors = VECTORS[:101].copy()
    vectors[[3, 50, 77, 100]] = vectors[3]
    rows = DenseRows(vectors, quantise(vectors) if way == "int8" else NONE)
    assert [row for row, _ in best(rows, vectors[3], 3)] == [3, 50, 77]


def test_the_codes_spare_nearly_all_rows_from_being_read_in_full() -> None:
    estimates, bounds = WAYS["int8"].estimates(VECTORS[5])
    assert len(contenders(estimates - bounds, estimates + bounds, 10)) < len(VECTORS) / 20


def test_few_vectors_have_no_codes_and_many_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "INT8_FROM", 3000)
    assert len(int8_rows(VECTORS)) == 3000
    assert len(int8_rows(VECTORS[:-1])) == 0


def test_no_rows_are_searched_without_a_hit() -> None:
    assert best(WAYS["int8"], VECTORS[0], 10, np.empty(0, dtype=np.int64)) == []
    assert best(DenseRows(VECTORS[:0], NONE), VECTORS[0], 10) == []

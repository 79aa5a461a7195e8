"""Int8 rows: what is said of their error holds for every row and query, and the integers are exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.quantisation import Int8Rows, inner_products, quantise


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


def like_e5(count: int, dimension: int, seed: int) -> np.ndarray:
    """Return unit vectors that share a large mean, as those of multilingual-e5 do."""
    rng = np.random.default_rng(seed)
    mean = unit(rng.standard_normal(dimension))
    return unit(mean * 1.5 + unit(rng.standard_normal((count, dimension))))


@given(st.integers(0, 2**31), st.sampled_from([1, 3, 64, 384]))
def test_no_estimate_is_further_off_than_its_bound(seed: int, dimension: int) -> None:
    vectors = like_e5(40, dimension, seed)
    for query in like_e5(4, dimension, seed + 1):
        estimates, bounds = inner_products(quantise(vectors), query)
        exact = vectors.astype(np.float64) @ query.astype(np.float64)
        assert (np.abs(estimates - exact) <= bounds).all()


def test_the_bound_is_tight_enough_to_leave_few_rows_to_read_in_full() -> None:
    # The cosines of multilingual-e5 deviate by 0.015 to 0.025 within a language: this is a third of that or less.
    _, bounds = inner_products(quantise(like_e5(1000, 384, 1)), like_e5(1, 384, 2)[0])
    assert np.median(bounds) < 0.005


def test_sums_that_would_not_fit_in_16_bits_are_exact() -> None:
    # Without VNNI a kernel adds 255 · 63 to 255 · 63 in 16 bits: 32,130 fits, 2 · 255 · 127 = 64,770 would not.
    codes = np.full((5, 384), 255, dtype=np.uint8)
    rows = Int8Rows(np.zeros(384, np.float32), codes, np.ones(5, np.float32), np.zeros(5, np.float32))
    estimates, _ = inner_products(rows, np.ones(384, dtype=np.float32))
    np.testing.assert_allclose(estimates, 127 * 384, rtol=1e-6)


def test_what_a_query_loses_is_little_beside_what_rows_lose() -> None:
    query, rows = like_e5(1, 384, 3)[0], quantise(like_e5(100, 384, 4))
    _, bounds = inner_products(rows, query)
    assert (bounds - rows.errors).max() < 0.2 * rows.errors.min()


def test_no_rows_have_no_products() -> None:
    nothing = Int8Rows(np.zeros(384, np.float32), np.empty((0, 384), np.uint8), *np.empty((2, 0), np.float32))
    assert inner_products(nothing, like_e5(1, 384, 3)[0])[0].shape == (0,)


@pytest.mark.parametrize("vectors", [np.zeros((3, 8)), np.ones((3, 8)) / np.sqrt(8)], ids=["zeros", "all alike"])
def test_rows_without_a_deviation_are_kept_as_they_are(vectors: np.ndarray) -> None:
    query = np.full(8, 0.25, dtype=np.float32)
    estimates, bounds = inner_products(quantise(vectors.astype(np.float32)), query)
    np.testing.assert_allclose(estimates, vectors @ query, atol=float(bounds.max()))


def test_no_rows_are_quantised_to_none() -> None:
    assert len(quantise(np.empty((0, 384), dtype=np.float32))) == 0

"""The arithmetic of fusion, shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import BLOCK, SHRINKAGE, language_statistics, reciprocal_rank_fusion, top_rows


def test_a_passage_that_both_legs_rank_scores_the_sum_of_their_shares() -> None:
    fused = reciprocal_rank_fusion([([7, 3], 1.0), ([3], 0.5)])
    assert fused[7] == pytest.approx(1 / (60 + 1))
    assert fused[3] == pytest.approx(1 / (60 + 2) + 0.5 / (60 + 1))


def test_a_leg_without_an_opinion_has_no_say() -> None:
    assert reciprocal_rank_fusion([([7, 3], 1.0), ([], 0.5)]) == reciprocal_rank_fusion([([7, 3], 1.0)])


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 35))
def test_the_top_rows_are_those_of_a_full_sort_with_ties_to_the_lower_row(scores: list[int], depth: int) -> None:
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:depth]
    assert top_rows(np.array(scores, dtype=np.float32), depth).tolist() == expected


def two_languages(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(2 * n, 4)).astype(np.float32)
    vectors[n:] += np.array([3, 0, 0, 0], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, np.repeat([0, 1], n).astype(np.uint8)


def test_standardised_scores_of_a_language_are_its_own_z_scores() -> None:
    vectors, languages = two_languages(20_000)
    query = vectors[0]
    statistics = language_statistics(vectors, languages, ("fr", "zh"))
    standard = statistics.standardise(query, vectors @ query, languages)
    for number in (0, 1):
        cosines = vectors[languages == number] @ query
        # With 20,000 passages the language's own figures weigh 20000/20020.
        expected = (cosines - cosines.mean()) / cosines.std()
        np.testing.assert_allclose(standard[languages == number], expected, atol=0.02)


def test_no_language_is_ahead_on_average_once_standardised() -> None:
    vectors, languages = two_languages(2_000)
    query = vectors[-1]  # a question in the second language
    plain = vectors @ query
    standard = language_statistics(vectors, languages, ("fr", "zh")).standardise(query, plain, languages)
    assert plain[languages == 1].mean() - plain[languages == 0].mean() > 0.5
    assert abs(standard[languages == 1].mean() - standard[languages == 0].mean()) < 0.05


def test_a_language_is_described_alike_whether_its_passages_come_in_one_block_or_many() -> None:
    vectors, languages = two_languages(BLOCK)
    statistics = language_statistics(vectors, languages, ("fr", "zh"))
    own = vectors[languages == 1].astype(np.float64)
    weight = BLOCK / (BLOCK + SHRINKAGE)
    others = sum(np.cov(vectors[languages == n].T, bias=True) for n in (0, 1)) / 2
    expected = weight * np.cov(own.T, bias=True) + (1 - weight) * others
    np.testing.assert_allclose(statistics.covariances[1], expected, atol=1e-6)


def test_a_language_of_one_passage_is_described_by_the_others() -> None:
    vectors, languages = two_languages(100)
    vectors, languages = vectors[:101], languages[:101]
    statistics = language_statistics(vectors, languages, ("fr", "zh"))
    standard = statistics.standardise(vectors[100], vectors @ vectors[100], languages)
    assert np.isfinite(standard).all()
    weight = 1 / (1 + SHRINKAGE)
    overall = (vectors[:100].mean(axis=0) + vectors[100]) / 2
    np.testing.assert_allclose(statistics.means[1], weight * vectors[100] + (1 - weight) * overall, atol=1e-6)


def test_an_empty_index_has_nothing_to_standardise() -> None:
    statistics = language_statistics(np.empty((0, 4), np.float32), np.empty(0, np.uint8), ())
    assert statistics.standardise(np.zeros(4, np.float32), np.empty(0, np.float32), np.empty(0, np.uint8)).size == 0

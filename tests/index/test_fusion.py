"""The arithmetic of fusion, shown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import BLOCK, SHRINKAGE, fuse, language_statistics, top_rows

VI, ZH = 0, 1


def test_the_lexical_leg_orders_a_language_and_moves_no_passage_of_another() -> None:
    dense = {10: 4.0, 11: 3.5, 20: 3.0, 21: 1.0}
    languages = {10: VI, 11: VI, 20: ZH, 21: ZH}
    # Within Chinese 1.0 + 5 · 0.8² = 4.2 is more than 3.0, so row 21 is first and has what Chinese had at most.
    assert fuse({21: 0.8}, dense, languages, weight=5.0) == {10: 4.0, 11: 3.5, 21: 3.0, 20: 1.0}


def test_a_poor_match_hardly_counts() -> None:
    dense = {10: 3.0, 11: 2.9}
    languages = {10: VI, 11: VI}
    assert fuse({11: 0.1}, dense, languages, weight=5.0) == dense  # 2.9 + 5 · 0.1² = 2.95
    assert fuse({11: 0.2}, dense, languages, weight=5.0) == {11: 3.0, 10: 2.9}  # 2.9 + 5 · 0.2² = 3.1


def test_a_passage_that_only_the_lexical_leg_found_has_the_least_that_the_dense_leg_gave() -> None:
    assert fuse({12: 0.1}, {10: 3.0, 11: 2.0}, {10: VI, 11: ZH, 12: ZH}) == {10: 3.0, 11: 2.0, 12: 2.0}


def test_a_blind_leg_has_no_say() -> None:
    assert fuse({}, {10: 3.0, 20: 2.0}, {10: VI, 20: ZH}) == {10: 3.0, 20: 2.0}
    assert fuse({}, {}, {}) == {}


@given(
    st.dictionaries(st.integers(0, 9), st.floats(0, 2)),
    st.dictionaries(st.integers(0, 9), st.floats(-5, 5), min_size=1),
)
def test_each_language_keeps_the_deviations_that_it_had(lexical: dict[int, float], dense: dict[int, float]) -> None:
    languages = {row: row % 2 for row in range(10)}
    fused = fuse(lexical, dense, languages)
    least = min(dense.values())
    for number in (VI, ZH):
        rows = [row for row in {**dense, **lexical} if languages[row] == number]
        assert sorted(fused[row] for row in rows) == sorted(dense.get(row, least) for row in rows)


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


def test_a_query_moves_towards_what_a_passage_says_and_not_towards_its_language() -> None:
    vectors, languages = two_languages(500)
    statistics = language_statistics(vectors, languages, ("vi", "zh"))
    query = vectors[0]
    moved = statistics.towards(query, vectors[700], 1, 0.5)
    assert abs(float(np.linalg.norm(moved)) - 1) < 1e-6
    assert moved @ (vectors[700] - statistics.means[1]) > query @ (vectors[700] - statistics.means[1])
    # The mean of a language, moved towards, is no direction at all.
    assert np.allclose(statistics.towards(query, statistics.means[1], 1, 0.5), query, atol=1e-6)
    assert np.allclose(statistics.towards(query, vectors[700], 1, 0.0), query, atol=1e-6)


def test_a_query_of_nothing_stays_nothing_beside_a_passage_that_is_its_language_s_mean() -> None:
    statistics = language_statistics(np.eye(1, 4, dtype=np.float32), np.zeros(1, np.uint8), ("en",))
    moved = statistics.towards(np.zeros(4, np.float32), statistics.means[0], 0, 0.1)
    assert moved.tolist() == [0, 0, 0, 0]

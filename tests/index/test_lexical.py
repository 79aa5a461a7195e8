"""BM25 held to its definition: to rank-bm25 itself, to a textbook version, and to what it should have said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from index.lexical import K1, B, build_postings, counts_of, inverse_document_frequencies, weigh
from index.term_counts import count_terms

CORPUS = [
    "ban lãnh đạo nêu tên emmett shear".split(),
    "amazon a acquis twitch pour un milliard".split(),
    "微 軟 投 資 130 億 美 元".split(),
    "emmett shear pendiri twitch twitch".split(),
    "the board named a new chief".split(),
]


def scores(corpus: list[list[str]], query: list[str]) -> np.ndarray:
    postings = build_postings(corpus)
    return postings.scores(postings.query_row(query))


def textbook(corpus: list[list[str]], query: list[str]) -> list[float]:
    """Robertson & Zaragoza 2009, equation 3.15, with the plain idf."""
    average = sum(map(len, corpus)) / len(corpus)
    totals = []
    for passage in corpus:
        total = 0.0
        for term in query:
            df = sum(term in other for other in corpus)
            tf = passage.count(term)
            idf = math.log((len(corpus) - df + 0.5) / (df + 0.5)) if df else 0.0
            total += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(passage) / average))
        totals.append(total)
    return totals


@pytest.mark.parametrize("query", ["emmett shear", "twitch", "億 美", "who replaced emmett", "a a board"])
def test_the_inner_product_of_the_rows_is_the_score_of_rank_bm25(query: str) -> None:
    expected = BM25Okapi(CORPUS).get_scores(query.split())
    np.testing.assert_allclose(scores(CORPUS, query.split()), expected, rtol=1e-6)


def test_the_scores_are_those_of_the_textbook() -> None:
    np.testing.assert_allclose(scores(CORPUS, ["emmett", "twitch"]), textbook(CORPUS, ["emmett", "twitch"]), rtol=1e-6)


def test_one_score_worked_out_by_hand() -> None:
    # Two of five passages hold `shear`: idf = ln(3.5/2.5). Passages have 7, 7, 8, 5 and 6 terms, 6.6 on average.
    passage = 2.5 / (1 + 1.5 * (0.25 + 0.75 * 7 / 6.6))
    assert scores(CORPUS, ["shear"])[0] == pytest.approx(math.log(3.5 / 2.5) * passage, rel=1e-6)


words = st.sampled_from("altman shear openai 微 軟 lãnh đạo conseil surat board".split())
passages = st.lists(words, min_size=1, max_size=12)


@given(st.lists(passages, min_size=1, max_size=12), st.lists(words, max_size=5))
def test_scores_equal_rank_bm25_wherever_its_idf_is_positive(corpus: list[list[str]], query: list[str]) -> None:
    reference = BM25Okapi(corpus)
    sound = [term for term in query if reference.idf.get(term, 1) > 0]
    np.testing.assert_allclose(scores(corpus, sound), reference.get_scores(sound), rtol=1e-5, atol=1e-6)


@given(st.lists(passages, min_size=1, max_size=12), st.lists(words, min_size=1, max_size=5))
def test_a_passage_scores_above_zero_exactly_when_it_holds_a_term_of_the_query(
    corpus: list[list[str]], query: list[str]
) -> None:
    held = [bool(set(passage) & set(query)) for passage in corpus]
    assert (scores(corpus, query) > 0).tolist() == held


def test_an_empty_corpus_has_no_scores_where_rank_bm25_divides_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        BM25Okapi([])
    assert scores([], ["altman"]).tolist() == []


def test_passages_without_terms_are_no_matches() -> None:
    assert scores([[], []], ["altman"]).tolist() == [0, 0]
    assert scores([["altman"], []], ["altman"])[1] == 0


def test_an_unknown_query_finds_nothing_where_rank_bm25_returns_the_top_n() -> None:
    assert BM25Okapi(CORPUS).get_top_n(["zzz"], CORPUS, n=2) != []
    assert not scores(CORPUS, ["zzz"]).any()


def test_a_term_in_every_passage_scores_above_zero_where_rank_bm25_goes_below() -> None:
    corpus = [["openai", "altman"], ["openai"], ["openai"]]
    assert BM25Okapi([["openai"]]).get_scores(["openai"])[0] < 0
    assert (scores(corpus, ["openai"]) > 0).all()


def test_a_perfect_match_in_a_corpus_of_two_scores_above_zero_where_rank_bm25_says_0() -> None:
    corpus = [["emmett", "shear"], ["sam", "altman"]]
    assert BM25Okapi(corpus).get_scores(["emmett", "shear"]).tolist() == [0, 0]
    assert scores(corpus, ["emmett", "shear"]).argmax() == 0
    assert scores(corpus, ["emmett", "shear"])[0] > 0


def test_the_idf_that_replaces_rank_bm25s_is_lucenes() -> None:
    # df = 1 of N = 2: rank-bm25 says ln(1.5/1.5) = 0, Lucene ln(1 + 1.5/1.5) = ln 2.
    assert inverse_document_frequencies({"shear": 1}, 2)["shear"] == pytest.approx(math.log(2))


def test_a_term_asked_for_twice_counts_twice() -> None:
    np.testing.assert_allclose(scores(CORPUS, ["shear", "shear"]), 2 * scores(CORPUS, ["shear"]), rtol=1e-6)


def reference_rows(corpus: list[list[str]]) -> dict[tuple[bytes, int], float]:
    """Return the value of each term in each passage that has it, counted one by one."""
    lengths = [len(passage) for passage in corpus]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    return {
        (term.encode(), row): float(
            np.float32(
                passage.count(term) * (K1 + 1) / (passage.count(term) + K1 * (1 - B + B * lengths[row] / average))
            )
        )
        for row, passage in enumerate(corpus)
        for term in passage
    }


@given(st.lists(st.lists(words, max_size=12), max_size=12))
def test_the_postings_are_those_counted_one_by_one(corpus: list[list[str]]) -> None:
    postings = build_postings(corpus)
    laid_out = {
        (term, int(row)): value
        for number, term in enumerate(postings.terms)
        for row, value in zip(
            postings.rows[postings.indptr[number] : postings.indptr[number + 1]],
            postings.values[postings.indptr[number] : postings.indptr[number + 1]],
            strict=True,
        )
    }
    assert laid_out == reference_rows(corpus)
    assert list(postings.terms) == sorted({word.encode() for passage in corpus for word in passage})
    assert list(laid_out) == sorted(laid_out)


@given(st.lists(st.lists(words, max_size=30), max_size=12))
def test_the_counts_are_found_again_in_the_postings(corpus: list[list[str]]) -> None:
    counts = count_terms(corpus)
    assert counts_of(weigh(counts)).times.tolist() == counts.times.tolist()


def test_a_word_said_a_thousand_times_is_counted_again_as_a_thousand() -> None:
    counts = count_terms([["spam"] * 1000 + ["altman"] * 999, ["shear"]])
    assert counts_of(weigh(counts)).times.tolist() == [999, 1, 1000]


def test_terms_are_found_by_their_utf_8_order() -> None:
    postings = build_postings(CORPUS)
    assert [postings.lookup(term.decode()) for term in postings.terms] == list(range(len(postings.terms)))
    assert postings.lookup("") is None
    assert postings.lookup("億億") is None

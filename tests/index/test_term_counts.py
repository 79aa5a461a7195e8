"""Counting in blocks, leaving passages out and putting others in give what counting everything at once gives."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.term_counts import TermCounts, count_terms, merge, select

words = st.sampled_from("altman shear openai 微 軟 微軟 lãnh đạo conseil surat".split())
corpora = st.lists(st.lists(words, max_size=9), max_size=9)
choices = st.lists(st.booleans(), min_size=9, max_size=9)


def same(one: TermCounts, other: TermCounts) -> bool:
    arrays = ("indptr", "rows", "times", "lengths")
    return list(one.terms) == list(other.terms) and all(
        getattr(one, name).tolist() == getattr(other, name).tolist() for name in arrays
    )


def test_three_passages_counted_by_hand() -> None:
    counts = count_terms([["shear", "altman", "shear"], [], ["微", "shear"]])
    assert counts.terms == [b"altman", b"shear", "微".encode()]
    assert counts.indptr.tolist() == [0, 1, 3, 4]
    assert counts.rows.tolist() == [0, 0, 2, 2]
    assert counts.times.tolist() == [1, 2, 1, 1]
    assert counts.lengths.tolist() == [3, 0, 2]


@given(corpora)
def test_every_count_is_that_of_a_counter(corpus: list[list[str]]) -> None:
    counts = count_terms(corpus)
    for number, term in enumerate(counts.terms):
        held = slice(int(counts.indptr[number]), int(counts.indptr[number + 1]))
        found = dict(zip(counts.rows[held].tolist(), counts.times[held].tolist(), strict=True))
        assert found == {row: n for row, passage in enumerate(corpus) if (n := Counter(passage)[term.decode()])}


@given(corpora, st.integers(1, 4))
def test_blocks_of_any_size_give_the_same(corpus: list[list[str]], block: int) -> None:
    assert same(count_terms(corpus, block=block), count_terms(corpus))


@given(corpora, choices)
def test_what_is_kept_and_what_is_new_make_what_counting_both_makes(
    corpus: list[list[str]], choice: list[bool]
) -> None:
    kept = choice[: len(corpus)]
    inside = [words if keep else [] for words, keep in zip(corpus, kept, strict=True)]
    outside = [[] if keep else words for words, keep in zip(corpus, kept, strict=True)]
    assert same(merge(count_terms(inside), count_terms(outside)), count_terms(corpus))


@given(corpora, choices)
def test_passages_left_out_leave_no_terms_behind(corpus: list[list[str]], choice: list[bool]) -> None:
    kept = choice[: len(corpus)]
    places = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    rest = [passage for passage, keep in zip(corpus, kept, strict=True) if keep]
    assert same(select(count_terms(corpus), places, len(rest)), count_terms(rest))


def test_passages_move_to_rows_further_down() -> None:
    moved = select(count_terms([["altman"], ["shear"]]), np.array([1, 3], dtype=np.int32), 4)
    assert same(moved, count_terms([[], ["altman"], [], ["shear"]]))

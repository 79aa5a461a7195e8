"""The embedded store gives back what went in, and each leg ranks as it says."""

from pathlib import Path

import numpy as np
import pytest

from index.articles import read_article
from index.passages import split
from index.records import Filter
from index.store import Store, open_store
from tests.conftest import NEWS, HashingEncoder


@pytest.fixture
def store(news_index: Path) -> Store:
    return open_store(news_index)


def test_articles_and_passages_come_back_as_they_went_in(store: Store, news: Path) -> None:
    articles = sorted((read_article(news / name, name) for name in NEWS), key=lambda article: article.info.id)
    assert [store.article(number) for number in range(len(store.articles))] == articles
    expected = [passage for article in articles for passage in split(article)]
    assert [store.passage(row) for row in range(len(store.passages))] == expected


def test_a_lower_row_is_a_lower_passage_id(store: Store) -> None:
    ids = [store.passage(row).id for row in range(len(store.passages))]
    assert ids == sorted(ids)


def test_an_article_is_found_by_its_id(store: Store) -> None:
    for number in range(len(store.articles)):
        assert store.number_of(store.info(number).id) == number
    assert store.number_of("zz") is None


def test_the_dense_leg_ranks_by_deviations_and_gives_the_cosine(store: Store, encoder: HashingEncoder) -> None:
    query = encoder.encode_query(["who is chief executive of OpenAI?"])[0]
    found = store.search_dense(query, 3)
    assert [z for _, _, z in found] == sorted((z for _, _, z in found), reverse=True)
    for row, cosine, _ in found:
        assert cosine == pytest.approx(float(store.vectors[row] @ query), abs=1e-6)


def test_a_filter_narrows_both_legs_and_changes_no_score(store: Store, encoder: HashingEncoder) -> None:
    query = encoder.encode_query(["Emmett Shear"])[0]
    rows = store.matching(Filter(languages=("fr",)))
    assert rows is not None
    everything = {row: (cosine, z) for row, cosine, z in store.search_dense(query, 100)}
    narrowed = store.search_dense(query, 100, rows)
    assert {row for row, _, _ in narrowed} == set(rows.tolist())
    assert all(everything[row] == pytest.approx((cosine, z)) for row, cosine, z in narrowed)
    term = store.postings.query_row(["shear"])
    scores = dict(store.search_lexical(term, 100))
    assert store.search_lexical(term, 100, rows) == [(row, scores[row]) for row in rows.tolist() if row in scores]


@pytest.mark.parametrize(
    ("chosen", "paths"),
    [
        (Filter(languages=("zh", "id")), {"zh.txt", "id.txt"}),
        (Filter(source="titanium"), {"fr.txt"}),
        (Filter(source="EN.TXT"), {"en.txt"}),
        (Filter(since="2023-11-20", until="2023-11-20"), {"vi.txt"}),
        (Filter(since="2023-11-21"), set()),
        (Filter(until="2023-11-19"), set()),
        (Filter(languages=("en",), source="titanium"), set()),
    ],
    ids=str,
)
def test_a_filter_leaves_the_articles_it_describes(store: Store, chosen: Filter, paths: set[str]) -> None:
    rows = store.matching(chosen)
    assert rows is not None
    assert {store.passage(int(row)).article.path for row in rows} == paths


def test_no_filter_confines_nothing(store: Store) -> None:
    assert store.matching(Filter()) is None


def test_an_empty_selection_is_searched_without_a_hit(store: Store, encoder: HashingEncoder) -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert store.search_dense(encoder.encode_query(["Shear"])[0], 10, nothing) == []
    assert store.search_lexical(store.postings.query_row(["shear"]), 10, nothing) == []

"""The embedded store gives back what went in, and each leg ranks as it says."""

from pathlib import Path

import numpy as np
import pytest

from index import dense
from index.analysis import fold
from index.articles import read_article
from index.indexing import update_index
from index.passages import split
from index.records import ArticleInfo, Filter
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


def described(info: ArticleInfo, chosen: Filter) -> bool:
    """Say what a filter says of one article, as `Filter` puts it."""
    day = (info.date or "")[:10]
    return (
        (not chosen.languages or info.language in chosen.languages)
        and (not chosen.source or fold(chosen.source) in fold(f"{info.source or ''}\n{info.path}"))
        and (not chosen.since or bool(day and day >= chosen.since))
        and (not chosen.until or bool(day and day <= chosen.until))
    )


@pytest.mark.parametrize("languages", [(), ("fr",), ("zh", "vi"), ("en", "xx")], ids=str)
@pytest.mark.parametrize("source", [None, "t", ".TXT", "TITANIUM media", "txten", "en.txt\0", "(", "ⅴi.txt"], ids=repr)
@pytest.mark.parametrize(("since", "until"), [(None, None), ("2023-11-20", None), (None, "2023-11"), ("2024", "2025")])
def test_a_filter_reads_columns_and_leaves_what_reading_every_article_would(
    store: Store, languages: tuple[str, ...], source: str | None, since: str | None, until: str | None
) -> None:
    chosen = Filter(languages, source, since, until)
    rows = store.matching(chosen)
    if not chosen:
        assert rows is None
        return
    assert rows is not None
    expected = [row for row in range(len(store.passages)) if described(store.passage(row).article, chosen)]
    assert rows.tolist() == expected


def test_an_index_with_int8_rows_answers_as_one_without(
    store: Store, news: Path, encoder: HashingEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "INT8_FROM", 1)
    update_index(tmp_path / "int8", [news], encoder)
    other = open_store(tmp_path / "int8")
    assert len(np.load(other.directory / "codes.npy")) == len(other.passages)
    assert len(np.load(store.directory / "codes.npy")) == 0
    for question in ("who is chief executive?", "微軟投資了多少？", "karyawan", "Twitch"):
        query = encoder.encode_query([question])[0]
        for rows in (None, store.matching(Filter(languages=("fr", "zh")))):
            assert other.search_dense(query, 3, rows) == store.search_dense(query, 3, rows)


def test_a_query_reads_no_text_and_no_article_until_a_hit_is_shown(store: Store, encoder: HashingEncoder) -> None:
    store.search_dense(encoder.encode_query(["Shear"])[0], 10, store.matching(Filter(source="fr", since="2023")))
    store.search_lexical(store.postings.query_row(["shear"]), 10)
    assert store.info.cache_info().misses == 0  # type: ignore[attr-defined]  # functools.lru_cache has it

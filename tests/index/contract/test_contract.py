"""What every store does, held over each: searches, filters, ties, updates, generations, and readers beside a writer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import ClassVar

import numpy as np
import pytest

from index.analysis import query_tokens
from index.encoders import Vectors
from index.errors import IndexMissing
from index.indexing import indexed_roots, stale
from index.places import Place
from index.records import Filter, Kind
from index.retriever import Retriever
from index.search_store import SearchStore
from index.sentence_vectors import lines
from tests.conftest import NEWS, HashingEncoder, whole_passages, write_news
from tests.index.contract.conftest import update

DEPTH = 200
QUESTIONS = [
    "Emmett Shear thay Sam Altman",
    "Qui a acquis Twitch en 2014 ?",
    "微軟投資了多少美元？",
    "Berapa karyawan menandatangani surat?",
    "Who co-founded Twitch?",
]


def lexical(store: SearchStore, query: str, depth: int = DEPTH, chosen: Filter = Filter()) -> list[tuple[str, float]]:
    row = store.postings.query_row(query_tokens(query))
    return [(store.passage(n).text, score) for n, score in store.search_lexical(row, depth, store.matching(chosen))]


def dense(
    store: SearchStore, query: str, depth: int = DEPTH, chosen: Filter = Filter()
) -> list[tuple[int, float, float]]:
    return store.search_dense(HashingEncoder().encode_query([query])[0], depth, store.matching(chosen))


def paths(store: SearchStore, chosen: Filter) -> set[str]:
    return {store.passage(row).article.path for row, *_ in dense(store, "Shear", chosen=chosen)}


def test_where_nothing_was_indexed_there_is_no_index(place: Place) -> None:
    with pytest.raises(IndexMissing, match="build one with `polyquote index PATH`"):
        place.open()
    assert not place.marker().startswith("0")


def test_an_empty_corpus_answers_nothing(place: Place, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    update(place, tmp_path / "none")
    store = place.open()
    assert (len(store.articles), len(store.passages), store.languages) == (0, 0, ())
    assert (lexical(store, "Shear"), dense(store, "Shear")) == ([], [])
    assert Retriever(store, HashingEncoder()).search("Shear").hits == ()


def test_five_scripts_come_back_word_for_word_with_what_is_known_of_them(store: SearchStore) -> None:
    assert store.languages == ("en", "fr", "id", "vi", "zh")
    assert len(store.articles) == 5
    for number in range(5):
        article = store.article(number)
        assert article.text == NEWS[article.info.path]
        assert store.info(number) == article.info
        assert store.number_of(article.info.id) == number
        assert article.sections
    assert store.number_of("f" * 16) is None
    assert store.number_of("' or 1 == 1") is None
    for row in range(len(store.passages)):
        passage = store.passage(row)
        owner = store.number_of(passage.article.id)
        assert owner is not None
        assert store.article(owner).text[passage.start : passage.end] == passage.text
        assert store.comments[row] == (passage.kind is Kind.COMMENT)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_in_each_language_finds_its_article_by_words_and_by_vector(
    store: SearchStore, question: str
) -> None:
    path = ("vi.txt", "fr.txt", "zh.txt", "id.txt", "en.txt")[QUESTIONS.index(question)]
    by_words = lexical(store, question)
    assert by_words[0][0] in NEWS[path]
    assert [score for _, score in by_words] == sorted((score for _, score in by_words), reverse=True)
    hits = Retriever(store, HashingEncoder()).search(question).hits
    assert path in {hit.passage.article.path for hit in hits[:2]}


def test_every_passage_is_ranked_by_the_dense_leg_and_only_those_with_a_word_by_the_lexical(store: SearchStore) -> None:
    assert {row for row, *_ in dense(store, "Twitch")} == set(range(len(store.passages)))
    found = lexical(store, "Twitch")
    assert found
    assert all("Twitch" in text for text, _ in found)
    assert all(score > 0 for _, score in found)


def test_a_search_among_some_rows_finds_those_and_scores_them_alike(store: SearchStore) -> None:
    query = HashingEncoder().encode_query(["Twitch"])[0]
    everything = store.search_dense(query, DEPTH)
    some = sorted(row for row, *_ in everything)[::3]
    found = store.search_dense(query, len(some), store.among(some))
    assert [row for row, *_ in found] == [row for row, *_ in everything if row in some]
    assert [z for *_, z in found] == pytest.approx([z for row, _, z in everything if row in some], abs=1e-4)


def test_a_passage_gives_the_vector_that_it_was_indexed_with(store: SearchStore) -> None:
    for row in range(len(store.passages)):
        expected = HashingEncoder().encode_document([store.passage(row).text])[0]
        assert store.vector(row) == pytest.approx(expected, abs=1e-6)


def test_the_closest_sentence_of_a_passage_is_that_of_the_sentences_it_was_indexed_with(store: SearchStore) -> None:
    query = HashingEncoder().encode_query(["Twitch OpenAI Shear"])[0]
    rows = list(range(len(store.passages)))[::-1]
    for _ in range(2):  # the second time from what is remembered
        cosines = store.sentence_cosines(query, rows)
        for row, cosine in zip(rows, cosines.tolist(), strict=True):
            apart = lines(store.passage(row))[1:]
            expected = (HashingEncoder().encode_query(apart) @ query).max() if apart else float("nan")
            assert cosine == pytest.approx(expected, abs=0.02, nan_ok=True)
    assert np.isfinite(cosines).any()


def test_words_that_no_passage_has_are_unknown(store: SearchStore) -> None:
    assert store.postings.lookup("twitch") is not None
    assert store.postings.lookup("xyzzy") is None
    assert store.postings.lookup('" or key != "') is None
    assert lexical(store, "xyzzy plugh") == []
    retrieval = Retriever(store, HashingEncoder()).search("xyzzy Twitch")
    assert (retrieval.known_terms, retrieval.unknown_terms) == (("twitch",), ("xyzzy", "xyzzy twitch", "xyzzi"))


def test_a_word_asked_for_twice_counts_twice(store: SearchStore) -> None:
    once, twice = store.postings.query_row(["twitch"]), store.postings.query_row(["twitch", "twitch"])
    assert twice == {term: 2 * weight for term, weight in once.items()}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(languages=("fr", "zh")), {"fr.txt", "zh.txt"}),
        (Filter(source="titanium"), {"fr.txt"}),
        (Filter(source="EN.TXT"), {"en.txt"}),
        (Filter(source=".txt"), {"vi.txt", "fr.txt", "zh.txt", "id.txt", "en.txt"}),
        (Filter(since="2023-11-20"), {"vi.txt"}),
        (Filter(until="2023-11-20"), {"vi.txt"}),
        (Filter(since="2023-11-21"), set()),
        (Filter(until="2023-11-19"), set()),
        (Filter(languages=("vi",), since="2023-01-01", until="2023-12-31", source="vi"), {"vi.txt"}),
        (Filter(languages=("fr",), since="2023-01-01"), set()),
    ],
    ids=lambda value: (
        "-".join(map(str, filter(None, [*value.languages, value.source, value.since, value.until])))
        if isinstance(value, Filter)
        else ""
    ),
)
def test_a_filter_confines_both_legs(store: SearchStore, chosen: Filter, expected: set[str]) -> None:
    assert paths(store, chosen) == expected
    everything = lexical(store, "OpenAI Shear Twitch 微軟 Lightcap")
    confined = lexical(store, "OpenAI Shear Twitch 微軟 Lightcap", chosen=chosen)
    texts = {text for path in expected for text, _ in everything if text in NEWS[path]}
    assert confined == [(text, score) for text, score in everything if text in texts]


def test_a_filter_that_confines_nothing_is_none(store: SearchStore) -> None:
    assert store.matching(Filter()) is None


@pytest.mark.parametrize(
    "source", ['" or 1 == 1 or place == "', "%", "_", "\\", "'", '"', "\n", "{x}", "vi.txt%", "🙂", ") or (row >= 0"]
)
def test_a_hostile_source_is_a_text_that_no_article_has(store: SearchStore, source: str) -> None:
    assert paths(store, Filter(source=source)) == (set(NEWS) if source == "\n" else set())


def test_passages_of_the_same_words_keep_the_order_of_their_rows(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    sentence = "Emmett Shear was named interim chief executive of OpenAI on Monday."
    for number in range(70):  # more than are asked for beyond the depth
        (folder / f"{number}.txt").write_text(f"{sentence}\n{'.' * number}\n", encoding="utf-8")
    (folder / "other.txt").write_text(
        "Le conseil d’administration a choisi un autre directeur général.", encoding="utf-8"
    )
    update(place, folder)
    store = place.open()
    row = store.postings.query_row(query_tokens("Shear OpenAI"))
    query = HashingEncoder().encode_query(["Emmett Shear"])[0]
    for depth in (1, 3, 10, 60, 200):
        found = [n for n, _ in store.search_lexical(row, depth)]
        same = [n for n in range(len(store.passages)) if sentence in store.passage(n).text]
        assert found == same[:depth]
        similar = [n for n, *_ in store.search_dense(query, depth) if n in same]
        assert similar == sorted(similar)


def test_a_passage_without_terms_is_kept_and_found_by_its_vector_alone(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "en.txt").write_text(NEWS["en.txt"] + "\n" + "🙂 " * 190 + ".\n\n" + "… " * 200 + "\n", encoding="utf-8")
    update(place, folder)
    store = place.open()
    bare = [row for row in range(len(store.passages)) if not query_tokens(store.passage(row).text)]
    assert bare
    assert set(bare) <= {row for row, *_ in dense(store, "Shear")}
    assert all(query_tokens(text) for text, _ in lexical(store, "Shear OpenAI Twitch"))


def test_articles_are_added_changed_and_removed_and_nothing_is_encoded_twice(place: Place, tmp_path: Path) -> None:
    news, encoder = write_news(tmp_path / "news", ("fr.txt", "en.txt")), HashingEncoder()
    first = update(place, news, encoder=encoder)
    assert (first.added, first.written, first.encoded) == (2, True, len(whole_passages(place.open(), encoder)))
    encoder.encoded.clear()
    assert not update(place, news, encoder=encoder).written
    (news / "en.txt").unlink()
    write_news(news, ("zh.txt",))
    second = update(place, news, encoder=encoder)
    assert (second.added, second.removed, second.unchanged) == (1, 1, 1)
    store = place.open()
    encoded = whole_passages(store, encoder)
    assert second.encoded == len(encoded)
    assert all(("OpenAI" in text and "Twitch" not in text) or "Thrive" in text for text in encoded)
    assert {store.info(number).path for number in range(len(store.articles))} == {"fr.txt", "zh.txt"}
    assert store.languages == ("fr", "zh")
    assert store.postings.lookup("june") is None
    assert indexed_roots(store) == [news]
    assert not stale(store, [news])


def test_what_was_left_out_is_told(place: Place, news: Path) -> None:
    (news / "empty.txt").write_bytes(b"")
    update(place, news)
    assert [item.origin.path for item in place.open().left_out()] == ["empty.txt"]


def test_a_reader_keeps_its_generation_when_another_is_switched_to(place: Place, news: Path) -> None:
    update(place, news)
    reader, marker = place.open(), place.marker()
    before = lexical(reader, "Altman")
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    update(place, news)
    assert lexical(reader, "Altman") == before
    assert len(reader.articles) == 5
    assert place.marker() != marker
    fresh = place.open()
    assert (len(fresh.articles), fresh.generation > reader.generation) == (6, True)
    assert place.marker().split(" ")[0] == fresh.generation


def test_two_readers_at_once_find_the_same(news_place: Place, store: SearchStore) -> None:
    expected = [(lexical(store, question), dense(store, question)) for question in QUESTIONS]
    found: dict[int, list[object]] = {}

    def read(number: int) -> None:
        reader = store if number else news_place.open()
        found[number] = [(lexical(reader, question), dense(reader, question)) for question in QUESTIONS]

    threads = [Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(4)] == [expected] * 4


def test_a_reopened_generation_is_the_same(news_place: Place, store: SearchStore) -> None:
    again = news_place.open()
    assert again.generation == store.generation
    assert again.manifest["encoder"] == store.manifest["encoder"]
    np.testing.assert_array_equal(again.statistics.means, store.statistics.means)
    np.testing.assert_array_equal(again.statistics.covariances, store.statistics.covariances)
    assert dense(again, "Shear") == dense(store, "Shear")


def test_a_long_article_comes_back_whole(make_place: Callable[[], Place], tmp_path: Path) -> None:
    folder, place = tmp_path / "long", make_place()
    folder.mkdir()
    text = "".join(f"微軟向OpenAI投資了{number}億美元，是其主要的財務支持者。\n" for number in range(3000))
    (folder / "long.txt").write_text(text, encoding="utf-8")
    assert len(text.encode()) > 3 * 65_535
    update(place, folder)
    store = place.open()
    assert store.article(0).text == text
    hits = lexical(store, "2999")
    assert "2999" in hits[0][0]


def test_a_run_afresh_encodes_everything_and_what_was_there_answers_until_it_is_whole(
    place: Place, tmp_path: Path
) -> None:
    news = write_news(tmp_path / "news")
    update(place, news)
    before = place.open()

    class Watching(HashingEncoder):
        seen: ClassVar[set[str]] = set()

        def encode_document(self, texts: Sequence[str]) -> Vectors:
            self.seen.add(place.open().generation)
            return super().encode_document(texts)

    report = place.update([news], Watching(), afresh=True)
    assert (report.written, report.encoded) == (True, len(before.passages))
    assert Watching.seen == {before.generation}
    assert place.open().generation == report.generation != before.generation

"""What is taken from the generation before is what reading the file again would give."""

import os
import shutil
from pathlib import Path

from index.indexing import update_index
from index.scanning import find, rows_of, scan
from index.store import open_store
from tests.conftest import NEWS, HashingEncoder


def long_past(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, ns=(10**18, 10**18))


def test_an_entry_taken_over_is_the_entry_read_again(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (news / "comments.txt").write_text(
        "OpenAI names a chief\n\nThe board named Emmett Shear on Monday. He accepted.\n\nComments\n\nanna: at last!\n",
        encoding="utf-8",
    )
    long_past(news)
    update_index(tmp_path / "index", [news], encoder)
    again, fresh = scan([news], open_store(tmp_path / "index")), scan([news], None)
    assert again.numbers == tuple(range(6))
    assert fresh.numbers == (None,) * 6
    assert again.entries == fresh.entries
    assert again.digests.tobytes() == fresh.digests.tobytes()
    assert again.left_out == fresh.left_out


def test_the_rows_of_the_articles_are_all_rows_in_order(news_index: Path) -> None:
    store = open_store(news_index)
    rows = [row for number in range(len(store.articles)) for row in range(len(store.passages))[rows_of(store, number)]]
    assert rows == list(range(len(store.passages)))
    assert {store.passage(row).article.id for row in rows[rows_of(store, 2)]} == {store.info(2).id}


def test_an_unchanged_twin_is_still_named_as_one(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    shutil.copy(news / "vi.txt", news / "zz-copy.txt")
    long_past(news)
    update_index(tmp_path / "index", [news], encoder)
    reasons = [item.reason for item in scan([news], open_store(tmp_path / "index")).left_out]
    assert reasons == ["zz-copy.txt: byte for byte the same as vi.txt"]


def test_an_article_of_boilerplate_alone_is_named_and_left_out(tmp_path: Path, encoder: HashingEncoder) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "menu.txt").write_text("Advertisement\n", encoding="utf-8")
    assert [item.reason for item in scan([folder], None).left_out] == [
        "menu.txt: nothing but boilerplate: add the article's text"
    ]
    update_index(tmp_path / "index", [folder], encoder)
    assert len(open_store(tmp_path / "index").passages) == 0


def test_a_file_below_two_roots_is_found_once(news: Path) -> None:
    found, refused = find([news, news / "vi.txt", news / "fr.txt"])
    assert sorted(origin.path for origin, _ in found) == sorted(NEWS)
    assert refused == []

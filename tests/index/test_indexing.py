"""Indexing mirrors its folders, encodes nothing twice, and ends where a run from nothing would."""

import hashlib
import os
import re
import shutil
import tempfile
import threading
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from index import encoding, indexing, scanning
from index.articles import read_article
from index.encoders import Vectors
from index.encoding import SCRATCH
from index.errors import ArticleError, IndexBusy, IndexUnwritable
from index.generations import ARRAYS, BLOBS
from index.indexing import indexed_roots, stale, update_index
from index.journal import NAME
from index.records import Article
from index.store import Store, open_store
from tests.conftest import NEWS, HashingEncoder, whole_passages, write_news


def contents(index: Path) -> dict[str, Any]:
    """Return everything that a generation holds, apart from when it was written and the times of files."""
    store = open_store(index)
    arrays = {name: np.load(store.directory / f"{name}.npy", allow_pickle=False).tolist() for name in ARRAYS}
    arrays["articles"] = [store.article(number) for number in range(len(store.articles))]
    arrays["paths"] = [store.origin(number).path for number in range(len(store.articles))]
    blobs = {name: (store.directory / name).read_bytes() for name in BLOBS if name != "articles.jsonl"}
    about = {
        key: value
        for key, value in store.manifest.items()
        if key not in ("created", "files", "roots", "left_out", "generation")
    }
    return {**arrays, **blobs, **about}


def test_a_first_run_adds_every_article(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    report = update_index(tmp_path / "index", [news], encoder)
    assert (report.added, report.removed, report.unchanged, report.written) == (5, 0, 0, True)
    assert report.encoded == report.passages == len(whole_passages(open_store(tmp_path / "index"), encoder))


def test_a_second_run_over_the_same_folder_writes_and_encodes_nothing(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    before = open_store(news_index).generation
    report = update_index(news_index, [news], encoder)
    assert (report.added, report.unchanged, report.encoded, report.written) == (0, 5, 0, False)
    assert open_store(news_index).generation == before
    assert encoder.encoded == []


def test_only_what_is_new_in_a_changed_article_is_encoded(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    path = news / "en.txt"
    path.write_text(NEWS["en.txt"] + "\nAltman came back two days later. Nobody had expected it.\n", encoding="utf-8")
    report = update_index(news_index, [news], encoder)
    assert (report.added, report.removed, report.unchanged) == (1, 1, 4)
    encoded = whole_passages(open_store(news_index), encoder)
    assert encoded
    assert all("Altman came back" in text for text in encoded)


def settled(folder: Path) -> Path:
    """Give every file a time long past: one that was changed just now might be changed again, and is read again."""
    for path in folder.rglob("*.txt"):
        stamp = 10**9 * (1_600_000_000 + zlib.crc32(path.read_bytes()) % 10**6)
        os.utime(path, ns=(stamp, stamp))
    return folder


def files_read(patch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that names each file as it is read."""
    named: list[str] = []

    def reading(path: Path, name: str) -> Article:
        named.append(name)
        return read_article(path, name)

    patch.setattr(scanning, "read_article", reading)
    return named


def test_a_file_that_is_as_it_was_is_not_read_again(
    tmp_path: Path, news: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_index(tmp_path / "grown", [settled(news)], encoder)
    (news / "en.txt").write_text(NEWS["en.txt"] + "\nAltman came back two days later.\n", encoding="utf-8")
    (news / "vi.txt").unlink()
    named = files_read(monkeypatch)
    report = update_index(tmp_path / "grown", [news], encoder)
    assert named == ["en.txt"]
    assert (report.added, report.removed, report.unchanged) == (1, 2, 3)
    update_index(tmp_path / "fresh", [news], encoder)
    assert contents(tmp_path / "grown") == contents(tmp_path / "fresh")


def test_a_file_changed_within_the_second_is_read_again(
    news: Path, news_index: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = files_read(monkeypatch)
    report = update_index(news_index, [news], encoder)
    assert sorted(named) == sorted(NEWS)
    assert not report.written


def test_other_code_reads_every_file_again_and_keeps_the_vectors(
    tmp_path: Path, news: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_index(tmp_path / "index", [settled(news)], encoder)
    for module in (scanning, indexing):
        monkeypatch.setattr(module, "reading_version", lambda: "another")
    named = files_read(monkeypatch)
    report = update_index(tmp_path / "index", [news], encoder)
    assert sorted(named) == sorted(NEWS)
    assert (report.encoded, report.written) == (0, True)


def test_what_was_encoded_before_a_fault_is_not_encoded_again(tmp_path: Path, news: Path) -> None:
    class Failing(HashingEncoder):
        def encode_document(self, texts: Sequence[str]) -> Vectors:
            if self.encoded:
                raise KeyboardInterrupt
            return super().encode_document(texts)

    first, second = Failing(), HashingEncoder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "BATCH", 4)
        with pytest.raises(KeyboardInterrupt):
            update_index(tmp_path / "index", [news], first)
    report = update_index(tmp_path / "index", [news], second)
    before, after = (whole_passages(open_store(tmp_path / "index"), one) for one in (first, second))
    assert len(before) == 4
    assert not set(before) & set(after)
    assert report.encoded == report.passages - 4
    assert sorted(path.name for path in (tmp_path / "index").iterdir()) == ["CURRENT", "generations", "lock"]


def test_what_a_cut_run_has_left_goes_when_there_is_nothing_to_go_on_with(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    (news_index / NAME).write_bytes(b"torn")
    for name in SCRATCH:
        (news_index / name).write_bytes(b"torn")
    assert not update_index(news_index, [news], encoder).written
    assert sorted(path.name for path in news_index.iterdir()) == ["CURRENT", "generations", "lock"]


def test_a_journal_that_cannot_be_written_is_an_error_and_the_index_answers_on(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    before = open_store(news_index).generation
    (news / "new.txt").write_text("Altman is back at OpenAI after five days.", encoding="utf-8")
    (news_index / NAME).mkdir()
    with pytest.raises(IndexUnwritable, match="cannot write the index"):
        update_index(news_index, [news], encoder)
    assert open_store(news_index).generation == before


def test_an_article_that_is_gone_is_gone_from_both_legs(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    (news / "zh.txt").unlink()
    report = update_index(news_index, [news], encoder)
    store = open_store(news_index)
    assert (report.removed, report.unchanged, report.encoded) == (1, 4, 0)
    assert "zh" not in store.languages
    assert store.postings.lookup("微") is None
    assert len(store.vectors) == len(store.passages)


def test_a_file_that_moved_is_not_encoded_again(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    (news / "archive").mkdir()
    (news / "en.txt").rename(news / "archive" / "november.txt")
    report = update_index(news_index, [news], encoder)
    store = open_store(news_index)
    assert (report.unchanged, report.encoded, report.written) == (5, 0, True)
    paths = {store.info(number).path for number in range(5)}
    assert "archive/november.txt" in paths
    assert "en.txt" not in paths


def test_a_second_folder_is_added_to_the_first(tmp_path: Path, encoder: HashingEncoder) -> None:
    first = write_news(tmp_path / "one", ["vi.txt", "fr.txt"])
    second = write_news(tmp_path / "two", ["id.txt"])
    update_index(tmp_path / "index", [first, second], encoder)
    assert len(open_store(tmp_path / "index").articles) == 3
    assert indexed_roots(open_store(tmp_path / "index")) == [first, second]


def test_the_same_article_twice_is_indexed_once_and_named(tmp_path: Path, encoder: HashingEncoder) -> None:
    news = write_news(tmp_path / "news", ["vi.txt"])
    shutil.copy(news / "vi.txt", news / "zz-copy.txt")
    report = update_index(tmp_path / "index", [news], encoder)
    assert report.added == 1
    assert [item.reason for item in report.left_out] == ["zz-copy.txt: byte for byte the same as vi.txt"]


def test_a_bad_article_is_named_and_the_rest_is_indexed(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (news / "binary.txt").write_bytes(bytes(range(256)) * 4)
    (news / "empty.txt").write_bytes(b"")
    (news / "latin.txt").write_bytes("Le président a démissionné.".encode("latin-1"))
    (news / "out.txt").symlink_to("/etc/hostname")
    report = update_index(tmp_path / "index", [news], encoder)
    assert report.added == 5
    assert sorted(item.reason.split(":")[0] for item in report.left_out) == [
        "binary.txt",
        "empty.txt",
        "latin.txt",
        "out.txt",
    ]
    assert len(open_store(tmp_path / "index").left_out()) == 4


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path, encoder: HashingEncoder) -> None:
    with pytest.raises(ArticleError, match="nowhere does not exist"):
        update_index(tmp_path / "index", [tmp_path / "nowhere"], encoder)
    assert not (tmp_path / "index").exists()


def test_an_empty_folder_makes_an_empty_index(tmp_path: Path, encoder: HashingEncoder) -> None:
    (tmp_path / "news").mkdir()
    assert update_index(tmp_path / "index", [tmp_path / "news"], encoder).passages == 0
    store = open_store(tmp_path / "index")
    assert store.search_dense(encoder.encode_query(["Altman"])[0], 10) == []
    assert store.search_lexical({}, 10) == []


def test_vectors_of_another_encoder_are_not_reused(news: Path, news_index: Path) -> None:
    other = HashingEncoder()
    other.fingerprint = "1" * 64
    report = update_index(news_index, [news], other)
    assert report.encoded == report.passages == len(whole_passages(open_store(news_index), other))


def test_progress_counts_up_to_what_is_encoded(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    seen: list[tuple[int, int]] = []
    report = update_index(tmp_path / "index", [news], encoder, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (report.encoded, report.encoded)


def test_a_change_is_noticed_by_name_size_and_time(news: Path, news_index: Path) -> None:
    assert not stale(open_store(news_index), [news])
    os.utime(news / "en.txt", ns=(1, 1))
    assert stale(open_store(news_index), [news])


def test_a_new_file_and_a_lost_one_are_noticed(news: Path, news_index: Path) -> None:
    (news / "new.txt").write_text("Altman is back.", encoding="utf-8")
    assert stale(open_store(news_index), [news])
    (news / "new.txt").unlink()
    assert not stale(open_store(news_index), [news])
    (news / "en.txt").unlink()
    assert stale(open_store(news_index), [news])


def test_an_index_made_by_other_code_is_stale_until_the_next_run(
    tmp_path: Path, news: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        for module in (scanning, indexing):
            older.setattr(module, "reading_version", lambda: "another")
        update_index(tmp_path / "index", [settled(news)], encoder)
        assert not stale(open_store(tmp_path / "index"), [news])
    assert stale(open_store(tmp_path / "index"), [news])
    assert update_index(tmp_path / "index", [news], encoder).encoded == 0
    assert not stale(open_store(tmp_path / "index"), [news])


def test_every_module_that_makes_terms_or_names_is_among_the_readers() -> None:
    makers = {"analysis", "detection", "names", "passages"}
    for _ in range(5):  # what they import, and what that imports
        for module in sorted(makers):
            source = Path(scanning.__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
            makers |= set(re.findall(r"^from index(?: import |\.)(\w+)", source, re.MULTILINE))
    assert makers - {"errors"} <= set(scanning.READERS)


def test_a_file_that_was_left_out_does_not_make_an_index_stale(
    tmp_path: Path, news: Path, encoder: HashingEncoder
) -> None:
    (news / "empty.txt").write_bytes(b"")
    (news / "out.txt").symlink_to("/etc/hostname")
    update_index(tmp_path / "index", [news], encoder)
    assert not stale(open_store(tmp_path / "index"), [news])


def test_a_damaged_index_is_rebuilt_by_the_next_run(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    expected = contents(news_index)
    (open_store(news_index).directory / "vectors.npy").write_bytes(b"")
    update_index(news_index, [news], encoder)
    assert contents(news_index) == expected


def test_a_run_afresh_takes_nothing_from_the_one_before(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    expected = contents(news_index)
    report = update_index(news_index, [news], encoder, afresh=True)
    assert report.written
    assert report.encoded == report.passages == len(whole_passages(open_store(news_index), encoder))
    assert contents(news_index) == expected


def test_a_second_writer_waits_and_is_told(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (tmp_path / "index").mkdir()
    held = FileLock(tmp_path / "index" / "lock")
    held.acquire()
    told = threading.Event()
    writer = threading.Thread(
        target=update_index, args=(tmp_path / "index", [news], encoder), kwargs={"waiting": told.set}
    )
    writer.start()
    assert told.wait(timeout=30)
    held.release()
    writer.join(timeout=30)
    assert len(open_store(tmp_path / "index").articles) == 5


def test_a_writer_that_never_ends_is_an_error_in_time(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / "lock"):
        with pytest.raises(IndexBusy, match="another process has been writing"):
            update_index(tmp_path / "index", [news], encoder, lock_seconds=0.1)


def test_the_manifest_says_what_made_the_index_and_when(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    update_index(tmp_path / "index", [news], encoder, now=lambda: datetime(2023, 11, 22, tzinfo=UTC))
    store: Store = open_store(tmp_path / "index")
    assert store.manifest["created"] == "2023-11-22T00:00:00+00:00"
    assert store.manifest["encoder"] == {"name": "hashing", "fingerprint": "0" * 64, "dimension": 64}
    assert store.manifest["counts"]["vi"]["articles"] == 1
    assert {store.info(number).sha256 for number in range(5)} == {
        hashlib.sha256((news / name).read_bytes()).hexdigest() for name in NEWS
    }


folders = st.dictionaries(
    st.sampled_from(["a.txt", "b.md", "sub/c.txt", "d.txt"]),
    st.lists(st.sampled_from([*NEWS.values(), "Altman is back.\n", ""]), min_size=1, max_size=3).map("".join),
    max_size=4,
)


@given(st.lists(folders, min_size=1, max_size=4))
@settings(max_examples=25)
def test_any_sequence_of_changes_ends_where_a_build_from_nothing_does(states: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for state in states:
            shutil.rmtree(root / "news", ignore_errors=True)
            (root / "news").mkdir()
            for name, text in state.items():
                (root / "news" / name).parent.mkdir(exist_ok=True)
                (root / "news" / name).write_text(text, encoding="utf-8")
            update_index(root / "grown", [settled(root / "news")], HashingEncoder())
        update_index(root / "fresh", [root / "news"], HashingEncoder())
        assert contents(root / "grown") == contents(root / "fresh")

"""One writer at a time, and a generation that somebody reads is not removed: held by real processes."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import IndexBusy, IndexUnwritable
from index.generations import collect
from index.indexing import update_index
from index.leases import hold, unread, writing
from index.pointer import GENERATIONS, generation_names
from index.store import open_store
from tests.conftest import HashingEncoder, write_news

ROOT = Path(__file__).parents[2]
READER = """
import sys
from pathlib import Path
from index.store import open_store
store = open_store(Path(sys.argv[1]))
for line in sys.stdin:
    texts = [store.passage(row).text for row in range(len(store.passages))]
    found = [row for row, _ in store.search_lexical(store.postings.query_row(["shear"]), 5)]
    print(store.generation, len(texts), len(found), flush=True)
"""
OPENER = """
import sys
from pathlib import Path
from index.store import open_store
seen = set()
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    store = open_store(Path(sys.argv[1]))
    seen.add(store.generation)
    assert store.faults == () and store.passage(0).text
print(len(seen))
"""
HOLDER = """
import sys, time
from pathlib import Path
from index.leases import writing
with writing(Path(sys.argv[1])):
    print("holding", flush=True)
    sys.stdin.read()
"""
WRITER = """
import sys
from pathlib import Path
from index.indexing import update_index
from tests.conftest import HashingEncoder
report = update_index(Path(sys.argv[1]), [Path(sys.argv[2])], HashingEncoder(), waiting=lambda: print("waiting"))
print(report.generation, report.written)
"""


@contextmanager
def process(code: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        for pipe in (started.stdin, started.stdout):
            assert pipe is not None
            pipe.close()


def ask(reader: subprocess.Popen[str]) -> str:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write("again\n")
    reader.stdin.flush()
    return reader.stdout.readline().strip()


def change(news: Path, number: int) -> None:
    (news / "edition.txt").write_text(f"Edition {number}: Altman is back at OpenAI as its chief.", encoding="utf-8")


def test_a_generation_that_is_held_is_not_collected(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    store = open_store(news_index)
    for number in range(4):
        change(news, number)
        update_index(news_index, [news], encoder)
    assert generation_names(news_index) == ["000001", "000004", "000005"]
    store.release()
    update_index(news_index, [news], encoder)
    assert generation_names(news_index) == ["000004", "000005"]
    assert [store.passage(row).text for row in range(2)]  # what is mapped stays readable


def test_a_store_that_nothing_refers_to_holds_nothing(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    store = open_store(news_index)
    with unread(store.directory) as free:
        assert not free
    directory = store.directory
    del store
    with unread(directory) as free:
        assert free


def test_what_is_being_removed_cannot_be_held_and_what_is_gone_is_not_there(news_index: Path, tmp_path: Path) -> None:
    directory = news_index / GENERATIONS / "000001"
    with unread(directory) as free:
        assert free
        assert hold(directory) is None
    held = hold(directory)
    assert held is not None
    held.release()
    held.release()
    assert hold(tmp_path / "nowhere") is None


def test_an_index_that_cannot_be_made_is_said_in_one_line(tmp_path: Path, encoder: HashingEncoder) -> None:
    (tmp_path / "file").write_text("in the way")
    news = write_news(tmp_path / "news", ["vi.txt"])
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(IndexUnwritable, match="cannot write the index in"):
            update_index(place, [news], encoder)
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / GENERATIONS).write_text("in the way")
    with pytest.raises(IndexUnwritable, match="cannot write the index in"):
        update_index(tmp_path / "index", [news], encoder)


def test_collecting_is_not_put_off_by_what_cannot_be_removed(news_index: Path) -> None:
    (news_index / GENERATIONS / "000000").symlink_to(news_index / GENERATIONS / "000001")
    (news_index / GENERATIONS / "0").write_text("not a folder")
    collect(news_index, keep=1)
    assert open_store(news_index).generation == "000001"


@pytest.mark.slow
def test_a_reader_keeps_its_generation_through_five_more_and_lets_it_go(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    with process(READER, news_index) as reader:
        before = ask(reader)
        assert before.startswith("000001 ")
        for number in range(5):
            change(news, number)
            update_index(news_index, [news], encoder)
            assert ask(reader) == before
        assert generation_names(news_index) == ["000001", "000005", "000006"]
        with process(READER, news_index) as second:
            assert ask(second).startswith("000006 ")
    update_index(news_index, [news], encoder)
    assert generation_names(news_index) == ["000005", "000006"]


@pytest.mark.slow
def test_a_reader_that_comes_while_its_generation_is_collected_opens_the_next(
    tmp_path: Path, news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    enough = tmp_path / "enough"
    with process(OPENER, news_index, enough) as one, process(OPENER, news_index, enough) as two:
        for reader in (one, two):
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        for number in range(10):
            change(news, number)
            update_index(news_index, [news], encoder, keep=1)
        enough.touch()
        for reader in (one, two):
            assert reader.stdout is not None
            assert int(reader.stdout.readline()) > 1


@pytest.mark.slow
def test_a_second_writer_waits_says_so_and_then_proceeds(tmp_path: Path, news: Path) -> None:
    index = tmp_path / "index"
    with process(HOLDER, index) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "holding\n"
        with (
            pytest.raises(IndexBusy, match=r"another process has been writing .* try again later"),
            writing(index, seconds=0.1),
        ):
            pass
        with process(WRITER, index, news) as writer:
            assert writer.stdout is not None
            waited = threading.Timer(2, holder.stdin.close)
            waited.start()
            assert writer.stdout.readline() == "waiting\n"
            assert writer.stdout.readline() == "000001 True\n"
            waited.join()


@pytest.mark.slow
def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    with process(HOLDER, tmp_path / "index") as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / "index" / "lock").exists()
    assert update_index(tmp_path / "index", [news], encoder, lock_seconds=0).written

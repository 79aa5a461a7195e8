"""Three machines index one corpus together, in any order, one of them killed: the same as one machine alone."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from index.milvus import MilvusStore, open_milvus
from index.milvus_generations import generations
from index.places import MilvusPlace
from index.records import ArticleInfo
from index.shards import Shard, index_shard, parse_shard
from tests.conftest import NEWS, HashingEncoder, write_news
from tests.index.contract.conftest import update
from tests.index.contract.shard_run import told
from tests.index.contract.test_agreement import SENTENCES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/3", "-1/3", "1/99999"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUMBER/OF is accepted"):
        parse_shard(text)


def test_every_article_falls_to_one_shard() -> None:
    assert parse_shard("2/3") == Shard(2, 3)
    for number in range(50):
        digest = f"{number * 7919:016x}" + "0" * 48
        info = ArticleInfo(digest[:16], "a.txt", "", "en", None, None, None, digest)
        assert sum(Shard(part, 3).holds(info) for part in (1, 2, 3)) == 1


def corpus(folder: Path) -> Path:
    """Write articles of the five languages: one twice, one empty, and a name that only two together misspell."""
    write_news(folder)
    for number in range(20):
        picked = [SENTENCES[(number * 3 + step) % len(SENTENCES)] for step in range(1 + number % 4)]
        (folder / f"{number:02d}.txt").write_text(" ".join(picked) + f" {number}.\n", encoding="utf-8")
    (folder / "twin.txt").write_text(NEWS["en.txt"], encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    for number, name in enumerate(["OpenAI", "OpenAI", "OpenAl"]):
        (folder / f"name-{number}.txt").write_text(f"The board of {name} met and left.\n", encoding="utf-8")
    os.utime(folder / "twin.txt", (1, 1))  # what is left out is ordered by its place and not by its time
    return folder


class Machines:
    """Three machines, each with a disk of its own."""

    def __init__(self, place: MilvusPlace, news: Path, disks: Path) -> None:
        self.place, self.news, self.disks = place, news, disks

    def run(self, number: int, *, killed_after: int | None = None) -> subprocess.CompletedProcess[str]:
        address = self.place.address
        disk = self.disks / str(number)
        arguments = [address.uri, address.collection, str(disk), str(self.news), f"{number}/3"]
        arguments += [str(killed_after)] if killed_after else []
        command = [sys.executable, "-m", "tests.index.contract.shard_run", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)

    def says(self, number: int, *, alone: bool = False) -> str:
        """Run a shard, in a process of its own if it is to be `alone`, and return what came of it."""
        if alone:
            done = self.run(number)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()
        disk, encoder = self.disks / str(number), HashingEncoder()
        return told(index_shard(self.place.cluster, disk, [self.news], encoder, Shard(number, 3)))


@pytest.fixture
def machines(milvus_place: Callable[[], MilvusPlace], tmp_path: Path) -> Machines:
    return Machines(milvus_place(), corpus(tmp_path / "news"), tmp_path / "disks")


def rows_of(store: MilvusStore) -> list[dict[str, object]]:
    known = ("row", "article", "start", "end", "kind", "language", "day", "digest", "text")
    columns = (*known, "dense", "sparse", "sentences")
    pages = store.cluster.pages(store.names[0], "row >= 0", columns)
    return sorted((row for page in pages for row in page), key=lambda row: int(str(row["row"])))


def same_generation(one: MilvusStore, other: MilvusStore) -> None:
    assert (one.seal["passages"], one.seal["articles"], one.seal["terms"]) == (
        other.seal["passages"],
        other.seal["articles"],
        other.seal["terms"],
    )
    for key in ("encoder", "lexical", "passages", "names", "left_out", "counts", "languages", "roots"):
        assert one.manifest[key] == other.manifest[key], key
    np.testing.assert_allclose(one.statistics.means, other.statistics.means, atol=1e-6)
    np.testing.assert_allclose(one.statistics.covariances, other.statistics.covariances, atol=1e-6)
    numbers = range(len(one.articles))
    assert [one.article(n) for n in numbers] == [other.article(n) for n in numbers]
    assert [one.origin(n) for n in numbers] == [other.origin(n) for n in numbers]
    for mine, theirs in zip(rows_of(one), rows_of(other), strict=True):
        sparse, expected = mine.pop("sparse"), theirs.pop("sparse")
        assert isinstance(sparse, dict)
        assert isinstance(expected, dict)
        assert sparse == pytest.approx(expected, abs=1e-6)
        assert mine == theirs
    terms = [
        {
            row["key"]: (row["number"], row["idf"])
            for page in store.cluster.pages(store.names[2], "number >= 0", names)
            for row in page
        }
        for store in (one, other)
        for names in [("key", "number", "idf")]
    ]
    assert terms[0].keys() == terms[1].keys()
    for key, (number, idf) in terms[0].items():
        assert (number, pytest.approx(idf, abs=1e-6)) == terms[1][key]


@pytest.mark.slow
@pytest.mark.parametrize("order", list(permutations((1, 2, 3)))[::2], ids=lambda order: "".join(map(str, order)))
def test_three_shards_in_any_order_are_as_one_machine(
    machines: Machines, milvus_place: Callable[[], MilvusPlace], order: tuple[int, int, int]
) -> None:
    first, second, third = order
    assert machines.says(first).startswith(f"uncounted {tuple(sorted((second, third)))}")
    assert machines.says(second).startswith(f"uncounted ({third},)")
    assert machines.says(third).startswith(f"uncounted () unwritten {tuple(sorted((first, second)))}")
    assert machines.says(second).startswith(f"uncounted () unwritten ({first},)")
    assert machines.says(first) == "switched 0"
    assert machines.says(second) == "switched 0"  # up to date: nothing is written again
    alone = milvus_place()
    update(alone, machines.news)
    same_generation(open_milvus(machines.place.cluster), open_milvus(alone.cluster))


@pytest.mark.slow
def test_a_shard_that_is_killed_while_it_writes_is_run_again(
    machines: Machines, milvus_place: Callable[[], MilvusPlace]
) -> None:
    for number in (2, 1):
        assert machines.says(number, alone=True).startswith("uncounted")
    killed = machines.run(3, killed_after=1)
    assert killed.returncode < 0, killed.stdout
    for number in (1, 2):
        assert machines.says(number, alone=True).startswith("uncounted () unwritten")
    assert machines.says(3, alone=True) == "switched 0"
    alone = milvus_place()
    update(alone, machines.news)
    same_generation(open_milvus(machines.place.cluster), open_milvus(alone.cluster))


@pytest.mark.slow
def test_a_shard_whose_articles_change_meanwhile_is_counted_again(
    machines: Machines, milvus_place: Callable[[], MilvusPlace]
) -> None:
    for number in (1, 2, 3, 2):
        machines.says(number)
    for path in sorted(machines.news.glob("0*.txt")):
        path.unlink()
    states = [machines.says(number) for number in (1, 2, 3, 1, 2, 3)]
    assert states[-1] == "switched 0"
    assert generations(machines.place.cluster) == ["000001"]
    alone = milvus_place()
    update(alone, machines.news)
    same_generation(open_milvus(machines.place.cluster), open_milvus(alone.cluster))


@pytest.mark.slow
def test_all_shards_take_part_again_once_the_articles_of_one_have_changed(
    machines: Machines, milvus_place: Callable[[], MilvusPlace]
) -> None:
    for number in (1, 2, 3, 1, 2):
        machines.says(number)
    (machines.news / "new.txt").write_text("The company opened an office in Hanoi on Friday.\n", encoding="utf-8")
    states = [machines.says(number) for number in (1, 2, 3, 1, 2, 3, 1, 2, 3)]
    assert states[-3:] == ["switched 0"] * 3
    assert open_milvus(machines.place.cluster).generation == "000002"
    alone = milvus_place()
    update(alone, machines.news)
    same_generation(open_milvus(machines.place.cluster), open_milvus(alone.cluster))

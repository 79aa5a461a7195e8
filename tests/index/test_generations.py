"""Generations: whole or not at all, and a fault is named before anything is answered from it."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from index.errors import IndexDamaged, IndexFormat, IndexMissing, IndexUnwritable
from index.generations import ARRAYS, BLOBS, KEPT
from index.indexing import update_index
from index.manifest import FORMAT, faults, read_manifest
from index.pointer import CURRENT
from index.store import open_store
from tests.conftest import NEWS, HashingEncoder, write_news

FILES = sorted([*(f"{name}.npy" for name in ARRAYS), *BLOBS])


def generation(index: Path) -> Path:
    return index / "generations" / (index / CURRENT).read_text().split()[0]


def test_a_place_without_an_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="polyquote index PATH"):
        open_store(tmp_path)


def test_a_generation_holds_the_files_that_its_description_names(news_index: Path) -> None:
    assert sorted(path.name for path in generation(news_index).iterdir()) == sorted(
        [*FILES, "manifest.json", "manifest.sha256", "sums.npy"]
    )


def test_no_array_of_a_generation_is_pickled(news_index: Path) -> None:
    for path in generation(news_index).glob("*.npy"):
        assert not np.load(path, mmap_mode="r", allow_pickle=False).dtype.hasobject


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_with_the_command_that_rebuilds(news_index: Path, name: str) -> None:
    (generation(news_index) / name).unlink()
    with pytest.raises(IndexDamaged, match=f"{name} is missing.*doctor --fix"):
        open_store(news_index)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_named(news_index: Path, name: str) -> None:
    path = generation(news_index) / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexDamaged, match=f"{name} is truncated"):
        open_store(news_index)


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_is_named(news_index: Path, name: str) -> None:
    path = generation(news_index) / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(IndexDamaged, match=f"{name} is altered"):
        open_store(news_index)


@pytest.mark.parametrize("position", [0, 40, -2])
def test_a_flipped_bit_in_the_manifest_is_named(news_index: Path, position: int) -> None:
    path = generation(news_index) / "manifest.json"
    raw = bytearray(path.read_bytes())
    raw[position] ^= 1
    path.write_bytes(raw)
    with pytest.raises((IndexDamaged, IndexFormat), match=r"manifest\.json is altered"):
        open_store(news_index)


def test_a_torn_manifest_is_named(news_index: Path) -> None:
    path = generation(news_index) / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(IndexDamaged, match=r"manifest\.json is altered"):
        open_store(news_index)


@pytest.mark.parametrize("content", [b"", b"000001", b"\xff\xfe\x00", b"../../etc x\n"])
def test_a_damaged_current_is_named(news_index: Path, content: bytes) -> None:
    (news_index / CURRENT).write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"CURRENT|manifest"):
        open_store(news_index)


def test_another_format_version_is_named_with_both_numbers(news_index: Path) -> None:
    path = generation(news_index) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(IndexFormat, match=f"format 99, this version reads {FORMAT}"):
        open_store(news_index)


def test_a_write_that_dies_before_the_switch_leaves_the_generation_before_it(
    tmp_path: Path, news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    before = open_store(news_index).generation
    (news_index / "generations" / "000002.part").mkdir()
    (news_index / "generations" / "000002.part" / "vectors.npy").write_bytes(b"half")
    assert open_store(news_index).generation == before
    (news / "new.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    update_index(news_index, [news], encoder)
    assert open_store(news_index).generation == "000002"
    assert not list((news_index / "generations").glob("*.part"))


def test_a_disk_that_refuses_leaves_the_generation_before_it(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    (news / "new.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    # A file where the folder of the next generation should be: what a full or read-only disk does to `mkdir`.
    shutil.copy(news_index / CURRENT, news_index / "generations" / "000002.part")
    blocked = news_index / "generations" / "000002.part"
    blocked.unlink()
    (news_index / "generations" / "000002").mkdir()
    (news_index / "generations" / "000002" / "x").write_text("in the way")
    update_index(news_index, [news], encoder)  # a number that is taken is passed over
    assert open_store(news_index).generation == "000003"
    (news_index / "lock").unlink()
    (news_index / "lock").mkdir()
    (news / "other.txt").write_text("Shear was chief for two days.", encoding="utf-8")
    with pytest.raises(IndexUnwritable, match="cannot write the index"):
        update_index(news_index, [news], encoder)
    assert open_store(news_index).generation == "000003"


def test_only_the_newest_generations_are_kept(tmp_path: Path, encoder: HashingEncoder) -> None:
    for count in range(1, 5):
        update_index(tmp_path / "index", [write_news(tmp_path / "news", list(NEWS)[:count])], encoder)
    kept = sorted(path.name for path in (tmp_path / "index" / "generations").iterdir())
    assert kept == ["000003", "000004"]
    assert len(kept) == KEPT


def test_a_store_that_is_open_still_answers_after_its_generation_was_collected(
    tmp_path: Path, news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    store = open_store(news_index)
    expected = [store.passage(row).text for row in range(len(store.passages))]
    for number in range(3):
        (news / f"new{number}.txt").write_text(f"Altman is back, report {number}.", encoding="utf-8")
        update_index(news_index, [news], encoder)
    assert not store.directory.exists()
    assert [store.passage(row).text for row in range(len(store.passages))] == expected


def test_large_files_are_checked_in_full_only_when_asked(news_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = generation(news_index)
    manifest, _ = read_manifest(directory)
    path = directory / "vectors.npy"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 10)
    assert list(faults(directory, manifest, full=False)) == []
    assert list(faults(directory, manifest, full=True)) == [f"{path} is altered"]


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_a_whole_generation(tmp_path: Path, news: Path, news_index: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.indexing import update_index;"
        "from tests.conftest import HashingEncoder; print('go', flush=True);"
        "update_index(Path(sys.argv[1]), [Path(sys.argv[2])], HashingEncoder())"
    )
    before = open_store(news_index).generation
    for number in range(12):
        (news / "new.txt").write_text(f"Altman is back as the chief, edition {number}.", encoding="utf-8")
        root = Path(__file__).parents[2]
        command = [sys.executable, "-c", code, str(news_index), str(news)]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.read(3)
        time.sleep(number * 0.004)
        process.kill()
        process.stdout.close()
        process.wait()
        store = open_store(news_index)
        assert store.generation >= before
        assert len(store.articles) in (5, 6)
        before = store.generation

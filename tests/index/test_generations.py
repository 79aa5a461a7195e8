"""Generations: written whole or not at all, and as many kept as was asked."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.errors import IndexMissing, IndexUnwritable
from index.generations import ARRAYS, BLOBS, KEPT
from index.indexing import update_index
from index.manifest import faults, read_manifest
from index.pointer import CURRENT, generation_names
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
    kept = generation_names(tmp_path / "index")
    assert kept == ["000003", "000004"]
    assert len(kept) == KEPT


def test_a_number_of_generations_is_kept_as_asked(tmp_path: Path, encoder: HashingEncoder) -> None:
    for count in range(1, 6):
        update_index(tmp_path / "index", [write_news(tmp_path / "news", list(NEWS)[:count])], encoder, keep=count - 1)
    assert generation_names(tmp_path / "index") == ["000002", "000003", "000004", "000005"]
    update_index(tmp_path / "index", [tmp_path / "news"], encoder, keep=1)  # nothing to write, and yet it tidies up
    assert generation_names(tmp_path / "index") == ["000005"]


def test_a_damaged_generation_is_not_kept_in_place_of_a_whole_one(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    for number in range(2):
        (news / "new.txt").write_text(f"Altman is back, edition {number}.", encoding="utf-8")
        update_index(news_index, [news], encoder, keep=3)
    (generation(news_index) / "vectors.npy").write_bytes(b"")
    (news / "new.txt").write_text("Altman is back, the last edition.", encoding="utf-8")
    update_index(news_index, [news], encoder)
    assert generation_names(news_index) == ["000002", "000004"]


def test_the_numbers_of_generations_go_on_when_a_digit_is_added(
    news: Path, news_index: Path, encoder: HashingEncoder
) -> None:
    (news_index / "generations" / "999999").mkdir()
    for number in range(2):
        (news / "new.txt").write_text(f"Altman is back, edition {number}.", encoding="utf-8")
        update_index(news_index, [news], encoder)
    assert open_store(news_index).generation == "1000001"
    assert generation_names(news_index) == ["1000000", "1000001"]


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

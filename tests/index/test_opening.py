"""Whatever is damaged: the fault is named, the last whole generation answers, and nothing comes from damaged data."""

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index.errors import IndexDamaged, IndexFormat, IndexMissing, StoreError
from index.generations import ARRAYS, BLOBS
from index.indexing import update_index
from index.opening import open_generation
from index.pointer import CURRENT, Pointer, read_pointer, write_pointer
from index.records import Passage
from index.retriever import Retriever
from index.store import Store, open_store
from tests.conftest import HashingEncoder, write_news

FILES = sorted([*(f"{name}.npy" for name in ARRAYS), *BLOBS])
SEALED = [*FILES, "sums.npy", "manifest.json", "manifest.sha256"]


def flip(at: Callable[[int], int]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        raw = bytearray(path.read_bytes())
        raw[at(len(raw))] ^= 0x10
        path.write_bytes(raw)

    return damage


def cut(to: Callable[[int], int]) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, to(path.stat().st_size))


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def swap(path: Path) -> None:
    """Put in its place the file of the same name of the generation before."""
    shutil.copy(path.parents[1] / "000001" / path.name, path)


def fold_up(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "first byte flipped": flip(lambda size: 0),
    "header flipped": flip(lambda size: min(40, size // 3)),
    "middle flipped": flip(lambda size: size // 2),
    "last byte flipped": flip(lambda size: size - 1),
    "cut by a byte": cut(lambda size: size - 1),
    "cut in half": cut(lambda size: size // 2),
    "emptied": cut(lambda size: 0),
    "lengthened": lengthen,
    "deleted": Path.unlink,
    "swapped with the generation before": swap,
    "a folder in its place": fold_up,
}
CASES = [(name, damage) for name in SEALED for damage in DAMAGES]


def content(store: Store) -> list[Passage]:
    return [store.passage(row) for row in range(len(store.passages))]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an index of two generations that differ in every file, in blocks that are small, but hold any header."""
    folder = tmp_path_factory.mktemp("opening")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("index.checksums.BLOCK", 512)
        patched.setattr("index.dense.INT8_FROM", 1)
        update_index(folder / "index", [write_news(folder / "news", ["vi.txt", "fr.txt"])], HashingEncoder())
        update_index(folder / "index", [write_news(folder / "news")], HashingEncoder())
    return folder / "index"


@pytest.fixture
def index(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("index.checksums.BLOCK", 512)
    return Path(shutil.copytree(original, tmp_path / "index"))


def test_every_file_is_damaged_in_every_way() -> None:
    assert len(CASES) == len(SEALED) * len(DAMAGES) >= 187


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_file_is_named_and_the_generation_before_answers(index: Path, name: str, damage: str) -> None:
    path = index / "generations" / "000002" / name
    DAMAGES[damage](path)
    store = open_store(index)
    assert store.generation == "000001"
    assert name in store.faults[0]
    assert len(store.faults) == 1
    assert {passage.article.path for passage in content(store)} == {"vi.txt", "fr.txt"}
    store.release()
    shutil.rmtree(index / "generations" / "000001")
    with pytest.raises(IndexDamaged, match="doctor --fix") as caught:
        open_store(index)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [name for name in DAMAGES if "swapped" not in name])
def test_a_damaged_current_is_named_and_the_newest_whole_generation_answers(index: Path, damage: str) -> None:
    DAMAGES[damage](index / CURRENT)
    store = open_store(index)
    assert store.generation == "000002"
    assert len(store.faults) == 1
    assert CURRENT in store.faults[0]
    (index / "generations" / "000002" / "vectors.npy").write_bytes(b"")
    store = open_store(index)
    assert store.generation == "000001"
    assert [fault for fault in store.faults if "vectors.npy is truncated" in fault]


@pytest.mark.slow
def test_every_bit_of_current_counts(index: Path) -> None:
    raw = (index / CURRENT).read_bytes()
    for bit in range(8 * len(raw)):
        damaged = bytearray(raw)
        damaged[bit // 8] ^= 1 << bit % 8
        (index / CURRENT).write_bytes(damaged)
        found = read_pointer(index)
        store = open_store(index)
        # A name or a digest that reads well and fits nothing is as bad as one that does not read.
        assert isinstance(found, str) or found != Pointer(store.generation, store.digest)
        assert (store.generation in ("000001", "000002"), len(store.faults)) == (True, 1), bit


@pytest.mark.parametrize("content", [b"../../etc " + b"0" * 64 + b"\n", b"000002", b"\xff\xfe\x00"])
def test_what_current_says_is_not_followed_out_of_the_index(index: Path, content: bytes) -> None:
    (index / CURRENT).write_bytes(content)
    shutil.rmtree(index / "generations")
    with pytest.raises(IndexDamaged, match=r"CURRENT is damaged.*doctor --fix"):
        open_store(index)


def test_generations_that_changed_places_are_both_refused(index: Path) -> None:
    folder = index / "generations"
    (folder / "000001").rename(folder / "x")
    (folder / "000002").rename(folder / "000001")
    (folder / "x").rename(folder / "000002")
    with pytest.raises(IndexDamaged, match="000002 holds generation 000001"):
        open_store(index)


def test_a_whole_generation_behind_the_damaged_one_is_better_than_none(index: Path) -> None:
    store = open_store(index)
    shutil.copytree(store.directory, store.directory.with_name("000003"))
    write_pointer(index, Pointer("000001", hashlib.sha256(b"").hexdigest()))
    shutil.rmtree(index / "generations" / "000001")
    store = open_store(index)  # 000003 is a copy and says that it is 000002
    assert store.generation == "000002"
    assert "holds generation 000002" in store.faults[1]


@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_in_a_file_too_large_to_read_at_open_is_never_shown(
    index: Path, name: str, monkeypatch: pytest.MonkeyPatch, encoder: HashingEncoder
) -> None:
    expected = content(open_store(index))
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    path = index / "generations" / "000002" / name
    raw = path.read_bytes()
    seeded = random.Random(name)
    positions = {0, 40, len(raw) // 2, len(raw) - 1, *(seeded.randrange(len(raw)) for _ in range(8))}
    noticed = 0
    for position in sorted(positions):
        damaged = bytearray(raw)
        damaged[position] ^= 0x40
        path.write_bytes(damaged)
        fault = fault_in_use(index, encoder, expected)
        assert fault is None or f"{name} is altered" in fault
        noticed += fault is not None
    # Of terms, only those near the ones that are asked for are read; digests are read by the next `index` run alone; a
    # damaged code can hide a passage, but shows none that is wrong.
    unread = ("codes.npy", "digests.npy", "terms.bin", "terms.npy")
    assert noticed == len(positions) if name not in unread else noticed >= 1


def fault_in_use(index: Path, encoder: HashingEncoder, expected: list[Passage]) -> str | None:
    """Return the fault that opening and using an index brings to light; what it shows until then has to be right."""
    try:
        store = open_store(index)
        if store.faults:
            return store.faults[0]
        for question in ("Emmett Shear OpenAI", "微軟投資", "surat karyawan", "Twitch en 2014"):
            found = Retriever(store, encoder).search(question, top_k=50)
            assert found.hits
            assert all(hit.passage in expected for hit in found.hits)
        assert content(store) == expected
        assert all(store.number_of(passage.article.id) is not None for passage in expected)
    except IndexDamaged as error:
        return str(error)
    return None


def test_reading_in_full_finds_what_opening_does_not_look_for(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    flip(lambda size: size - 1)(index / "generations" / "000002" / "vectors.npy")
    assert open_store(index).generation == "000002"
    assert "vectors.npy is altered" in (open_store(index).damage() or "")
    assert open_store(index, full=True).generation == "000001"


def test_a_manifest_in_which_a_fault_came_to_light_is_avoided(index: Path) -> None:
    store = open_store(index)
    assert open_store(index, avoiding={store.digest}).generation == "000001"
    with pytest.raises(IndexDamaged, match="000002 is damaged"):
        open_store(index, avoiding={store.digest, open_store(index, avoiding={store.digest}).digest})


@pytest.mark.parametrize("version", [1, 99])
def test_another_format_version_is_named_with_both_numbers(index: Path, version: int) -> None:
    directory = index / "generations" / "000002"
    raw = json.dumps({**json.loads((directory / "manifest.json").read_bytes()), "format": version}).encode()
    (directory / "manifest.json").write_bytes(raw)
    (directory / "manifest.sha256").write_text(f"{hashlib.sha256(raw).hexdigest()}  manifest.json\n")
    if version == 1:
        (directory / "manifest.sha256").unlink()  # the first format had no seal
    with pytest.raises(IndexFormat, match=f"format {version}, this version reads 3: run `polyquote index`"):
        open_store(index)


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_next_run_after_any_damage_writes_a_whole_generation(
    index: Path, original: Path, encoder: HashingEncoder, damage: str
) -> None:
    expected = content(open_store(index))
    DAMAGES[damage](index / "generations" / "000002" / "texts.bin")
    report = update_index(index, [original.parent / "news"], encoder)
    store = open_store(index)
    assert (report.generation, report.written) == ("000003", True)
    assert (store.generation, store.faults, content(store)) == ("000003", (), expected)
    assert sorted(path.name for path in (index / "generations").iterdir()) == ["000001", "000003"]


def test_damage_is_not_carried_over_with_a_new_checksum(
    index: Path, original: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = np.array(open_store(index).vectors)
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    flip(lambda size: size - 1)(index / "generations" / "000002" / "vectors.npy")
    update_index(index, [original.parent / "news"], encoder)
    np.testing.assert_array_equal(open_store(index).vectors, expected)


def test_a_seal_is_what_sha256sum_checks(index: Path) -> None:
    directory = open_store(index).directory
    digest = hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()
    assert (directory / "manifest.sha256").read_text() == f"{digest}  manifest.json\n"


def test_an_index_that_was_moved_copied_or_linked_answers_as_before(index: Path, tmp_path: Path) -> None:
    expected = content(open_store(index))
    (tmp_path / "báo chí 新闻").mkdir()
    moved = index.rename(tmp_path / "báo chí 新闻" / "chỉ mục")
    (tmp_path / "link").symlink_to(moved)
    copied = shutil.copytree(moved, tmp_path / "copy of it")
    assert [content(open_store(place)) for place in (moved, tmp_path / "link", copied)] == [expected] * 3


def test_a_linked_index_is_written_through_the_link(index: Path, original: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(index)
    write_news(tmp_path / "news", ["zh.txt"])
    update_index(tmp_path / "link", [tmp_path / "news"], HashingEncoder())
    assert open_store(index).generation == "000003"
    assert (tmp_path / "link").is_symlink()


def test_a_clock_that_goes_backwards_confuses_nothing(tmp_path: Path, encoder: HashingEncoder) -> None:
    for year, names in ((2023, ["vi.txt"]), (1970, ["vi.txt", "zh.txt"]), (1999, ["vi.txt", "id.txt"])):
        shutil.rmtree(tmp_path / "news", ignore_errors=True)
        news = write_news(tmp_path / "news", names)
        update_index(tmp_path / "index", [news], encoder, now=partial(datetime, year, 1, 1, tzinfo=UTC))
    store = open_store(tmp_path / "index")
    assert (store.generation, store.manifest["created"][:4]) == ("000003", "1999")
    assert {passage.article.path for passage in content(store)} == {"vi.txt", "id.txt"}


def test_an_empty_place_has_no_index_and_a_place_with_remains_is_damaged(tmp_path: Path, index: Path) -> None:
    with pytest.raises(IndexMissing, match="polyquote index PATH"):
        open_generation(tmp_path / "nowhere")
    for path in (index / "generations").iterdir():
        (path / "manifest.json").unlink()
    with pytest.raises(StoreError, match=r"manifest\.json is missing"):
        open_generation(index)

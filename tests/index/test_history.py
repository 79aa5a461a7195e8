"""Generations are listed with what they are, and one that is whole can answer again."""

from pathlib import Path

import numpy as np
import pytest

from index.errors import IndexBusy, IndexDamaged, IndexMissing
from index.history import discard_damaged, known_roots, list_generations, roll_back
from index.indexing import update_index
from index.leases import writing
from index.pointer import CURRENT, generation_names
from index.store import open_store
from tests.conftest import NEWS, HashingEncoder, whole_passages, write_news


@pytest.fixture
def index(tmp_path: Path, encoder: HashingEncoder) -> Path:
    """Return an index of three generations, of three, four and five articles."""
    for count in (3, 4, 5):
        update_index(tmp_path / "index", [write_news(tmp_path / "news", list(NEWS)[:count])], encoder, keep=3)
    encoder.encoded.clear()
    return tmp_path / "index"


def test_generations_are_listed_the_newest_first(index: Path) -> None:
    listed = list_generations(index)
    assert [(past.name, past.articles, past.answers, past.fault) for past in listed] == [
        ("000003", 5, True, None),
        ("000002", 4, False, None),
        ("000001", 3, False, None),
    ]
    assert [past.passages for past in listed] == sorted((past.passages for past in listed), reverse=True)
    assert all(
        past.made_with == "hashing, 64 dimensions" and past.created and (past.size or 0) > 1000 for past in listed
    )


def test_damaged_generations_are_listed_with_what_is_wrong(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (index / "generations" / "000001" / "manifest.json").write_bytes(b"{")
    path = index / "generations" / "000002" / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    listed = {past.name: past for past in list_generations(index)}
    assert "manifest.json is altered" in (listed["000001"].fault or "")
    assert (listed["000001"].created, listed["000001"].articles) == ("", 0)
    assert "vectors.npy is altered" in (listed["000002"].fault or "")
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    assert [past.fault is None for past in list_generations(index)] == [True, True, False]
    assert [past.fault is None for past in list_generations(index, full=True)] == [True, False, False]


def test_an_empty_place_has_nothing_to_list_or_to_go_back_to(tmp_path: Path) -> None:
    for look in (list_generations, roll_back):
        with pytest.raises(IndexMissing, match="polyquote index PATH"):
            look(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_going_back_is_by_default_to_the_one_before_and_then_the_one_before_that(index: Path) -> None:
    for name, articles in (("000002", 4), ("000001", 3)):
        assert roll_back(index) == name
        store = open_store(index)
        assert (store.generation, len(store.articles), store.rolled_back, store.faults) == (name, articles, True, ())
    with pytest.raises(IndexMissing, match=r"no generation before 000001 in .*: there are 000001, 000002, 000003"):
        roll_back(index)


@pytest.mark.parametrize("name", ["000001", "1"])
def test_any_generation_can_be_named(index: Path, name: str) -> None:
    assert roll_back(index, name) == "000001"
    assert roll_back(index, "3") == "000003"
    assert not open_store(index).rolled_back  # the newest is where the index would be anyway


@pytest.mark.parametrize("name", ["7", "x", "-1", "../000001"])
def test_a_generation_that_is_not_there_is_an_error_that_lists_those_that_are(index: Path, name: str) -> None:
    with pytest.raises(IndexMissing, match=f"no generation '{name}' in .*: there are 000001, 000002, 000003"):
        roll_back(index, name)


def test_a_damaged_generation_is_read_in_full_and_refused(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    path = index / "generations" / "000002" / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    before = (index / CURRENT).read_bytes()
    with pytest.raises(IndexDamaged, match=r"vectors\.npy is altered: the index is as it was"):
        roll_back(index)
    assert (index / CURRENT).read_bytes() == before


def test_going_back_waits_for_the_writer(index: Path) -> None:
    told: list[bool] = []
    with writing(index), pytest.raises(IndexBusy):
        roll_back(index, waiting=lambda: told.append(True), lock_seconds=0.1)
    assert told == [True]


def test_without_current_one_has_to_be_named(index: Path) -> None:
    (index / CURRENT).unlink()
    with pytest.raises(IndexDamaged, match="CURRENT is missing, so none is before it: name one of 000001"):
        roll_back(index)
    assert roll_back(index, "2") == "000002"


def test_a_run_after_going_back_counts_upward_and_takes_vectors_from_the_one_that_answers(
    index: Path, tmp_path: Path, encoder: HashingEncoder
) -> None:
    expected = np.array(open_store(index).vectors)
    roll_back(index)
    report = update_index(index, [tmp_path / "news"], encoder)
    assert (report.generation, report.added, report.unchanged, report.written) == ("000004", 1, 4, True)
    assert report.encoded == len(whole_passages(open_store(index), encoder)) < report.passages
    np.testing.assert_array_equal(open_store(index).vectors, expected)
    assert not open_store(index).rolled_back
    assert generation_names(index) == ["000002", "000004"]  # the one that answered until now, not the one left


def test_a_run_that_finds_nothing_changed_ends_the_going_back(
    index: Path, tmp_path: Path, encoder: HashingEncoder
) -> None:
    roll_back(index)
    (tmp_path / "news" / list(NEWS)[4]).unlink()
    report = update_index(index, [tmp_path / "news"], encoder)
    assert (report.generation, report.added, report.removed, report.encoded) == ("000004", 0, 0, 0)
    assert not open_store(index).rolled_back


def test_damaged_generations_can_be_discarded(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    path = index / "generations" / "000002" / "texts.bin"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    discard_damaged(index, keep=3)
    assert generation_names(index) == ["000001", "000003"]


def test_the_roots_of_a_damaged_index_are_still_known(tmp_path: Path, index: Path) -> None:
    (index / CURRENT).unlink()
    (index / "generations" / "000003" / "manifest.json").write_bytes(b"\xff")
    assert known_roots(index, ["seeds"]) == [tmp_path / "news"]
    assert known_roots(tmp_path / "none", ["seeds"]) == [Path("seeds")]

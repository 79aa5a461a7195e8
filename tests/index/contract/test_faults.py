"""What is on a Milvus and is not a whole generation of ours is never answered from, and is named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import IndexBusy, IndexDamaged, IndexFormat, IndexMissing, StoreError
from index.milvus import current_generation, open_milvus
from index.milvus_client import Column
from index.milvus_generations import create, drop_old, generations, miscounts, roll_back, switch
from index.milvus_schema import text_rows
from index.milvus_texts import collections
from index.milvus_writer import publish
from index.places import MilvusPlace
from index.store import open_store
from tests.conftest import HashingEncoder, whole_passages, write_news
from tests.index.contract.conftest import update

pytestmark = pytest.mark.slow


@pytest.fixture
def place(milvus_place: Callable[[], MilvusPlace]) -> MilvusPlace:
    return milvus_place()


def test_a_collection_where_the_alias_should_be_is_another_ones(place: MilvusPlace) -> None:
    name = f"{place.address.collection}_passages"
    place.cluster.create(name, (Column("pk", "INT64", primary=True), Column("v", "FLOAT_VECTOR", 4)))
    with pytest.raises(IndexFormat, match=r"is a collection, not the alias of one: choose another store\.collection"):
        place.open()
    place.cluster.drop(name)


def test_an_alias_of_something_else_is_named(place: MilvusPlace) -> None:
    prefix = place.address.collection
    place.cluster.create(f"{prefix}_other", (Column("pk", "INT64", primary=True), Column("v", "FLOAT_VECTOR", 4)))
    place.cluster.point(f"{prefix}_passages", f"{prefix}_other")
    with pytest.raises(IndexFormat, match="which is no generation of ours"):
        place.open()
    place.cluster.unpoint(f"{prefix}_passages")
    place.cluster.drop(f"{prefix}_other")


def test_a_collection_of_other_fields_is_not_read(place: MilvusPlace, news: Path) -> None:
    update(place, news)
    name = collections(place.address.collection, "000001")[0]
    place.cluster.unpoint(f"{place.address.collection}_passages")
    place.cluster.drop(name)
    place.cluster.create(name, (Column("row", "INT64", primary=True), Column("dense", "FLOAT_VECTOR", 64)))
    place.cluster.point(f"{place.address.collection}_passages", name)
    with pytest.raises(IndexFormat, match="has other fields than this version writes"):
        place.open()


def test_a_generation_of_another_format_is_not_read(place: MilvusPlace, news: Path) -> None:
    update(place, news)
    name = collections(place.address.collection, "000001")[3]
    place.cluster.upsert(name, list(text_rows("seal", json.dumps({"format": 99}))))
    with pytest.raises(IndexFormat, match="has store format 99, this version reads 2"):
        place.open()


@pytest.mark.parametrize("altered", ["manifest", "statistics"])
def test_an_altered_text_is_noticed(place: MilvusPlace, news: Path, altered: str) -> None:
    update(place, news)
    name = collections(place.address.collection, "000001")[3]
    place.cluster.upsert(name, [{**row, "parts": 1} for row in text_rows(altered, "{}")])
    with pytest.raises(IndexDamaged, match=f"the {altered} of generation 000001"):
        place.open()


def test_rows_that_are_gone_are_noticed(place: MilvusPlace, news: Path) -> None:
    update(place, news)
    names = collections(place.address.collection, "000001")
    place.cluster._client.delete(names[0], ids=[0])
    with pytest.raises(IndexDamaged, match="passages instead of"):
        place.open()
    assert [fault.split(" has ")[0].split(" at ")[0] for fault in miscounts(place.cluster, "000001")] == [names[0]]


def test_what_was_not_sealed_is_not_opened_and_is_dropped_by_the_next_run(place: MilvusPlace, news: Path) -> None:
    update(place, news)
    create(place.cluster, "000002", HashingEncoder.dimension)
    with pytest.raises(IndexDamaged, match="has no whole 'seal'"):
        roll_back(place.cluster, "000002")
    assert place.open().generation == "000001"
    (news / "en.txt").unlink()
    assert update(place, news).generation == "000002"
    assert len(place.open().articles) == 4


def test_old_generations_are_kept_by_number_rolled_back_to_and_dropped(place: MilvusPlace, news: Path) -> None:
    for name in ("en.txt", "fr.txt"):
        update(place, news)
        (news / name).unlink()
    reader = place.open()
    update(place, news)
    assert generations(place.cluster) == ["000002", "000003"]
    assert len(reader.articles) == 4
    roll_back(place.cluster, "000002")
    assert len(place.open().articles) == 4
    with pytest.raises(IndexMissing, match="no generation 000001"):
        roll_back(place.cluster, "000001")
    assert publish(open_store(place.folder), place.cluster) == "000004"
    drop_old(place.cluster, keep=1)
    assert generations(place.cluster) == ["000004"]
    with pytest.raises(StoreError):
        reader.search_lexical({0: 1.0}, 5)


def test_a_switch_that_another_process_made_first_is_left_alone(place: MilvusPlace, news: Path) -> None:
    update(place, news)
    create(place.cluster, "000009", HashingEncoder.dimension)
    with pytest.raises(IndexBusy, match="another process switched"):
        switch(place.cluster, "000009", None)
    assert current_generation(place.cluster) == "000001"


def test_a_machine_with_nothing_of_its_own_encodes_nothing_again(
    place: MilvusPlace, milvus_place: Callable[[], MilvusPlace], tmp_path: Path
) -> None:
    news = write_news(tmp_path / "news", ("vi.txt", "fr.txt"))
    update(place, news)
    write_news(news, ("zh.txt",))
    elsewhere, encoder = MilvusPlace(place.address, tmp_path / "elsewhere"), HashingEncoder()
    report = update(elsewhere, news, encoder=encoder)
    encoded = whole_passages(elsewhere.open(), encoder)
    assert report.encoded == len(encoded) == 1
    assert "Thrive" in encoded[0]
    assert set(encoder.encoded) <= {*encoded, *(part for part in encoder.encoded if part in encoded[0])}
    assert len(open_milvus(place.cluster).articles) == 3
    elsewhere.cluster.close()


def test_a_question_never_builds_or_refreshes_an_index_on_milvus(place: MilvusPlace) -> None:
    assert not place.refreshes

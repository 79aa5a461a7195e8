"""Which store the configuration names, with what token, and what that does to the command line."""

from dataclasses import replace
from pathlib import Path

import pytest

import bot.service
from bot.cli import main
from bot.config import Config, StoreConfig, parse_config
from bot.places import TOKEN, place_of
from index.places import FolderPlace, MilvusPlace
from tests.conftest import HashingEncoder

MILVUS = replace(Config(), store=StoreConfig(engine="milvus", uri="http://10.0.0.7:19530", token="root:from-the-file"))


def test_by_default_the_index_is_a_folder(tmp_path: Path) -> None:
    place = place_of(Config(), tmp_path, {})
    assert isinstance(place, FolderPlace)
    assert str(place) == str(tmp_path)
    assert place.refreshes


def test_the_token_of_the_environment_wins_and_neither_is_shown(tmp_path: Path) -> None:
    place = place_of(MILVUS, tmp_path, {TOKEN: " root:from-outside "})
    assert isinstance(place, MilvusPlace)
    assert place.address.token == "root:from-outside"
    from_file = place_of(MILVUS, tmp_path, {})
    assert isinstance(from_file, MilvusPlace)
    assert from_file.address.token == "root:from-the-file"
    assert "from-" not in f"{MILVUS!r} {place.address!r} {from_file.address!r}"


def test_every_key_of_the_store_reaches_it(tmp_path: Path) -> None:
    tree = {"engine": "milvus", "uri": "http://h:1", "collection": "news", "dense_index": "HNSW", "timeout": 3}
    place = place_of(parse_config({"store": tree}, "x"), tmp_path, {})
    assert isinstance(place, MilvusPlace)
    address = place.address
    assert (address.uri, address.collection, address.dense_index, address.timeout) == ("http://h:1", "news", "HNSW", 3)


def test_shards_are_not_for_the_embedded_store(
    tmp_path: Path, news: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("index.encoders.load_encoder", lambda name: HashingEncoder())
    monkeypatch.chdir(tmp_path)
    assert main(["index", "--shard", "1/2", str(news)]) == 2
    assert "--shard is for [store] engine" in capsys.readouterr().err


def test_what_is_no_shard_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["index", "--shard", "3/2", "news"])
    assert "NUMBER/OF is accepted" in capsys.readouterr().err


@pytest.mark.slow
def test_a_milvus_that_is_away_is_one_line_and_wrong_use(
    tmp_path: Path, news: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pymilvus")
    monkeypatch.setattr(bot.service, "load_encoder", lambda name: HashingEncoder())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TOKEN, "root:hunter2")
    (tmp_path / "config.toml").write_text('[store]\nengine = "milvus"\nuri = "http://127.0.0.1:9"\ntimeout = 2.0\n')
    for command in (["search", "Shear"], ["index", str(news)]):
        assert main(command) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("polyquote: cannot reach Milvus at http://127.0.0.1:9")
        assert "hunter2" not in captured.out + captured.err
        assert captured.err.count("\n") == 1

"""The command line and the Discord bot's generations over Milvus."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import bot.service
import index.encoders
from bot.cli import main
from bot.config import ArticlesConfig, Config, StoreConfig
from bot.live_service import IndexAnswers
from bot.service import Listener, Service, refresh
from index.errors import IndexMissing
from index.places import MilvusPlace
from tests.conftest import HashingEncoder

pytestmark = pytest.mark.slow


@pytest.fixture
def place(milvus_place: Callable[[], MilvusPlace], monkeypatch: pytest.MonkeyPatch) -> MilvusPlace:
    for module in (bot.service, index.encoders):
        monkeypatch.setattr(module, "load_encoder", lambda name: HashingEncoder())
    return milvus_place()


def test_it_indexes_searches_and_inspects(
    place: MilvusPlace, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(
        f'[store]\nengine = "milvus"\nuri = "{place.address.uri}"\n'
        f'collection = "{place.address.collection}"\ntimeout = 60\n'
    )
    assert main(["search", "Shear"]) == 2
    assert "no index at http://127.0.0.1" in capsys.readouterr().err
    assert main(["index", str(news)]) == 0
    assert "wrote generation 000001 in http://127.0.0.1" in capsys.readouterr().out
    assert main(["index"]) == 0
    assert "up to date: generation 000001" in capsys.readouterr().out
    assert main(["search", "--language", "fr", "Twitch 2014"]) == 0
    assert "Amazon a acquis Twitch en 2014" in capsys.readouterr().out
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "articles   5 from" in told
    assert "all is well" in told
    place.cluster._client.delete(f"{place.address.collection}_terms_000001", filter="number < 3")
    assert main(["doctor"]) == 1
    assert "rows instead of" in capsys.readouterr().out
    assert main(["doctor", "--fix"]) == 0
    assert "all is well" in capsys.readouterr().out


def test_a_question_does_not_build_an_index_there(place: MilvusPlace, news: Path) -> None:
    with pytest.raises(IndexMissing):
        service_of(place, news)


def test_the_bot_goes_over_to_the_next_generation(place: MilvusPlace, news: Path) -> None:
    refresh(place, [news], HashingEncoder(), Listener())
    old = IndexAnswers(service_of(place, news))
    assert old.newest() is old
    assert old.generation.startswith("000001-")
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    refresh(place, [news], HashingEncoder(), Listener())
    new = old.newest()
    assert (len(old.articles), len(new.articles)) == (5, 6)
    assert new.newest() is new


def service_of(place: MilvusPlace, news: Path) -> Service:
    store = StoreConfig("milvus", place.address.uri, "", place.address.collection, "FLAT", 60.0)
    config = replace(Config(), articles=ArticlesConfig(paths=(str(news),)), store=store)
    return Service(config, place.folder)

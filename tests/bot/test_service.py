"""The service builds, refreshes and opens an index by itself, and says so."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import bot.service
from bot.answering import Answerer, QuestionError
from bot.config import ArticlesConfig, Config
from bot.service import Listener, Service, roots_of
from index.errors import ArticleError, EncoderError, IndexDamaged, IndexMissing
from tests.conftest import HashingEncoder, write_news


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.service, "load_encoder", lambda name: HashingEncoder())


@pytest.fixture
def config(news: Path) -> Config:
    return replace(Config(), articles=ArticlesConfig(paths=(str(news),)))


def test_an_index_that_is_missing_is_built_and_it_says_so(tmp_path: Path, config: Config) -> None:
    said: list[str] = []
    service = Service(config, tmp_path / "index", Listener(said.append))
    assert len(service.store.articles) == 5
    assert said[0].startswith("building the index in")


def test_an_index_older_than_its_articles_is_refreshed(tmp_path: Path, news: Path, config: Config) -> None:
    Service(config, tmp_path / "index")
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    (news / "empty.txt").write_bytes(b"")
    said: list[str] = []
    service = Service(config, tmp_path / "index", Listener(said.append))
    assert len(service.store.articles) == 6
    assert said[0].startswith("the articles, or how they are read, have changed")
    assert said[1] == "left out: empty.txt: the file is empty: fill it or remove it"


def test_a_fresh_index_is_opened_in_silence(tmp_path: Path, config: Config) -> None:
    Service(config, tmp_path / "index")
    said: list[str] = []
    Service(config, tmp_path / "index", Listener(said.append))
    assert said == []


def test_articles_that_are_gone_do_not_silence_the_index(tmp_path: Path, news: Path, config: Config) -> None:
    Service(config, tmp_path / "index")
    shutil.rmtree(news)
    said: list[str] = []
    service = Service(config, tmp_path / "index", Listener(said.append))
    assert service.search("Shear")[1].hits
    assert said == [f"{news} is not there: answering from the index as it was built"]


def test_an_index_that_cannot_be_written_still_answers(tmp_path: Path, news: Path, config: Config) -> None:
    Service(config, tmp_path / "index")
    (news / "late.txt").write_text("Altman is back.", encoding="utf-8")
    (tmp_path / "index" / "lock").unlink()
    (tmp_path / "index" / "lock").mkdir()
    said: list[str] = []
    service = Service(config, tmp_path / "index", Listener(said.append))
    assert service.search("Shear")[1].hits
    assert said[-1].endswith("answering from the index as it was built")


def test_without_index_and_articles_it_says_what_to_do(tmp_path: Path) -> None:
    config = replace(Config(), articles=ArticlesConfig(paths=(str(tmp_path / "none"),)))
    with pytest.raises(IndexMissing, match="polyquote index PATH"):
        Service(config, tmp_path / "index")


def test_an_index_of_another_encoder_is_an_error(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    Service(config, tmp_path / "index")
    other = HashingEncoder()
    other.fingerprint = "1" * 64
    monkeypatch.setattr(bot.service, "load_encoder", lambda name: other)
    with pytest.raises(EncoderError, match="run `polyquote index`"):
        Service(config, tmp_path / "index")


def test_questions_are_cleaned_before_anything_else(tmp_path: Path, config: Config) -> None:
    service = Service(config, tmp_path / "index")
    with pytest.raises(QuestionError):
        service.ask("\u200b")
    assert service.search("who\u202e is Shear?")[0] == "who is Shear?"


def test_a_thread_that_fails_while_another_switches_does_not_blame_the_generation_switched_to(
    tmp_path: Path, news: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    Service(config, tmp_path / "index")
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    said: list[str] = []
    service = Service(config, tmp_path / "index", Listener(said.append))
    said.clear()
    damaged, switching, failed = service.answerer, Event(), Event()

    def slowly(*arguments: Any, **named: Any) -> Answerer:
        switching.set()
        assert failed.wait(10)
        return Answerer(*arguments, **named)

    def first() -> str:
        if service.answerer is damaged:
            raise IndexDamaged("texts.bin is altered")
        return service.store.generation

    def second() -> str:
        if service.answerer is damaged:
            failed.set()
        return first()

    monkeypatch.setattr(bot.service, "Answerer", slowly)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(service.whole, first)
        assert switching.wait(10)
        two = pool.submit(service.whole, second)
        assert (one.result(), two.result()) == ("000001", "000001")
    assert len(said) == 1
    assert service.answerer is not damaged


def test_the_roots_are_those_indexed_and_those_added_without_those_dropped(tmp_path: Path, config: Config) -> None:
    index = tmp_path / "index"
    first, second = write_news(tmp_path / "one"), write_news(tmp_path / "two")
    assert roots_of(index, ["seeds"]) == [Path("seeds")]
    assert roots_of(index, ["seeds"], add=[first]) == [first]
    Service(config, index)
    news = tmp_path / "news"
    assert roots_of(index, ["seeds"], add=[first, second]) == [news, first, second]
    assert roots_of(index, ["seeds"], add=[first], remove=[news]) == [first]
    with pytest.raises(ArticleError, match="is not among the folders"):
        roots_of(index, ["seeds"], remove=[first])

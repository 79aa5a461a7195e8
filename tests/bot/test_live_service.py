"""What the bot asks: one generation, and the next one without loading anything twice."""

from dataclasses import replace
from pathlib import Path

import pytest

import bot.service
from bot.answering import Quote
from bot.config import ArticlesConfig, Config
from bot.discord_render import CONTEXT
from bot.live_service import IndexAnswers
from bot.service import Listener, Service, refresh
from index.errors import IndexDamaged, StoreError
from index.history import roll_back
from index.pointer import CURRENT
from index.records import Kind
from tests.conftest import HashingEncoder


@pytest.fixture
def service(tmp_path: Path, news: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(bot.service, "load_encoder", lambda name: HashingEncoder())
    return Service(replace(Config(), articles=ArticlesConfig(paths=(str(news),))), tmp_path / "index")


def test_it_tells_what_is_indexed(service: Service) -> None:
    answers = IndexAnswers(service)
    assert sorted(info.path for info in answers.articles) == ["en.txt", "fr.txt", "id.txt", "vi.txt", "zh.txt"]
    assert answers.passages == len(service.store.passages) > 0
    assert answers.generation.startswith(f"{service.store.generation}-")
    assert answers.max_question_length == Config().answer.max_question_length


def test_the_same_generation_is_kept_and_the_next_one_opened_with_the_same_models(service: Service, news: Path) -> None:
    old = IndexAnswers(service)
    assert old.newest() is old
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    refresh(service.index, [news], service.encoder, Listener())
    new = old.newest()
    assert new is not old
    assert new.generation != old.generation
    assert (len(old.articles), len(new.articles)) == (5, 6)
    assert new.newest() is new
    assert new._service.encoder is service.encoder


def test_a_generation_switched_to_while_the_old_was_opened_is_noticed(service: Service, news: Path) -> None:
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    refresh(service.index, [news], service.encoder, Listener())
    assert len(IndexAnswers(service).newest().articles) == 6


def test_a_new_generation_that_is_not_sound_is_an_error_and_the_old_one_goes_on(service: Service) -> None:
    old = IndexAnswers(service)
    (service.index / CURRENT).write_text("999999 " + "0" * 64, encoding="utf-8")
    with pytest.raises(StoreError):
        old.newest()
    assert len(old.articles) == 5


def test_a_damaged_new_generation_is_named_and_looked_at_once(
    service: Service, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = IndexAnswers(service)
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    refresh(service.index, [news], service.encoder, Listener())
    (service.index / "generations" / "000002" / "vectors.npy").write_bytes(b"")
    looked: list[bool] = []
    reopened = Service.reopened

    def counted(service: Service) -> Service:
        looked.append(True)
        return reopened(service)

    monkeypatch.setattr(Service, "reopened", counted)
    for _ in range(3):
        with pytest.raises(IndexDamaged, match=r"vectors\.npy is truncated.*doctor --fix"):
            old.newest()
    assert looked == [True]
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI, again.", encoding="utf-8")
    refresh(service.index, [news], service.encoder, Listener())
    assert old.newest().generation.startswith("000003-")


def test_a_rollback_is_picked_up(service: Service, news: Path) -> None:
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    refresh(service.index, [news], service.encoder, Listener())
    new = IndexAnswers(service).newest()
    roll_back(service.index)
    assert (len(new.articles), len(new.newest().articles)) == (6, 5)


def test_damage_that_comes_to_light_later_is_logged_and_the_generation_before_answers(
    service: Service, news: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (news / "late.txt").write_text("Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    refresh(service.index, [news], service.encoder, Listener())
    answers = IndexAnswers(service.reopened())
    newest = answers._service
    path = service.index / "generations" / "000002" / "texts.bin"
    path.write_bytes(path.read_bytes().swapcase())

    def damaged() -> str:
        if newest.store.generation == "000002":
            raise ValueError("what damaged bytes lead to")
        return newest.store.generation

    assert newest.whole(damaged) == "000001"
    assert answers.generation.startswith("000001-")
    assert "texts.bin is altered; answering from generation 000001" in caplog.text
    with pytest.raises(IndexDamaged, match="000002 is damaged"):
        answers.newest()


def test_a_fault_of_ours_is_not_blamed_on_the_index(service: Service) -> None:
    def wrong() -> str:
        raise ValueError("a fault in the program")

    with pytest.raises(ValueError, match="a fault in the program"):
        service.whole(wrong)
    assert service.store.generation == "000001"


def test_a_quote_is_shown_with_what_stands_around_it(service: Service, news: Path) -> None:
    answers = IndexAnswers(service)
    info = next(info for info in answers.articles if info.path == "vi.txt")
    text = (news / "vi.txt").read_text(encoding="utf-8")
    start = text.index("Người phát ngôn")
    quote = Quote(info, "Người phát ngôn", start, start + len("Người phát ngôn"), None, None, 0.0, Kind.BODY)
    assert answers.around(quote) == (text[:start], text[quote.end : quote.end + CONTEXT])
    assert answers.around(replace(quote, article=replace(info, id="f" * 16))) is None

"""The course of a question from who asked it to the reply, without Discord; the ends are tested end to end."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.answer_log import AnswerLog
from bot.assistant import Assistant, Question, source_choices
from bot.config import DiscordConfig
from bot.discord_render import Press, Reply
from bot.phrases import PHRASES
from index.records import ArticleInfo
from tests.discord_server.fake_answers import FakeAnswers, let_go

EN = PHRASES["en"]
AN, PLACE = 1001, 333


class Seat:
    """An `Out` that writes down what reaches it, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.reply: Reply | None = None

    async def acknowledge(self, code: str) -> None:
        self.told.append(f"acknowledged {code}")

    async def deliver(self, reply: Reply) -> int | None:
        self.told.append("delivered")
        self.reply = reply
        return 77

    async def refuse(self, reply: Reply) -> None:
        self.told.append("refused")
        self.reply = reply


def assistant(folder: Path, **settings: float) -> Assistant:
    log = AnswerLog(folder / "log.sqlite3", 10, lambda: 0.0)
    config = DiscordConfig(**({"cooldown": 0.0, "check_index": 0.1} | settings))  # type: ignore[arg-type]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Assistant(FakeAnswers(folder), config, log, folder / "feedback.jsonl", now=lambda: now)


def asked(helper: Assistant, text: str, **more: object) -> Seat:
    seat = Seat()
    run(helper.ask(Question(AN, 222, PLACE, text, **more), seat))  # type: ignore[arg-type]
    return seat


def run(work: Awaitable[object]) -> None:
    async def wait() -> None:
        await work

    asyncio.run(wait())


def test_an_answer_is_acknowledged_before_it_is_worked_out(tmp_path: Path) -> None:
    seat = asked(assistant(tmp_path), "Ai thay thế Altman?")
    assert seat.told == ["acknowledged vi", "delivered"]
    assert seat.reply is not None
    assert seat.reply.content.startswith("**Emmett Shear**")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("???", EN.blank),
        ("\u200b", EN.blank),
        ("who " * 50 + "x", EN.too_long.format(length=201, most=200)),
        ("and when?", EN.no_subject),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(tmp_path: Path, text: str, words: str) -> None:
    seat = asked(assistant(tmp_path), text)
    assert seat.told == ["refused"]
    assert seat.reply == Reply(words)


def test_what_takes_too_long_is_excused(tmp_path: Path) -> None:
    seat = asked(assistant(tmp_path, timeout=0.05), "a held question")
    let_go(tmp_path)
    assert seat.told == ["acknowledged en", "delivered"]
    assert seat.reply == Reply(EN.time_out)


def test_a_subject_that_makes_a_question_too_long_is_left_out(tmp_path: Path) -> None:
    helper = assistant(tmp_path)
    asked(helper, "who replaced " + "Altman " * 25, follows=True)
    asked(helper, "and when was it that this happened?", follows=True)
    assert (tmp_path / "calls.txt").read_text(encoding="utf-8").splitlines()[1] == "and when was it that this happened?"


def test_a_fault_is_raised_for_the_caller_to_log(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        asked(assistant(tmp_path), "does it crash?")


def test_a_page_beyond_the_last_and_a_quote_that_is_not_there_are_harmless(tmp_path: Path) -> None:
    helper = assistant(tmp_path)
    seat = asked(helper, "who replaced Altman?")
    assert seat.reply is not None
    key = seat.reply.buttons[0].press.answer

    async def press(press: Press) -> Reply:
        return (await helper.press(press, AN)).reply

    assert asyncio.run(press(Press("page", key, "en", 99))).cards[0].title.startswith("4 ≠")
    assert asyncio.run(press(Press("context", key, "en", 99))).content == EN.expired
    assert asyncio.run(press(Press("right", "f" * 16, "en"))).content == EN.expired
    assert asyncio.run(press(Press("sources", "-", "en", 99))).cards[0].title == "3 articles in 3 languages"


def test_sources_are_completed_from_their_beginning_first() -> None:
    names = ["The Post", "Postimees", "財聯社", None, "x" * 150, "The Post"]
    articles = [ArticleInfo(str(n), f"{n}.txt", "t", "en", None, name, None, "") for n, name in enumerate(names)]
    assert source_choices(articles, "post") == ["Postimees", "The Post"]
    assert source_choices(articles, "财联") == ["財聯社"]
    assert source_choices(articles, "3.TXT") == ["3.txt"]
    assert source_choices(articles, "xx") == ["x" * 100]
    assert source_choices(articles * 30, "") == source_choices(articles, "")
    many = [ArticleInfo(str(n), f"{n}.txt", "t", "en", None, None, None, "") for n in range(60)]
    assert len(source_choices(many, "")) == 25

"""The token: found where it is said to be, checked, and in no message and no log line."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.credentials import DiscordError, read_token
from bot.discord_log import HIDDEN, JsonLines, log_event, question_hash

TOKEN = "MTExMTExMTExMTExMTExMTEx.Gtest1.a-token-that-nobody-may-read"


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN[::-1]}\n", encoding="utf-8")
    assert read_token({"DISCORD_TOKEN": f" {TOKEN} "}, str(tmp_path / "token")) == TOKEN
    assert read_token({"DISCORD_TOKEN": ""}, str(tmp_path / "token")) == TOKEN[::-1]


@pytest.mark.parametrize(
    ("environment", "content", "told"),
    [
        ({}, None, "cannot read the token in "),
        ({}, "", "no Discord token: set DISCORD_TOKEN"),
        ({}, f"{TOKEN}\n{TOKEN}", "is not a Discord token"),
        ({"DISCORD_TOKEN": "Bot " + TOKEN}, None, "what DISCORD_TOKEN holds is not a Discord token"),
        ({"DISCORD_TOKEN": TOKEN + "é"}, None, "is not a Discord token"),
    ],
)
def test_what_is_wrong_is_said_without_the_token(
    tmp_path: Path, environment: dict[str, str], content: str | None, told: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(DiscordError, match=told) as raised:
        read_token(environment, str(file))
    assert TOKEN not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.fixture
def logged() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    logger, stream = logging.getLogger("bot.of_a_test"), io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines([TOKEN]))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger, stream
    logger.removeHandler(handler)


def test_the_token_is_in_no_message_argument_field_or_traceback(
    logged: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = logged
    logger.warning("sent %s", {"Authorization": f"Bot {TOKEN}"})
    log_event(logger, "asked", token=TOKEN)
    try:
        raise ValueError(f"bad header {TOKEN}")
    except ValueError:
        logger.exception("failed")
    assert TOKEN not in stream.getvalue()
    assert stream.getvalue().count(HIDDEN) >= 3


def test_a_line_is_json_with_the_event_and_its_fields(logged: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = logged
    log_event(logger, "answered", question=question_hash("谁？"), seconds=0.25)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["seconds"]) == ("answered", "info", 0.25)
    assert len(line["question"]) == 12
    assert "谁" not in stream.getvalue()

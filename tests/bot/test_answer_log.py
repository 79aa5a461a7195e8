"""The answer log: what buttons need comes back after a restart, bounded, private, and never in an answer's way."""

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer_log import TOKEN_LIFE, AnswerLog
from tests.bot.test_discord_render import ANSWER, NONE


def opened(path: Path, kept: int = 10, now: float = 1000.0) -> AnswerLog:
    return AnswerLog(path / "log.sqlite3", kept, lambda: now)


@pytest.mark.parametrize("answer", [ANSWER, NONE], ids=["answer", "abstention"])
def test_an_answer_comes_back_as_it_was_after_a_restart(tmp_path: Path, answer: object) -> None:
    assert answer in (ANSWER, NONE)
    log = opened(tmp_path)
    key = log.put(ANSWER if answer is ANSWER else NONE, "000001", "and when? (x)")
    log.close()
    assert opened(tmp_path).get(key) == (answer, "000001", "and when? (x)")


def test_the_same_answer_has_the_same_name_and_another_another(tmp_path: Path) -> None:
    log = opened(tmp_path)
    key = log.put(ANSWER, "1", None)
    assert log.put(ANSWER, "1", None) == key
    assert log.put(ANSWER, "2", None) != key
    assert log.put(replace(ANSWER, question="谁？"), "1", None) != key
    assert len(key) == 16


def test_the_oldest_go_with_their_verdicts_and_what_is_asked_again_stays(tmp_path: Path) -> None:
    log = opened(tmp_path, kept=3)
    keys = [log.put(replace(ANSWER, question=str(n)), "1", None) for n in range(3)]
    log.judge(keys[1], 7, "right")
    assert log.put(replace(ANSWER, question="0"), "1", None) == keys[0]
    log.put(replace(ANSWER, question="3"), "1", None)
    assert [log.get(key) is not None for key in keys] == [True, False, True]
    assert log.judge(keys[1], 7, "right")


def test_a_verdict_counts_once_for_each_person(tmp_path: Path) -> None:
    log = opened(tmp_path)
    key = log.put(ANSWER, "1", None)
    given = [log.judge(key, *verdict) for verdict in ((7, "right"), (7, "right"), (7, "wrong"), (8, "right"))]
    assert given == [True, False, True, True]


def test_people_are_written_as_keyed_hashes(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.judge(log.put(ANSWER, "1", None), 1234567890123, "right")
    name = log.pseudonym(1234567890123)
    log.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"1234567890123" not in raw
    assert opened(tmp_path).pseudonym(1234567890123) == name
    (tmp_path / "other").mkdir()
    assert opened(tmp_path / "other").pseudonym(1234567890123) != name
    assert stat.S_IMODE((tmp_path / "log.sqlite3").stat().st_mode) == 0o600


def test_what_a_crash_left_is_told_once_and_only_while_it_can_be_answered(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for token in ("answered", "left"):
        log.begin(token, "vi")
    log.end("answered")
    log.close()
    again = opened(tmp_path, now=1000.0 + TOKEN_LIFE - 1)
    assert again.abandoned() == [("left", "vi")]
    assert again.abandoned() == []
    again.begin("late", "vi")
    again.close()
    assert opened(tmp_path, now=3000.0 + TOKEN_LIFE).abandoned() == []


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite3").write_bytes(b"this is no database" * 100)
    log = opened(tmp_path)
    assert log.get(log.put(ANSWER, "1", None)) is not None
    assert (tmp_path / "log.damaged").exists()


def test_without_a_place_to_write_it_is_kept_in_memory(tmp_path: Path) -> None:
    log = AnswerLog(tmp_path / "no such folder" / "log.sqlite3", 10, lambda: 0.0)
    assert log.get(log.put(ANSWER, "1", None)) is not None


def test_a_disk_that_fails_costs_the_buttons_and_not_the_answer(tmp_path: Path) -> None:
    log = opened(tmp_path)
    with sqlite3.connect(tmp_path / "log.sqlite3") as other:
        other.execute("DROP TABLE answers")
    other.close()
    assert len(log.put(ANSWER, "1", None)) == 16
    assert log.abandoned() == []

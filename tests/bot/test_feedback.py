"""Feedback lines: the form that `polyquote eval` reads, appended whole, without anybody's name."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.answering import Answer
from bot.feedback import Verdict, append, feedback_json
from bot.question_set import Kind, Question, read_questions
from tests.bot.test_discord_render import ANSWER, NONE

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def test_a_verdict_is_a_line_of_the_documented_form(tmp_path: Path) -> None:
    append(tmp_path / "new" / "feedback.jsonl", feedback_json(ANSWER, "wrong", "000007-abc", NOW))
    assert json.loads((tmp_path / "new" / "feedback.jsonl").read_text(encoding="utf-8")) == {
        "schema": "polyquote.feedback/1",
        "time": "2026-01-02T03:04:05+00:00",
        "question": "who?",
        "language": "en",
        "verdict": "wrong",
        "answer": "Emmett Shear",
        "quotes": [{"article": "vi.txt", "quote": "Emmett Shear thay Sam Altman.", "start": 10, "end": 39}],
        "generation": "000007-abc",
    }


def test_an_abstention_that_was_right_is_a_null_answer(tmp_path: Path) -> None:
    record = feedback_json(NONE, "right", "1", NOW)
    assert record["answer"] is None
    assert record["quotes"] == []


def test_lines_of_many_writers_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    records = [feedback_json(replace(ANSWER, question=f"{n} " + "谁" * 2000), "right", "1", NOW) for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda record: append(path, record), records))
    read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sorted(line["question"] for line in read) == sorted(record["question"] for record in records)


def test_a_line_of_odd_characters_is_still_one_line(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    append(path, feedback_json(replace(ANSWER, question="a\nb\u2028c\ud800"), "right", "1", NOW))
    assert path.read_bytes().count(b"\n") == 1
    assert json.loads(path.read_text(encoding="utf-8"))["question"].startswith("a\nb\u2028c")


def test_only_the_owner_reads_it_and_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    append(path, {"a": 1})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(OSError, match="Is a directory"):
        append(tmp_path, {"a": 1})


@pytest.mark.parametrize(
    ("answer", "verdict", "kind", "answers"),
    [
        (ANSWER, "right", Kind.ANSWERABLE, ("Emmett Shear",)),
        (ANSWER, "wrong", Kind.REGRESSION, ()),
        (NONE, "right", Kind.UNANSWERABLE, ()),
    ],
)
def test_the_evaluation_reads_the_file_as_it_is(
    tmp_path: Path, answer: Answer, verdict: Verdict, kind: Kind, answers: tuple[str, ...]
) -> None:
    append(tmp_path / "feedback.jsonl", feedback_json(answer, verdict, "1", NOW))
    with (tmp_path / "feedback.jsonl").open("rb") as file:
        (question,) = read_questions(file)
    assert isinstance(question, Question)
    assert (question.text, question.language, question.kind, question.answers) == ("who?", "en", kind, answers)

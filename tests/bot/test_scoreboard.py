"""The summary in words: every figure of the table is there, columns stand, and what to hold against them is said."""

from pathlib import Path
from typing import Any

import pytest

from bot.eval_command import Files, score
from bot.scoreboard import footnotes, matrix_rows, render_markdown, render_summary
from tests.bot.scripted import subject, write_set
from tests.bot.test_eval_command import RUN


@pytest.fixture
def summary(tmp_path: Path) -> dict[str, Any]:
    files = Files(write_set(tmp_path / "set.jsonl"), results=tmp_path / "before.jsonl")
    score(subject(), files, RUN, max_error=0.35)
    again = Files(files.questions, baseline=files.results)
    return score(subject(), again, RUN, max_error=1.0)


def test_the_head_counts_questions_and_verdicts(summary: dict[str, Any]) -> None:
    assert render_summary(summary).splitlines()[0] == (
        "6 questions (4 answerable, 2 unanswerable) at an error rate of 1: 3 right, 2 unfounded, 1 wrong"
    )


def test_the_matrix_has_question_languages_down_and_article_languages_across(summary: dict[str, Any]) -> None:
    assert matrix_rows(summary) == [
        ("", "en", "fr", "id", "vi", "zh", "all"),
        ("en", "1.00 (1)", "·", "·", "1.00 (1)", "·", "1.00 (1)"),
        ("fr", "·", "1.00 (1)", "·", "·", "·", "1.00 (1)"),
        ("id", "·", "·", "1.00 (1)", "·", "·", "1.00 (1)"),
        ("zh", "·", "·", "·", "·", "0.00 (1)", "0.00 (1)"),
        ("all", "1.00 (1)", "1.00 (1)", "1.00 (1)", "1.00 (1)", "0.00 (1)", "0.75 (4)"),
    ]


def test_the_baseline_stands_beside_the_figures_and_the_questions_are_named(summary: dict[str, Any]) -> None:
    text = render_summary(summary)
    (row,) = (line for line in text.splitlines() if line.startswith("coverage"))
    assert row.split() == ["coverage", "1.000", "1.000–1.000", "6", "0.667"]
    assert "worse: q5 (decision)" in text
    assert "better: q4 (decision)" in text


def test_markdown_tables_have_as_many_cells_as_columns(summary: dict[str, Any]) -> None:
    tables = [block.splitlines() for block in render_markdown(summary).split("\n\n") if block.startswith("|")]
    assert len(tables) == 5
    for table in tables:
        assert len({line.count("|") for line in table}) == 1


def test_footnotes_confess_what_is_so(summary: dict[str, Any]) -> None:
    assert any(
        note.startswith("4 questions have an answer, 2 have none: one question more or less moves a figure over all")
        and "by 16.7 points" in note  # 1 / 6
        for note in footnotes(summary)
    )
    assert not any("development questions" in note for note in footnotes(summary))
    dirty = summary | {"run": summary["run"] | {"commit": "abc-dirty"}, "fault_count": 2}
    assert "The working tree had changes that the commit has not." in footnotes(dirty)
    assert "The set has 2 faults; what they concern was left out." in footnotes(dirty)

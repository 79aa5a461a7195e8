"""What was written for the reader: questions about news in five languages, and paragraphs put into others."""

import json
from pathlib import Path
from typing import Any

from bot.training.corpora import NEWS_QUESTIONS, TRANSLATIONS, Question, _nearest, join
from bot.training.swaps import LANGUAGES


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_question_about_news_is_asked_in_all_languages_and_answered_in_most_or_none() -> None:
    records = _records(NEWS_QUESTIONS)
    assert [record["doc"] for record in records] == sorted(record["doc"] for record in records)
    for record in records:
        assert set(record["question"]) == set(LANGUAGES)
        assert all(text.strip() == text != "" for text in record["question"].values())
        assert (len(record["answer"]) >= 3) if record["line"] is not None else record["answer"] == {}


def test_every_answer_of_a_translation_stands_in_it() -> None:
    records = _records(TRANSLATIONS)
    assert len({(record["twin"], record["language"]) for record in records}) == len(records)
    for record in records:
        assert record["language"] in LANGUAGES
        assert all(entry["answer"] in record["context"] for entry in record["questions"])


def test_lines_are_joined_as_their_language_does() -> None:
    assert join(["Um.", "Dois."], "en") == ("Um. Dois.", [0, 4])
    assert join(["一。", "二。"], "zh") == ("一。二。", [0, 2])


def test_an_answer_that_stands_twice_in_a_translation_is_the_one_as_far_on_as_in_the_original() -> None:
    question = Question("1", "When?", "en", 90, "1990")
    assert _nearest("1990 or later, but not before 1990", "1990", question, 100) == 30
    assert _nearest("1990", "", Question("2", "Why?", "en", None, ""), 100) is None

"""What was written for the reader: questions about news, paragraphs put into other languages, and articles."""

from itertools import chain
from pathlib import Path

import pytest

from bot.training.corpora import Question
from bot.training.swaps import LANGUAGES
from bot.training.written import (
    LINES,
    NEWS_QUESTIONS,
    OWN,
    TRANSLATIONS,
    _in_traditional,
    _nearest,
    _parted,
    _parts,
    own,
    records,
)


def test_every_question_about_news_is_asked_in_all_languages_and_answered_in_most_or_none() -> None:
    read = list(records(NEWS_QUESTIONS))
    assert [record["doc"] for record in read] == sorted(record["doc"] for record in read)
    for record in read:
        assert set(record["question"]) == set(LANGUAGES)
        assert all(text.strip() == text != "" for text in record["question"].values())
        assert (len(record["answer"]) >= 3) if record["line"] is not None else record["answer"] == {}


def test_every_answer_of_a_translation_stands_in_it() -> None:
    read = list(records(TRANSLATIONS))
    assert len({(record["twin"], record["language"]) for record in read}) == len(read)
    for record in read:
        assert record["language"] in LANGUAGES
        assert all(entry["answer"] in record["context"] for entry in record["questions"])


def test_an_answer_that_stands_twice_in_a_translation_is_the_one_as_far_on_as_in_the_original() -> None:
    question = Question("1", "When?", "en", 90, "1990")
    assert _nearest("1990 or later, but not before 1990", "1990", question, 100) == 30
    assert _nearest("1990", "", Question("2", "Why?", "en", None, ""), 100) is None


@pytest.mark.parametrize("path", OWN.values())
def test_every_answer_of_an_article_stands_in_its_sentence(path: Path) -> None:
    for record in records(path):
        for entry in record["questions"]:
            assert set(record["articles"]) <= set(entry["question"]) <= set(LANGUAGES)
            for language, (line, answer) in entry["answers"].items():
                assert answer.strip() == answer != ""
                assert answer in record["articles"][language][line]


def test_the_answers_of_the_articles_stand_where_they_are_said_to() -> None:
    paragraphs = [*chain.from_iterable(map(own, OWN))]
    assert {paragraph.language for paragraph in paragraphs} == set(LANGUAGES)
    for paragraph in paragraphs:
        assert paragraph.text
        for question in paragraph.questions:
            if question.start is not None:
                assert paragraph.text[question.start :].startswith(question.answer)
                assert question.answered_in(paragraph.text)


def test_a_question_goes_with_the_part_that_answers_it_and_with_no_other_article() -> None:
    lines = [f"Line {i}." for i in range(2 * LINES)]
    asked = {"question": {"en": "What?", "fr": "Quoi ?"}, "answers": {"en": [LINES + 1, f"{LINES + 1}"]}}
    first, second = _parted("articles", "articles:0", "en", lines, [asked])
    assert first.questions == ()
    assert [(q.id, q.start) for q in second.questions] == [("articles:0-0-en", 13), ("articles:0-0-fr", 13)]
    assert all(part.questions == () for part in _parted("articles", "articles:0", "fr", lines, [asked]))


def test_a_question_that_no_article_answers_goes_with_one_part_of_each() -> None:
    lines = [f"Line {i}." for i in range(2 * LINES)]
    asked = {"question": {"en": "What?"}, "answers": {}}
    for language in ("en", "zh"):
        parts = list(_parted("articles", "articles:0", language, lines, [asked]))
        assert [q.start for part in parts for q in part.questions] == [None]


def test_a_story_in_traditional_characters_keeps_its_answers() -> None:
    asked = {"question": {"zh": "谁？"}, "answers": {"zh": [0, "张伟"], "en": [0, "Zhang Wei"]}}
    record = {"topic": "", "articles": {"zh": ["总裁张伟辞职。"], "en": ["Zhang Wei left."]}, "questions": [asked]}
    put = _in_traditional(record)
    assert put["articles"] == {"zh": ["總裁張偉辭職。"], "en": ["Zhang Wei left."]}
    assert put["questions"][0]["answers"] == {"zh": [0, "張偉"], "en": [0, "Zhang Wei"]}


def test_parts_cover_all_lines_once() -> None:
    for count in range(1, 40):
        parts = _parts(count)
        assert [line for part in parts for line in part] == list(range(count))
        assert all(len(part) <= 1.5 * LINES + 1 for part in parts)

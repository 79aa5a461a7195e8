"""Made-up stories: told and asked for in five languages, with the answer where its span says."""

import random

import pytest

from bot.training.facts import Fact, date, kinds, money, number, rows
from bot.training.stories import Stories
from bot.training.swaps import LANGUAGES

NEWS = [{code: [f"[{code} news]", f"[more {code} news]"] for code in LANGUAGES}]


def test_every_fact_can_be_told_and_asked_for_in_every_language() -> None:
    assert len(kinds()) > 20
    for kind in kinds():
        assert set(kind.told) == set(LANGUAGES)
        for slot, asked in kind.asked.items():
            assert set(asked) == set(LANGUAGES)
            for code in LANGUAGES:
                assert any(f"{{{slot}}}" in told for told in kind.told[code]), (slot, kind.told[code])
                assert all(f"{{{slot}}}" not in question for question in asked[code]), asked[code]


def test_a_question_names_what_it_asks_about_unless_it_is_about_the_article() -> None:
    for kind in kinds():
        for slot, asked in kind.asked.items():
            for questions in asked.values():
                for question in questions:
                    assert "{" in question or set(kind.asked) in ({"p", "q", "s"}, {"n", "u"}), (slot, question)


def test_at_most_one_window_answers_and_its_span_is_words_of_it() -> None:
    stories, answered = Stories(NEWS), 0
    for seed in range(300):
        question, windows = stories.make(random.Random(seed))
        assert len(windows) == 3
        assert question.strip()
        assert not set("{}\x02\x03") & set(question + "".join(text for text, _ in windows))
        for text, span in windows:
            if span is not None:
                answered += 1
                assert 0 <= span[0] < span[1] <= len(text)
                assert text[span[0] : span[1]].strip() == text[span[0] : span[1]]
        assert sum(span is not None for _, span in windows) <= 1
    assert 200 < answered < 280


def test_names_come_back_in_windows_that_do_not_answer() -> None:
    stories, shared, answered = Stories(NEWS), 0, 0
    for seed in range(300):
        _, windows = stories.make(random.Random(seed))
        for answer in (text[span[0] : span[1]] for text, span in windows if span):
            answered += 1
            shared += any(answer in text for text, span in windows if span is None)
    assert shared > 0.1 * answered


def test_the_same_random_numbers_make_the_same_story() -> None:
    assert Stories(NEWS).make(random.Random(3)) == Stories(NEWS).make(random.Random(3))
    assert Stories(NEWS).make(random.Random(3)) != Stories(NEWS).make(random.Random(4))


def test_values_are_written_as_each_language_writes_them() -> None:
    rng = random.Random(0)
    assert [number(code, 12_500, False) for code in LANGUAGES] == ["12,500", "12.500", "12 500", "12500", "12.500"]
    assert [date(code, 10, 17, None) for code in LANGUAGES] == [
        "November 17", "ngày 17 tháng 11", "17 novembre", "11月17日", "17 November",
    ]  # fmt: skip
    assert [money(code, 3.5, True, rng) for code in ("en", "fr", "zh")] == [
        "$3.5 billion", "3,5 milliards de dollars", "35亿美元",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("Le directeur de Intel", "Le directeur d'Intel"),
        ("la décision de le Guardian", "La décision du Guardian"),
        ("le avocat de Nokia", "L'avocat de Nokia"),
    ],
)
def test_french_words_run_together(template: str, written: str) -> None:
    assert Fact(kinds()[0], {}).fill(template, "fr", None, False, random.Random(1)).replace("’", "'") == written


def test_tables_have_a_cell_for_every_language_or_a_latin_and_a_chinese_form() -> None:
    for name in ("roles", "cities", "papers", "subjects", "universities", "judgements", "causes"):
        assert {len(row) for row in rows(name)} == {len(LANGUAGES)}, name
    for name in ("companies", "first_names", "family_names", "whole_names"):
        assert {len(row) for row in rows(name)} == {2}, name

"""What goes into Milvus: texts in parts that fit, keys and filters that cannot mean anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import LanguageError, StoreError
from index.milvus_schema import (
    MOST_BYTES,
    NOTHING,
    PART_BYTES,
    expression,
    in_keys,
    in_numbers,
    part_keys,
    source_pattern,
    term_key,
    text_rows,
)
from index.records import Filter

LANGUAGES = ("en", "fr", "zh")


@given(st.text(alphabet="aé微🙂\n", max_size=80).map(lambda text: text * 900))
def test_a_long_text_is_cut_between_characters_into_parts_that_fit(text: str) -> None:
    rows = list(text_rows("article/7", text))
    assert "".join(str(row["data"]) for row in rows) == text
    assert all(len(str(row["data"]).encode()) <= PART_BYTES < MOST_BYTES for row in rows)
    assert [row["key"] for row in rows] == [f"article/7:{part}" for part in range(len(rows))]
    assert {row["parts"] for row in rows} == {len(rows)}


def test_an_empty_text_has_a_part() -> None:
    assert [row["data"] for row in text_rows("manifest", "")] == [""]


def test_a_filter_is_an_expression_of_numbers_and_dates() -> None:
    chosen = Filter(languages=("zh", "en"), source="wire", since="2023-11-17", until="2023-11-22")
    assert expression(chosen, LANGUAGES, [3, 8]) == (
        'language in [0, 2] and article in [3, 8] and day >= "2023-11-17" and day != "" and day <= "2023-11-22"'
    )


@pytest.mark.parametrize(
    ("chosen", "articles"),
    [(Filter(languages=("vi",)), None), (Filter(source="nobody"), []), (Filter(languages=("id",), source="x"), [1])],
)
def test_what_nothing_can_match_is_said_to_match_nothing(chosen: Filter, articles: list[int] | None) -> None:
    assert expression(chosen, LANGUAGES, articles) == NOTHING


@pytest.mark.parametrize("day", ['2023-11-17" or row >= 0 or day == "', "2023", "x", "２０２３-11-17x", "2023-11-17\n"])
def test_what_is_no_date_is_refused(day: str) -> None:
    with pytest.raises(StoreError, match="YYYY-MM-DD"):
        expression(Filter(since=day), LANGUAGES, None)


def test_what_is_no_language_is_refused() -> None:
    with pytest.raises(LanguageError):
        expression(Filter(languages=("en] or row in [0",)), LANGUAGES, None)


@given(st.text())
def test_the_pattern_of_a_source_has_only_letters_digits_and_wildcards(source: str) -> None:
    assert all(letter.isalnum() or letter == "%" for letter in source_pattern(source))


def test_keys_are_hexadecimal_whatever_the_term_is() -> None:
    keys = [term_key(term.encode()) for term in ("twitch", '" or key != "', "微軟")]
    assert len({*keys}) == 3
    assert json.loads(in_keys("key", keys).removeprefix("key in ")) == keys
    with pytest.raises(StoreError, match="hexadecimal"):
        in_keys("key", ['" or key != "'])
    with pytest.raises(StoreError, match="name of a stored text"):
        part_keys('x"', 0, 1)
    assert part_keys("article/12", 1, 3) == 'key in ["article/12:1", "article/12:2"]'
    assert in_numbers("row", [1, 2]) == "row in [1, 2]"

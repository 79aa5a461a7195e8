"""Dates as the five languages write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import Dated, Day, day_and_month, days, first_date, is_date_word


@pytest.mark.parametrize(
    "written",
    [
        "20/11/2023", "20-11-2023", "20.11.2023", "2023-11-20", "2023/11/20", "2023-11-20T07:59:00+07:00",
        "20 November 2023", "November 20, 2023", "Nov. 20, 2023", "20th of November 2023", "20 Nov 2023",
        "le 20 novembre 2023", "lundi 20 novembre 2023", "20 nov. 2023", "2023年11月20日", "2023 年 11 月 20 日",
        "ngày 20 tháng 11 năm 2023", "20 tháng 11, 2023", "Senin, 20 November 2023", "11/20/2023",
    ],
)  # fmt: skip
def test_a_written_date_is_read_as_iso_8601(written: str) -> None:
    dated = first_date(f"{written} 7:59", day_first=True)
    assert dated is not None
    assert dated.iso == "2023-11-20"


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("1er août 2024", "2024-08-01"),
        ("17 Agustus 2023", "2023-08-17"),
        ("3 Desember 2023", "2023-12-03"),
        ("2 tháng 1 năm 2024", "2024-01-02"),
        ("2 tháng 12 năm 2024", "2024-12-02"),
        ("29 février 2024", "2024-02-29"),
    ],
)
def test_month_names_of_every_language_are_read(written: str, iso: str) -> None:
    dated = first_date(written, day_first=True)
    assert dated is not None
    assert dated.iso == iso


@pytest.mark.parametrize(
    "written",
    ["", "Hồi tháng 2", "11月17日", "le 20 novembre", "30/02/2023", "2023-13-01", "20/11/23", "1.000.000", "0312/2023",
     "29 February 2023", "20 Marching 2023", "November 2023", "in 2023"],
)  # fmt: skip
def test_what_is_no_whole_date_is_none(written: str) -> None:
    assert first_date(written, day_first=True) is None


def test_an_ambiguous_date_is_read_only_where_the_day_comes_first() -> None:
    assert first_date("2/1/2023", day_first=True) == Dated("2023-01-02", 0, 8)
    assert first_date("2/1/2023", day_first=False) is None
    assert first_date("5/5/2023", day_first=False) == Dated("2023-05-05", 0, 8)
    assert first_date("1/20/2023", day_first=False) == Dated("2023-01-20", 0, 9)


def test_the_first_of_two_dates_counts_with_its_place_in_the_line() -> None:
    line = "Reuters, 20 November 2023, updated 2023-11-22"
    dated = first_date(line, day_first=False)
    assert dated is not None
    assert line[dated.start : dated.end] == "20 November 2023"


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_of_two_centuries_is_read_back(day: date) -> None:
    dated = first_date(f"({day})", day_first=True)
    assert dated == Dated(str(day), 1, 11)


@given(st.text())
def test_no_line_makes_it_fail(line: str) -> None:
    dated = first_date(line, day_first=True)
    assert dated is None or 0 <= dated.start < dated.end <= len(line)


@pytest.mark.parametrize("word", ["le", "ngày", "pukul", "updated", "发布时间"])
def test_words_around_a_date_are_known(word: str) -> None:
    assert is_date_word(word)
    assert not is_date_word("altman")


def test_every_date_of_a_text_is_read_the_whole_ones_first() -> None:
    text = "Diluncurkan pada 30 November 2022; 11月9日 it was cut off, and in juin 2023 and le 1er août again"
    assert days(text) == [Day(2022, 11, 30), Day(None, 11, 9), Day(None, 8, 1), Day(2023, 6, None)]


@pytest.mark.parametrize(
    "written", ["30 tháng 2", "29/2/2023", "31 juin", "0月3日", "13/13", "2-1", "50/50", "24/7/365", "3/4%"]
)
def test_what_no_calendar_has_is_no_day(written: str) -> None:
    assert day_and_month(written) is None


def test_a_leap_day_without_a_year_is_a_day() -> None:
    assert day_and_month("29 février") == Day(None, 2, 29)


@given(
    st.text(
        alphabet=st.one_of(st.characters(exclude_categories=()), st.sampled_from("0123456789/-月日年 May")), max_size=40
    )
)
def test_no_text_makes_the_reading_of_days_fail(text: str) -> None:
    assert days(text) == days(text)

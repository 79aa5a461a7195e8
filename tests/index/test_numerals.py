"""Chinese numerals: each is read, and what is none is not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.numerals import value

DIGITS = "零一二三四五六七八九"


def written(number: int) -> str:
    """Write a number below 10^12 in characters, every unit spelt out, as a textbook has it."""
    if number >= 10**8:
        return written(number // 10**8) + "亿" + _rest(number % 10**8, 10**7)
    if number >= 10**4:
        return written(number // 10**4) + "万" + _rest(number % 10**4, 10**3)
    for power, unit in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= power:
            return DIGITS[number // power] + unit + _rest(number % power, power // 10)
    return DIGITS[number]


def _rest(number: int, expected: int) -> str:
    return "" if number == 0 else ("零" if number < expected else "") + written(number)


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("一百三十亿", "13000000000"), ("130亿", "13000000000"), ("130 亿", "13000000000"),
        ("13亿5000万", "1350000000"),
        ("1.3万", "13000"), ("3千万", "30000000"), ("1万亿", "1000000000000"), ("1,300亿", "130000000000"),
        ("七百七十", "770"), ("十七", "17"), ("两万", "20000"), ("二〇二三", "2023"),
        ("一千零五", "1005"), ("万亿", "1000000000000"),
    ],
)  # fmt: skip
def test_a_numeral_has_its_value(numeral: str, number: str) -> None:
    assert value(numeral) == Decimal(number)


@pytest.mark.parametrize("numeral", ["", "两三百", "三" * 25, "1.2.3万", "十" * 25])
def test_an_estimate_and_a_run_of_characters_are_no_number(numeral: str) -> None:
    assert value(numeral) is None


@given(st.integers(min_value=10, max_value=10**12 - 1))
def test_every_number_below_a_million_million_is_read_back(number: int) -> None:
    assert value(written(number)) == number


@given(st.text(alphabet=DIGITS + "十百千万亿兆0123.,两〇 x", max_size=30))
def test_no_text_makes_it_fail(numeral: str) -> None:
    found = value(numeral)
    assert found is None or found >= 0

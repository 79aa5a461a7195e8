"""Answers that say the same in other words, languages and scripts, and those that only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.equivalence import same, statement
from index.names import make_names

NAMES = make_names({"Altman": ["Ultraman"], "Shear": ["Hill"]}, [("阿爾特曼", "Altman")])


def alike(one: str, other: str) -> bool:
    forward = same(statement(one, NAMES), statement(other, NAMES))
    assert forward == same(statement(other, NAMES), statement(one, NAMES))
    return forward


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Emmett Shear", "Shear"),
        ("Emmett Shear", "Hill"),
        ("Sam Altman", "Ultraman"),
        ("阿爾特曼", "Altman"),
        ("Adam D’Angelo", "Adam D'Angelo"),
        ("130億美元", "$ 13 miliar"),
        ("130亿美元", "13 milliards de dollars"),
        ("$13 billion", "13 tỷ đô"),
        ("一百三十亿美元", "US$13bn"),
        ("百分之四十九", "49 pour cent"),
        ("un milliard de dollars", "10億美元"),
        ("十一月九日", "9/11"),
        ("plus de 700", "lebih dari 700 karyawan"),
        ("95%", "95 % du total"),
        ("39,1 juta", "39.1 million"),
        ("11月9日", "9 November"),
        ("le 9 novembre", "ngày 9 tháng 11"),
        ("30 November 2022", "30 novembre"),
        ("財(cái)聯(lián)社", "财联社"),
        ("1 234 567", "1,234,567"),
    ],
)
def test_these_say_the_same(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Emmett Shear", "Sam Altman"),
        ("700", "770"),
        ("13 miliar", "13 juta"),
        ("49", "49%"),
        ("$13 miliar", "13 miliar rupiah"),
        ("11月9日", "11月15日"),
        ("30 November 2022", "30 November 2023"),
        ("CEO", "Emmett Shear is the CEO of OpenAI until further notice"),
        ("", "Altman"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert not alike(one, other)


@given(st.text(max_size=30))
def test_every_answer_says_the_same_as_itself_unless_it_says_nothing(text: str) -> None:
    said = statement(text, NAMES)
    assert same(said, said) == bool(said.words or said.amount or said.day)

"""Answers that say the same in other words, languages and scripts, and those that only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config
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
        ("quatre membres", "四位"),
        ("sept ans", "七年"),
        ("tujuh tahun", "7 ans"),
        ("9h30", "9:30"),
        ("9 milliards de dollars en 2019", "$9bn"),
        ("tháng 3 năm 2024", "March 2024"),
        ("2022", "30 November 2022"),
        ("juin", "hồi tháng 6"),
        ("六月", "June"),
        ("周五", "hari Jumat"),
        ("thứ sáu", "vendredi dernier"),
        ("山姆?阿爾特曼", "Sam Altman"),
        ("M. Hill", "Emmett Shear"),
        ("王女士", "王"),
        ("Nguyen Van Hung", "Nguyễn Văn Hùng"),
        ("Ilya Sutskever, cofondateur et scientifique", "Ilya Sutskever"),
        ("Dan Brown", "Brown"),
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
        ("三人", "十三人"),
        ("二", "二十"),
        ("三", "三分之二"),
        ("-5 %", "5 %"),
        ("3 days", "3 mois"),
        ("16 ans", "16 heures"),
        ("octobre 2023", "November 2023"),
        ("17 November", "17 employees"),
        ("2 đến 50%", "50%"),
        ("12 h 19", "12 h 23"),
        ("plus de 700", "kurang dari 700"),
        ("周五", "Monday"),
        ("juin", "tháng 2"),
        ("not guilty", "guilty"),
        ("tidak bersalah", "bersalah"),
        ("不同意", "同意"),
        ("Nguyễn Văn Hùng", "Nguyễn Văn Hưng"),
        ("Altman et Greg Brockman", "Altman"),
        ("Google和亚马逊", "Google"),
        ("Jack Altman", "Sam Altman"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert not alike(one, other)


def test_one_article_s_mitt_hill_is_the_others_emmett_shear_as_configured() -> None:
    names = make_names(Config().names)
    assert same(statement("Mitt Hill", names), statement("Emmett Shear", names))
    assert same(statement("Hill", names), statement("Emmett Shear", names))
    assert not same(statement("Mitt Hill", names), statement("Sam Altman", names))


@given(st.text(max_size=30))
def test_every_answer_says_the_same_as_itself_unless_it_says_nothing(text: str) -> None:
    said = statement(text, NAMES)
    assert same(said, said) == bool(said.words)

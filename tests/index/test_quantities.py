"""Amounts and days: one term however they are written, in whatever language, and none where there is no amount."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import fold, query_tokens, tokens, unaccented
from index.languages import LANGUAGES
from index.quantities import amounts, quantity_terms


def terms(text: str) -> list[str]:
    return quantity_terms(fold(text))


SAME = {
    "13000000000": [
        "130億美元", "130 亿美元", "一百三十亿美元", "$13 miliar", "$ 13 miliar", "US$ 13 miliar",
        "13 milliards de dollars",
        "13 tỷ USD", "13 tỷ đô la", "13 ty USD", "$13 billion", "$13bn", "13 Mds $", "USD 13 billion", "13.000.000.000",
        "13,000,000,000", "13 000 000 000", "13 nghìn triệu", "$13-billion",
    ],
    "1000000": [
        "1,000,000", "1.000.000", "1 000 000", "1\u00a0000\u00a0000", "1\u202f000\u202f000", "1 triệu",
        "một triệu", "un million",
        "one million", "satu juta", "1 juta", "100万", "一百万", "１００萬",
    ],
    "39100000": ["39,1 juta", "39.1 million", "39,1 millions", "39,1 triệu", "3910万", "39,1 jt"],
    "1234.5": ["1,234.5", "1.234,5", "1 234,5"],
    "49%": ["49%", "49 %", "49 pour cent", "49 percent", "49 per cent", "49 persen", "49 phần trăm", "49 phan tram",
            "百分之四十九",
            "百分之49", "４９％"],
    "39.1%": ["39.1%", "39,1 %", "39,1 persen", "百分之39.1"],
    "770": ["770", "七百七十", "770名"],
}  # fmt: skip


@pytest.mark.parametrize(("term", "written"), [(term, one) for term, forms in SAME.items() for one in forms])
def test_an_amount_is_one_term_however_it_is_written(term: str, written: str) -> None:
    assert terms(written) == [term]
    assert terms(f"（{written}）") == [term]


DAY = [
    "11月17日", "11月17號", "11 月 17 日", "十一月十七日", "17 November", "17th of November",
    "November 17", "November 17th", "Nov. 17",
    "17 Nov", "17 novembre", "le 17 novembre", "17 nov.", "17/11", "11/17", "ngày 17 tháng 11", "17 tháng 11",
    "ngày 17/11",
    "ngày 17-11", "ngay 17 thang 11", "tanggal 17 November", "17 nopember",
]  # fmt: skip
DAY_OF_YEAR = [
    "2023年11月17日", "二〇二三年十一月十七日", "17 November 2023",
    "November 17, 2023", "17 novembre 2023", "17/11/2023", "2023-11-17",
    "17.11.2023", "ngày 17 tháng 11 năm 2023", "ngay 17 thang 11 nam 2023", "17/11/2023",
]  # fmt: skip
MONTH_OF_YEAR = [
    "2023年11月",
    "November 2023",
    "novembre 2023",
    "tháng 11 năm 2023",
    "tháng 11/2023",
    "11/2023",
    "Nov 2023",
]


@pytest.mark.parametrize("written", DAY)
def test_a_day_is_one_term_however_it_is_written(written: str) -> None:
    assert "11-17" in terms(written)
    assert not [term for term in terms(written) if term.startswith("2")]


@pytest.mark.parametrize("written", DAY_OF_YEAR)
def test_a_day_of_a_year_is_that_day_and_a_day_of_that_month(written: str) -> None:
    assert {"11-17", "2023-11", "2023"} <= set(terms(written)) | set(tokens(written, "en"))


@pytest.mark.parametrize("written", MONTH_OF_YEAR)
def test_a_month_of_a_year_is_a_term(written: str) -> None:
    assert "2023-11" in terms(written)
    assert "11-17" not in terms(written)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)), st.sampled_from(sorted(LANGUAGES)))
def test_every_day_is_written_alike_with_every_month_name_of_every_language(day: date, code: str) -> None:
    for name in LANGUAGES[code].dates.months[day.month - 1]:
        written = f"{day.year}年{name}{day.day}日" if code == "zh" else f"{day.day} {name} {day.year}"
        for one in (written, unaccented(written), written.upper()):
            if fold(one) == fold(written) or name.isascii():
                assert {f"{day.month:02}-{day.day:02}", f"{day.year}-{day.month:02}"} <= set(terms(one)), one


@given(st.integers(min_value=1, max_value=999), st.sampled_from([6, 9, 12]))
def test_every_scale_word_of_every_language_says_the_same(number: int, exponent: int) -> None:
    for row in LANGUAGES.values():
        for form, power in row.numbers.scales.items():
            if power == exponent:
                assert terms(f"{number} {form}") == [str(number * 10**exponent)], form


@given(st.integers(min_value=1000, max_value=10**15))
def test_grouped_digits_are_the_plain_number(number: int) -> None:
    for mark in ",. \u00a0\u202f":
        assert terms(f"{number:,}".replace(",", mark)) == [str(number)]


@pytest.mark.parametrize(
    ("written", "term"),
    [("1.234 tỷ", "1234000000000"), ("1.234 billion", "1234000000"), ("1,234 milliard", "1234000000"),
     ("0.125", "0.125"),
     ("1.234 million", "1234000000")],
)  # fmt: skip
def test_a_mark_before_three_digits_is_read_as_the_scale_s_language_writes_it(written: str, term: str) -> None:
    assert terms(written) == [term]


@pytest.mark.parametrize(
    "text", ["", "十分", "一个", "a few hundred", "v2.5.1", "1,2,3", "9" * 40, "Altman", "cent", "30/02", "13月32日x"]
)
def test_where_there_is_no_amount_and_no_day_there_is_no_such_term(text: str) -> None:
    assert [term for term in terms(text) if term not in ("13", "32", "30", "02", "2")] == []


def test_an_ambiguous_day_gives_both() -> None:
    assert {"02-01", "01-02"} <= set(terms("1/2/2023"))


def test_amounts_know_their_currency_and_compare_by_it() -> None:
    [dollars], [bare], [rupiah] = (amounts(fold(text)) for text in ("$13 miliar", "13 miliar", "13 miliar rupiah"))
    assert dollars.same(bare)
    assert bare.same(rupiah)
    assert not dollars.same(rupiah)
    [share], [number] = amounts("49%"), amounts("49")
    assert not share.same(number)


@pytest.mark.parametrize("code", LANGUAGES)
def test_passages_and_queries_share_the_term_and_keep_their_words(code: str) -> None:
    assert "13000000000" in tokens("130億美元", code)
    assert "13000000000" in query_tokens("How much is $13 billion?")
    assert {"13", "billion"} <= set(query_tokens("How much is $13 billion?"))


@given(
    st.text(
        alphabet=st.one_of(st.characters(exclude_categories=()), st.sampled_from("0123456789.,/- %$月日年tỷ万")),
        max_size=60,
    )
)
def test_no_text_makes_it_fail_and_the_terms_are_the_same_again(text: str) -> None:
    found = terms(text)
    assert found == terms(text)
    assert len(found) == len(set(found))
    assert all(term.strip() for term in found)

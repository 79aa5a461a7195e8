"""The table of languages: every row is whole, and its words are written as the code that reads them expects."""

import pytest

from index.analysis import fold, unaccented
from index.errors import LanguageError
from index.languages import AUTONYMS, LANGUAGES, Language, language
from index.sections import plain

ROWS = pytest.mark.parametrize("row", LANGUAGES.values(), ids=LANGUAGES)
PAGE_FIELDS = (
    "source_labels", "credit_labels", "source_cues", "comment_headings", "markers", "widgets", "notices", "related",
    "footers", "contacts",
)  # fmt: skip


def test_the_five_languages_are_in_the_table() -> None:
    assert list(LANGUAGES) == ["vi", "fr", "zh", "id", "en"]


@ROWS
def test_a_row_stands_under_its_own_code(row: Language) -> None:
    assert LANGUAGES[row.code] is row


@ROWS
def test_function_question_and_date_words_are_written_folded(row: Language) -> None:
    words = row.function_words | row.question_words | row.abbreviations | row.dates.words | row.letters | row.elisions
    assert {word for word in words if fold(word) != word} == set()


@ROWS
@pytest.mark.parametrize("field", PAGE_FIELDS)
def test_page_words_are_written_as_lines_are_compared(row: Language, field: str) -> None:
    phrases: frozenset[str] = getattr(row.page, field)
    assert {phrase for phrase in phrases if plain(phrase) != phrase} == set()


@ROWS
def test_a_language_has_twelve_months_none_of_them_nameless(row: Language) -> None:
    assert len(row.dates.months) == 12
    assert all(row.dates.months)


def test_no_month_name_means_two_months_in_two_languages() -> None:
    meanings: dict[str, set[int]] = {}
    for row in LANGUAGES.values():
        for number, forms in enumerate(row.dates.months, start=1):
            for form in forms:
                meanings.setdefault(form, set()).add(number)
    assert {form: numbers for form, numbers in meanings.items() if len(numbers) > 1} == {}


@ROWS
def test_letters_of_one_language_are_no_letters_of_another(row: Language) -> None:
    others = (other for other in LANGUAGES.values() if other is not row)
    assert not any(row.letters & other.letters for other in others)
    assert all(unaccented(letter) != letter or letter in "œ" for letter in row.letters)


@ROWS
def test_a_language_menu_knows_every_language_of_the_table(row: Language) -> None:
    assert plain(row.autonym) in AUTONYMS


@pytest.mark.parametrize(
    ("code", "expected"), [("zh", "zh"), ("zh-TW", "zh"), ("zh_Hant", "zh"), ("FR", "fr"), (" en ", "en")]
)
def test_a_region_or_capitals_find_the_row_of_the_language(code: str, expected: str) -> None:
    assert language(code).code == expected


@pytest.mark.parametrize("code", ["xx", "", "vietnamese", "jv"])
def test_an_unknown_code_is_refused_and_the_known_ones_are_listed(code: str) -> None:
    with pytest.raises(LanguageError, match="known are en, fr, id, vi, zh"):
        language(code)

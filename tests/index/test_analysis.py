"""Index terms: what is folded together, and what no input may do."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import (
    clean,
    fold,
    query_tokens,
    readable,
    readable_positions,
    simplify,
    stop_words,
    tokens,
    unaccented,
)
from index.languages import LANGUAGES

NOISY = "財聯(cái)(liánCÁI)（áÁ）李乾坤著薴苧里后後?阿爾特曼Đđ’' .!A\u0345ǅ\u200b\u202e\u2028\r\n\x00\ud800"
TEXTS = st.text(alphabet=st.one_of(st.characters(exclude_categories=()), st.sampled_from(NOISY)), max_size=40)
CODES = st.sampled_from(sorted(LANGUAGES))


@given(TEXTS)
def test_cleaning_leaves_no_control_zero_width_or_bidi_character(text: str) -> None:
    cleaned = clean(text)
    assert {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()
    assert cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("hidden", "\u200b\u200d\u202e\u2066\u061c\ufeff\u00ad\u180e\U000e0041")
def test_an_invisible_character_inside_a_word_does_not_split_it(hidden: str) -> None:
    assert clean(f"Alt{hidden}man") == "Altman"


@pytest.mark.parametrize("breaking", ["\n", "\r\n", "\t", "\x00", "\x7f", "\u2028", "\u2029", "\u3000"])
def test_a_line_break_or_control_character_between_words_becomes_a_space(breaking: str) -> None:
    assert clean(f"Sam{breaking}Altman") == "Sam Altman"


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS, CODES)
def test_no_text_makes_the_analysis_fail_and_no_term_is_empty(text: str, code: str) -> None:
    assert all(term.strip() for term in tokens(text, code))


@given(TEXTS)
def test_a_query_gives_every_term_once(text: str) -> None:
    terms = query_tokens(text)
    assert len(terms) == len(set(terms))
    assert set(terms) == {term for code in LANGUAGES for term in tokens(text, code)}


@pytest.mark.parametrize(
    ("stored", "folded"),
    [
        ("財(cái)聯(lián)社", "财联社"),
        ("首席執(zhí)行官", "首席执行官"),
        ("山姆?阿爾特曼(Sam Altman)", "山姆?阿尔特曼(sam altman)"),
        ("ＯｐｅｎＡＩ", "openai"),
        ("Đàm phán", "đàm phán"),
        ("Đàm", "đàm"),
    ],
)
def test_variants_fold_to_one_form(stored: str, folded: str) -> None:
    assert fold(stored) == folded


def test_a_lone_surrogate_does_not_stop_the_simplifier() -> None:
    assert simplify("財\ud800") == "财\ufffd"


def test_what_is_folded_can_be_stored_in_utf_8() -> None:
    assert fold("Reuters\udcff").encode() == "reuters\ufffd".encode()


def test_diacritics_go_and_the_letter_d_with_them() -> None:
    assert unaccented("Đàm phán để quay lại") == "Dam phan de quay lai"


def test_vietnamese_gives_syllables_and_their_pairs() -> None:
    assert tokens("Emmett Shear thay thế", "vi") == [
        "emmett", "shear", "thay", "the", "emmett shear", "shear thay", "thay the",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("vi", "Sam Altman bị sa thải khi nào"),
        ("fr", "Le conseil d'administration a été renouvelé à l'été"),
        ("id", "Siapa Élysée"),
    ],
)
def test_text_typed_without_diacritics_or_in_capitals_gives_the_same_terms(code: str, written: str) -> None:
    for typed in (unaccented(written), written.upper(), unaccented(written).lower()):
        assert set(tokens(written, code)) & set(query_tokens(typed)) == set(tokens(written, code))
        assert set(tokens(typed, code)) & set(query_tokens(written)) == set(tokens(typed, code))


def test_words_without_content_are_cut_from_a_question_typed_without_diacritics() -> None:
    assert query_tokens("ai bi sa thai khi nao", stop_words(("vi",))) == query_tokens("sa thai")


def test_an_amount_stands_beside_its_words_and_a_number_only_once() -> None:
    assert tokens("投資130億", "zh") == ["投", "资", "投资", "130", "亿", "13000000000"]
    assert tokens("700 employees", "en") == ["700", "employe"]


def test_chinese_gives_characters_and_their_pairs_beside_latin_names() -> None:
    assert tokens("微軟CEO", "zh") == ["微", "软", "微软", "ceo"]


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("fr", "l’employé", "employés"),
        ("fr", "qu'employés", "employé"),
        ("en", "investor's", "investors"),
        ("id", "dipecat", "memecat"),
    ],
)
def test_inflected_forms_of_a_word_meet_in_one_term(code: str, one: str, other: str) -> None:
    assert tokens(one, code) == tokens(other, code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_chinese_name_is_found_in_an_article_of_any_language(code: str) -> None:
    assert "特曼" in tokens("OpenAI (阿爾特曼)", code)


def test_words_that_carry_nothing_are_cut_from_a_question_of_a_sure_language() -> None:
    assert query_tokens("who replaced Altman?", stop_words(("en",))) == query_tokens("replaced Altman")
    assert "ai" not in query_tokens("Ai thay thế Altman?", stop_words(("vi",)))
    assert "ai" in query_tokens("AI Altman?", stop_words(("id", "en", "fr")))


@pytest.mark.parametrize(("question", "code"), [("ai", "vi"), ("谁", "zh"), ("who is", "en")])
def test_a_question_of_nothing_but_such_words_keeps_them(question: str, code: str) -> None:
    assert query_tokens(question, stop_words((code,))) == query_tokens(question) != []


def test_chinese_function_words_are_cut_out_of_a_run_and_make_no_bigrams() -> None:
    terms = query_tokens("谁是第二大股东", stop_words(("zh",)))
    assert "股东" in terms
    assert not {"谁", "是", "谁是", "是第"} & set(terms)


@given(st.text(alphabet="財聯社蘇茨克維A ,，。(（)）cáishùlián曼", max_size=40))
def test_every_readable_character_stands_where_it_is_said_to(text: str) -> None:
    positions = readable_positions(text)
    assert "".join(text[position] for position in positions) == readable(text)
    assert positions == sorted(set(positions))

"""Sentences: they cover the text, and stop where a reader would."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import LANGUAGES
from index.sentences import sentences

SEEDS = Path(__file__).parents[2] / "seeds"
MARKS = 'aBéế微軟.!?。！？…,，"”»)( 1\n\r\u2028\x0b\x85\u3000'
TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from(MARKS)), max_size=60)
LINE_BREAKS = set("\r\n\u2028\u2029\x0b\x0c")


def _check(text: str, code: str) -> None:
    position = 0
    for start, end in sentences(text, code):
        assert position <= start < end
        assert text[position:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        assert not LINE_BREAKS & set(text[start:end])
        position = end
    assert text[position:].strip() == ""


@given(TEXTS, st.sampled_from(sorted(LANGUAGES)))
def test_sentences_are_in_order_apart_and_cover_all_but_white_space(text: str, code: str) -> None:
    _check(text, code)


@pytest.mark.parametrize("name", sorted(path.name for path in SEEDS.glob("*.txt")))
@pytest.mark.parametrize("code", LANGUAGES)
def test_sentences_cover_the_five_articles_in_any_language(name: str, code: str) -> None:
    _check((SEEDS / name).read_bytes().decode(), code)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("vi", "Giờ thì có kết quả. Sam Altman đã về với Microsoft.", 2),
        ("vi", "Số 70 Bà Huyện Thanh Quan, P. Võ Thị Sáu, Quận 3, TP. HCM.", 1),
        ("vi", "“Mọi chuyện thực sự điên rồ. Rất nhiều giá trị đã bị phá huỷ.” Ông nói.", 3),
        ("fr", "M. Hill a été nommé. Altman a déclaré : « La mission continue. »", 2),
        ("fr", "Amazon a payé 1.000.000 de dollars. Qui est-ce ?", 2),
        ("zh", "OpenAI于美國時間11月17日突然宣布解雇CEO山姆?阿爾特曼(Sam Altman),。而最新報道顯示,,也不是不可能。", 2),
        ("zh", "以確保OpenAI建造讓全人類受益的通用人工智能,。”一位知情人士表示。", 2),
        ("id", "Altman & Co. Pengembangan AI harus terus berlanjut. Mengapa?", 3),
        ("id", "Pendanaan $ 39,1 juta. Prof. Madry mundur.", 2),
        ("en", "Mr. Shear left Twitch on Feb. 16. J. K. Doe took over!", 2),
        ("en", "The U.S. board met at 3 p.m. on Friday. OpenAI 2.0 is near.", 2),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(code: str, text: str, expected: int) -> None:
    assert len(sentences(text, code)) == expected


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028"])
def test_a_line_break_of_any_kind_ends_a_sentence(line_break: str) -> None:
    assert sentences(f"P.W{line_break}!", "vi") == [(0, 3), (3 + len(line_break), 4 + len(line_break))]


def test_a_quotation_mark_left_alone_belongs_to_the_sentence_before_it() -> None:
    text = 'Dia berkata, "OpenAI dapat memecat saya." "'
    assert [text[start:end] for start, end in sentences(text, "id")] == [text]


@pytest.mark.parametrize("text", ["", " \n\t", "\u3000"])
def test_blank_text_has_no_sentence(text: str) -> None:
    assert sentences(text, "en") == []


@pytest.mark.slow
@pytest.mark.parametrize("mark", [".", "!", "?", "，", "。", '"', "A. ", " ", "1", "(á"])
def test_a_line_of_a_million_marks_is_no_trap(mark: str) -> None:
    text = "The board met" + mark * (1_000_000 // len(mark)) + "x"
    assert sentences(text, "en")[-1][1] == len(text)

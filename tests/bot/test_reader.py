"""The first reader: a span in each text, on the text's own positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reader import SentenceReader
from tests.conftest import HashingEncoder


def read(question: str, *texts: str) -> list[str]:
    spans = SentenceReader(HashingEncoder()).read(question, list(texts))
    return [text[span.start : span.end] for text, span in zip(texts, spans, strict=True)]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("who replaced Altman?", "The board named Emmett Shear to replace Altman.", "Emmett Shear"),
        ("Quel pourcentage des employés a signé ?", "Ainsi 95 % des 770 employés ont signé.", "95 %"),
        ("OpenAI tạm dừng đăng ký vào ngày nào?", "11月15日,OpenAI暫停注冊。", "11月15日"),
        ("Berapa dana yang diperoleh Loopt?", "Loopt mengumpulkan dana $ 39,1 juta.", "$ 39,1 juta"),
        ("谁是第二大股东？", "公司的第二大股東是Thrive Capital。", "Thrive Capital"),
    ],
)
def test_the_thing_that_is_asked_for_is_found(question: str, text: str, expected: str) -> None:
    assert read(question, text) == [expected]


def test_what_the_question_names_is_no_answer() -> None:
    assert read("who replaced Sam Altman?", "The board told Sam Altman that Emmett Shear is chief.") == ["Emmett Shear"]


@given(st.lists(st.text(max_size=60), max_size=5))
def test_every_text_gets_a_span_inside_it(texts: list[str]) -> None:
    spans = SentenceReader(HashingEncoder()).read("who replaced Altman?", texts)
    assert len(spans) == len(texts)
    assert all(0 <= span.start <= span.end <= len(text) for text, span in zip(texts, spans, strict=True))

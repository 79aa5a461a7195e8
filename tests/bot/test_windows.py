"""Windows and spans: nothing of a text is missed, and a span is tidy."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.windows import BREVITY, MAX_ANSWER, best_by_line, best_tokens, line_numbers, starts, tidy


@given(st.integers(0, 500), st.integers(20, 100))
def test_windows_cover_every_token_and_share_at_least_what_is_asked(length: int, room: int) -> None:
    begun = starts(length, room, 8)
    covered = {token for start in begun for token in range(start, min(start + room, length))}
    assert covered == set(range(length))
    assert all(start + room - following >= 8 for start, following in pairwise(begun))
    assert all(start + room <= max(length, room) for start in begun)


def test_the_likeliest_span_is_the_best_sum_in_order_and_inside() -> None:
    start = np.array([[9.0, 1.0, 5.0, 0.0]], dtype=np.float32)
    end = np.array([[0.0, 8.0, 1.0, 3.0]], dtype=np.float32)
    first, last, score = best_tokens(start, end, np.array([[-1, 0, 0, 0]]))
    # 1 + 8 beats 5 + 3; the 9 is outside, and an end before its start is none.
    assert (first[0], last[0], score[0]) == (1, 1, 9.0)


def test_a_span_has_no_more_tokens_than_allowed() -> None:
    start, end = np.zeros((1, 200), np.float32), np.zeros((1, 200), np.float32)
    start[0, 3], end[0, 150] = 5, 5
    first, last, _ = best_tokens(start, end, np.zeros((1, 200), np.int64))
    assert last[0] - first[0] < MAX_ANSWER


@given(st.integers(1, 6), st.integers(1, 60), st.integers(0, 2**31))
def test_the_span_is_that_of_a_search_through_all(rows: int, length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, end = rng.normal(size=(2, rows, length)).astype(np.float32)
    lines = np.sort(rng.integers(0, 3, size=(rows, length)), axis=1)
    first, last, score = best_tokens(start, end, lines)
    for row in range(rows):
        scores = {
            (a, b): start[row, a] + end[row, b] - BREVITY * math.log(b - a + 1)
            for a in range(length)
            for b in range(a, min(length, a + MAX_ANSWER))
            if lines[row, a] == lines[row, b]
        }
        assert score[row] == pytest.approx(max(scores.values()), abs=1e-5)
        assert scores[int(first[row]), int(last[row])] == pytest.approx(max(scores.values()), abs=1e-5)


@given(st.integers(1, 60), st.integers(0, 2**31))
def test_each_line_has_the_score_that_it_has_with_all_others_outside(length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, end = rng.normal(size=(2, length)).astype(np.float32)
    lines = np.sort(rng.integers(0, 4, size=length))
    lines = np.unique(lines, return_inverse=True)[1] - 1  # the first, a question's, is outside
    scores = best_by_line(start, end, lines)
    assert len(scores) == lines.max() + 1
    for number, score in enumerate(scores):
        alone = best_tokens(start[None], end[None], np.where(lines == number, 0, -1)[None])[2]
        assert score == alone[0]


def test_tokens_are_told_the_line_that_they_begin_in() -> None:
    text = "Author: Lin\n\nEditor: Ma\r\nEnd"
    offsets = [(text.index(word), text.index(word) + len(word)) for word in ("Author", "Lin", "Editor", "Ma", "End")]
    assert line_numbers(text, offsets).tolist() == [0, 0, 1, 1, 2]
    assert line_numbers("", []).tolist() == []


def test_of_two_spans_that_are_all_but_as_likely_the_shorter_is_taken() -> None:
    # "Emmett Shear" | "Emmett Shear, who left Twitch": 4 + 4 - 0.3 log 2 = 7.79 beats 4 + 4.3 - 0.3 log 6 = 7.76.
    start = np.array([[4.0, 0, 0, 0, 0, 0]], dtype=np.float32)
    end = np.array([[0, 4.0, 0, 0, 0, 4.3]], dtype=np.float32)
    _, last, score = best_tokens(start, end, np.zeros((1, 6), np.int64))
    assert last[0] == 1
    assert score[0] == pytest.approx(8 - BREVITY * math.log(2))


@pytest.mark.parametrize(
    ("text", "span", "tidied"),
    [
        ("He, Emmett Shear.", ", Emmett Shear.", "Emmett Shear"),
        ("près d’un milliard", " milliar", "milliard"),
        ("微軟CEO Satya Nadella一直", " Satya Nadella", "Satya Nadella"),
        ("投資了130億美元,,是", "130億美元,,", "130億美元"),
        ("(CSET)的Helen Toner", "(CSET)", "(CSET)"),
        ("(CSET)的Helen Toner", "CSET)", "CSET"),
        ("de « père de ChatGPT »", "« père de ChatGPT", "père de ChatGPT"),
        ("memiliki 49% saham", "49% ", "49%"),
        ("92 % des entreprises", "92", "92 %"),
        ("bernilai $ 86 miliar", "86 miliar", "$ 86 miliar"),
        ("bernilai $ 86 miliar, naik", "$ 86 miliar,", "$ 86 miliar"),
        ("Adam D'Angelo", "Adam D'Angelo", "Adam D'Angelo"),
        ("turun menjadi -5 % pada Mei", "5", "-5 %"),
        ("turun menjadi −5,2% pada Mei", "5,2%", "−5,2%"),
        ("antara 20-50 orang", "50 orang", "50 orang"),
        ("OpenAI merilis GPT-4", "4", "4"),
        ("mencapai $ 39,1 juta", "39", "$ 39,1"),
        ("mencapai $ 39,1 juta", "1 juta", "$ 39,1 juta"),
        ("vers 9:30 environ", "30", "9:30"),
        ("coûte 86 € de plus", "86", "86 €"),
        ("le 5 $10 et plus", "5", "5"),
        ("giá 500 ₫ mỗi cái", "500", "500 ₫"),
        ("worth US$ 86 billion", "86 billion", "US$ 86 billion"),
        ("in the U.S. today", "U.S.", "U.S."),
        ("He left the board.", "board.", "board"),
        ("tổng cộng 2 đến 50%.", "2 đến 50%.", "2 đến 50%"),
        ("Le\u0301a Shear", "Le", "Le\u0301a"),
    ],
)
def test_a_span_is_trimmed_to_what_is_said_and_widened_to_whole_words(text: str, span: str, tidied: str) -> None:
    start = text.index(span)
    first, last = tidy(text, start, start + len(span))
    assert text[first:last] == tidied


@given(st.text(min_size=1, max_size=40), st.data())
def test_a_tidy_span_has_no_space_at_its_ends_and_stays_tidy(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = tidy(text, start, end)
    assert 0 <= first <= last <= len(text)
    assert text[first:last] == text[first:last].strip()

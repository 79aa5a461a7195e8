"""Sentences and tiles cover a text, and a window round an answer holds it."""

import random

import pytest

from bot.training.batches import token_span
from bot.training.windows import around, sentences, tiles

TEXTS = [
    "Một câu. Hai câu! Ba câu? Bốn câu.",
    "蘇茨克維主導了此次罷免,。后三人均不是OpenAI的員工。完",
    "No end at all",
    "Un.\nDeux lignes.\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_sentences_and_tiles_cover_the_text(text: str) -> None:
    for cut in (sentences(text), tiles(text, 2)):
        assert "".join(text[start:end] for start, end in cut) == text


@pytest.mark.parametrize("text", TEXTS)
def test_a_window_holds_the_answer_it_was_cut_around(text: str) -> None:
    chance = random.Random(0)
    for start in range(len(text) - 2):
        low, high = around(text, start, start + 2, chance.randint(1, 4), chance)
        assert low <= start
        assert start + 2 <= high


def test_a_lone_metaspace_is_no_part_of_an_answer() -> None:
    offsets = [(0, 1), (0, 1), (1, 3), (3, 6)]  # "▁", "財", "聯社", "報導說"
    assert token_span(offsets, 0, 3) == (1, 2)

"""Rivals: what the reader chose and what does not answer, once a language, going on where it broke off."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.reader import Span
from bot.training.corpora import Paragraph, Question
from bot.training.negatives import pool
from bot.training.rivals import mine, put, read, rivals

TEXT = "Emmett Shear replaced Altman. Mira Murati stood in for two days. Greg Brockman left with him."
ASKED = {"en": "who replaced Altman?", "fr": "qui a remplacé Altman ?"}
QUESTIONS = tuple(Question(f"made-1-{code}", text, code, 0, "Emmett Shear") for code, text in ASKED.items())
STORY = Paragraph(TEXT, "en", "articles", "made", "made:en:0", QUESTIONS)


class Keen:
    """Takes the last capital of every text for the answer, and the longer text for the likelier."""

    name = fingerprint = "keen"

    def __init__(self) -> None:
        self.read_texts = 0

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        self.read_texts += len(texts)
        return [self._last_capital(text) for text in texts]

    def _last_capital(self, text: str) -> Span:
        start = max((i for i, char in enumerate(text) if char.isupper()), default=None)
        return Span(0, 0, 0.0, 0.0) if start is None else Span(start, start + 1, float(len(text)), 0.0)

    def compare(self, question: str, texts: Sequence[str]) -> list[float]:
        raise AssertionError("rivals are read one by one")


def test_rivals_are_the_sentences_of_the_strongest_spans_that_do_not_answer() -> None:
    texts = [
        "He left. Greg Brockman left with him.",
        "now Emmett Shear leads it for good, they say.",
        "Ilya stayed.",
        "none",
    ]
    assert rivals(QUESTIONS[0], texts, Keen()) == ["Greg Brockman left with him.", "Ilya stayed."]


def test_all_questions_of_ours_are_put_in_one_language_before_any_is_in_another() -> None:
    public = Paragraph(TEXT, "en", "xquad", "other", "other", QUESTIONS)
    again = tuple(replace(one, id=f"made-2-{one.language}", text=one.text.upper()) for one in QUESTIONS)
    asked = put([public, STORY, replace(STORY, questions=again), STORY])
    assert {paragraph.source for paragraph, _ in asked} == {"articles"}
    assert [question.id[:6] for _, question in asked[:2]] == [question.id[:6] for _, question in asked[2:]]
    assert {question.id for _, question in asked} == {f"made-{i}-{code}" for i in (1, 2) for code in ASKED}
    assert len(asked) == 4


def test_what_is_asked_in_other_languages_than_its_neighbours_is_put_as_soon_as_they() -> None:
    others = tuple(
        Question(f"made-{i}-{code}", f"{i} {code}?", code, None, "") for i in range(9) for code in ("vi", "zh")
    )
    asked = put([replace(STORY, questions=QUESTIONS + others)])
    names = [question.id.rpartition("-")[0] for _, question in asked]
    assert len(names) == 20
    assert set(names[:10]) == set(names[10:]) == set(names)


def test_mining_goes_on_after_a_break_and_reads_what_is_close_where_an_article_is_short(tmp_path: Path) -> None:
    other = Paragraph("Satya Nadella hired him.", "en", "xquad", "other", "other", ())
    more = Paragraph(
        TEXT, "en", "articles", "more", "more", (Question("made-2-en", "who stood in?", "en", 30, "Mira"),)
    )
    paragraphs = [STORY, other, more]
    windows = pool(paragraphs)
    near = {q.text: np.array([[1, 1]], dtype=np.int32) for one in paragraphs for q in one.questions}
    out, reader = tmp_path / "rivals.jsonl", Keen()
    mine(paragraphs, windows, near, reader, out, most=1)
    assert len(read(out)) == 1
    mine(paragraphs, windows, near, reader, out, most=9)
    assert len(read(out)) == 3
    assert reader.read_texts == 6  # each question: its own article, one window, and the one that is close
    assert all("Satya Nadella hired him." in found for found in read(out).values())
    mine(paragraphs, windows, near, reader, out, most=9)
    assert reader.read_texts == 6

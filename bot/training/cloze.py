"""Questions made from parallel news (NTREX), for the language pairs that no question-answering set covers.

A name or number that stands, spelled alike, once in a sentence and in its translation is asked for: the sentence in
one language with the name replaced by that language's question word, over the document in another language (cloze
translation without the translation: Lewis, Denoyer & Riedel 2019). All twenty pairs of the five languages, in the
language of news.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.training.corpora import join

_NAME = re.compile(r"(?<!\w)[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*(?!\w)")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,]*\d(?![\w])|(?<![\w.,])\d(?![\w.,])")
_WORDS = {  # the question words for a name and for a number
    "en": (("Who", "Which", "What"), ("How many", "How much", "Which number")),
    "vi": (("Ai", "Cái gì", "Tên nào"), ("Bao nhiêu", "Mấy")),
    "fr": (("Qui", "Quoi", "Quel nom"), ("Combien", "Quel nombre")),
    "zh": (("谁", "什么", "哪个"), ("多少", "几")),
    "id": (("Siapa", "Apa", "Nama apa"), ("Berapa", "Berapa banyak")),
}
_AROUND = 90  # characters kept on each side of the gap, cut at a space


@dataclass(frozen=True, slots=True)
class Cloze:
    """One gap: document and sentences' [start, end) by language, and the question in each language that has it."""

    texts: dict[str, str]
    lines: dict[str, list[tuple[int, int]]]
    sentence: int
    answer: str
    questions: dict[str, str]
    pairs: tuple[tuple[str, str], ...]


def make(documents: Sequence[dict[str, list[str]]], seed: int) -> list[Cloze]:
    """Make the gaps of all documents."""
    rng = random.Random(f"{seed}-cloze")
    made: list[Cloze] = []
    for document in documents:
        texts, lines = {}, {}
        for language, rows in document.items():
            texts[language], starts = join(rows, language)
            lines[language] = [(start, start + len(row)) for start, row in zip(starts, rows, strict=True)]
        for number in range(len(document["en"])):
            rows_here = {c: document[c][number] for c in document}
            for answer, kind in _answers(rows_here["en"]):
                holders = [c for c, row in rows_here.items() if row.count(answer) == 1]
                if len(holders) < 2:
                    continue
                questions = {c: _question(rows_here[c], answer, kind, c, rng) for c in holders}
                pairs = tuple((c, q) for c in holders for q in holders if c != q)
                made.append(Cloze(texts, lines, number, answer, questions, pairs))
    return made


def _answers(sentence: str) -> list[tuple[str, int]]:
    names = [(m.group(), 0) for m in _NAME.finditer(sentence) if m.start() > 0 and len(m.group()) > 3]
    return names + [(m.group(), 1) for m in _NUMBER.finditer(sentence) if len(m.group()) > 1]


def _question(sentence: str, answer: str, kind: int, language: str, rng: random.Random) -> str:
    """Replace the answer by a question word, keep the words about it and end with a question mark."""
    at = sentence.index(answer)
    before, after = sentence[:at], sentence[at + len(answer) :]
    reach = _AROUND // 3 if language == "zh" else _AROUND
    if len(before) > reach:
        before = before[-reach:]
        before = before if language == "zh" else before[before.find(" ") + 1 :]
    if len(after) > reach:
        after = after[:reach]
        after = after if language == "zh" else after[: after.rfind(" ")]
    word = rng.choice(_WORDS[language][kind])
    if rng.random() < 0.5:  # the question word first, as questions mostly have it
        joint = "" if language == "zh" else " "
        return f"{word}{joint}{before.strip()}{joint}{after.strip(' .。')}?"
    return f"{before}{word.lower()}{after.rstrip(' .。')}?"

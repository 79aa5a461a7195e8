"""Hard negatives: for every question, the closest windows of each language that are not its own.

As the retriever does at use: dense scores of the encoder in the package, then the best of each language of the pool.
Windows of the question's paragraph or of a twin (a translation, the same context in another set) never count; what
holds the answer's text is left to `groups.py`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.training.corpora import Paragraph
from bot.training.windows import tiles
from bot.training.written import load_all
from index.embedded_encoder import EmbeddedEncoder

log = logging.getLogger(__name__)
SENTENCES = 3  # of a window, as at use
PER_LANGUAGE = 8  # kept for each question


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch [start, end) of one paragraph, by the paragraph's number."""

    paragraph: int
    start: int
    end: int

    def text(self, paragraphs: Sequence[Paragraph]) -> str:
        """Cut it out of its paragraph."""
        return paragraphs[self.paragraph].text[self.start : self.end]


def pool(paragraphs: Sequence[Paragraph]) -> list[Window]:
    """Cut every paragraph into windows; copies in the other Chinese script are left out."""
    found: list[Window] = []
    seen: set[tuple[str, str]] = set()
    for number, paragraph in enumerate(paragraphs):
        key = (paragraph.language, paragraph.twin)
        if key in seen:
            continue
        seen.add(key)
        found += [Window(number, a, b) for a, b in tiles(paragraph.text, SENTENCES) if b - a >= 20]
    return found


def mine(
    paragraphs: Sequence[Paragraph],
    windows: Sequence[Window],
    rows: NDArray[np.float32],
    questions: dict[str, NDArray[np.float32]],
) -> dict[str, NDArray[np.int32]]:
    """Find for each question text its closest windows: {text: (languages, PER_LANGUAGE) window numbers}."""
    languages = sorted({p.language for p in paragraphs})
    by_language = {
        c: np.array([i for i, w in enumerate(windows) if paragraphs[w.paragraph].language == c]) for c in languages
    }
    twins = np.array([paragraphs[w.paragraph].twin for w in windows])
    own: dict[str, set[str]] = {}
    for paragraph in paragraphs:
        for question in paragraph.questions:
            own.setdefault(question.text, set()).add(paragraph.twin)
    found: dict[str, NDArray[np.int32]] = {}
    texts = list(questions)
    for at in range(0, len(texts), 512):
        batch = texts[at : at + 512]
        scores = np.stack([questions[t] for t in batch]) @ rows.T
        result = np.zeros((len(batch), len(languages), PER_LANGUAGE), dtype=np.int32)
        for c, language in enumerate(languages):
            members = by_language[language]
            top = min(len(members) - 1, PER_LANGUAGE + 24)
            best = np.argpartition(-scores[:, members], top, axis=1)[:, :top]
            for row, text in enumerate(batch):
                ranked = members[best[row][np.argsort(-scores[row, members[best[row]]])]]
                kept = [i for i in ranked if twins[i] not in own[text]][:PER_LANGUAGE]
                result[row, c, : len(kept)] = kept
                result[row, c, len(kept) :] = kept[-1]
        found.update(zip(batch, result, strict=True))
    return found


def save(path: Path, windows: Sequence[Window], found: dict[str, NDArray[np.int32]]) -> None:
    """Write windows and negatives as one npz; the questions' texts as UTF-8, parted by NUL."""
    table = np.array([(w.paragraph, w.start, w.end) for w in windows], dtype=np.int32)
    texts = np.frombuffer("\0".join(found).encode(), dtype=np.uint8)
    np.savez(path, windows=table, texts=texts, near=np.stack(list(found.values())))


def read(path: Path) -> tuple[list[Window], dict[str, NDArray[np.int32]]]:
    """Read what `save` wrote."""
    with np.load(path) as data:
        windows = [Window(int(p), int(a), int(b)) for p, a, b in data["windows"]]
        texts = bytes(data["texts"]).decode().split("\0")
        return windows, dict(zip(texts, data["near"], strict=True))


def build_all(data: Path, out: Path) -> None:
    """Mine the negatives of all training questions; ten minutes on two cores."""
    paragraphs = load_all(data)
    windows, encoder = pool(paragraphs), EmbeddedEncoder()
    questions = list(dict.fromkeys(q.text for p in paragraphs for q in p.questions))
    log.info("encoding %d windows and %d questions", len(windows), len(questions))
    rows = encoder.encode_document([window.text(paragraphs) for window in windows])
    asked = encoder.encode_query(questions)
    save(out, windows, mine(paragraphs, windows, rows, dict(zip(questions, asked, strict=True))))


def load(data: Path, near: Path) -> tuple[list[Paragraph], list[Window], dict[str, NDArray[np.int32]]]:
    """Return all training paragraphs, their windows and the questions' negatives, mined where `near` is not there.

    Raises SystemExit if `near` was mined from other paragraphs or questions than there are now.
    """
    if not near.exists():
        build_all(data, near)
    paragraphs, (windows, found) = load_all(data), read(near)
    if windows != pool(paragraphs) or any(q.text not in found for p in paragraphs for q in p.questions):
        raise SystemExit(f"{near} was mined from other data than there is now: remove it, and it is mined anew")
    return paragraphs, windows, found

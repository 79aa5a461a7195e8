"""Rivals: the sentences that the reader takes for the answer to a question and that do not hold it.

Passages are read one by one, and each gives the best it has. What the comparison (`Reader.compare`) is to tell the
answer from is therefore what the reader itself chose, harder than a sentence at random of a close window. So a reader,
that of the package or another, reads each question's whole story, and the sentences of its strongest spans are kept,
as at use; where there is no story, it reads the windows closest to the question (`negatives.py`) besides.

    python -m bot.training.rivals --data shared/datasets --negatives negatives.npz --out rivals.jsonl

Goes on where it was cut off.
"""

import argparse
import json
import logging
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.embedded_reader import MODEL, EmbeddedReader
from bot.reader import Reader
from bot.training import negatives
from bot.training.corpora import Paragraph, Question
from bot.training.negatives import Window
from bot.training.windows import holding, sentences
from bot.training.written import OWN, records

log = logging.getLogger(__name__)
STORY = 12  # windows; an article with fewer is told by one newsroom
NEAREST = 3  # windows of each language that are read beside such an article
KEPT = 8  # sentences of a question


def rivals(question: Question, texts: Sequence[str], reader: Reader) -> list[str]:
    """Return the sentences of the strongest spans that do not hold an answer, strongest first."""
    spans = reader.read(question.text, texts)
    found = []
    for span, text in sorted(zip(spans, texts, strict=True), key=lambda pair: -pair[0].margin):
        if span.start == span.end:
            continue
        split = sentences(text)
        first, last = holding(split, span.start, span.end)
        line = " ".join(text[split[first][0] : split[last][1]].split())
        if not question.answered_in(line):
            found.append(line)
    return list(dict.fromkeys(found))[:KEPT]


def put(paragraphs: Iterable[Paragraph]) -> list[tuple[Paragraph, Question]]:
    """Return the questions of our own, mixed, the first source's first: each in one language, then each in the next."""
    sources, chosen = list(OWN), dict[str, tuple[tuple[int, int, int], Paragraph, Question]]()
    for paragraph in paragraphs:
        if paragraph.source not in OWN:
            continue
        source, codes = sources.index(paragraph.source), defaultdict[str, list[str]](list)
        for question in paragraph.questions:
            codes[_asked(question)].append(question.language)
        for question in paragraph.questions:
            asked = _asked(question)
            place = zlib.crc32(asked.encode())
            turn = (sorted(codes[asked]).index(question.language) - place) % len(codes[asked])
            chosen.setdefault(question.text, ((turn, source, place), paragraph, question))
    ordered = sorted(chosen.values(), key=lambda entry: (entry[0], entry[2].text))
    return [(paragraph, question) for _, paragraph, question in ordered]


def _asked(question: Question) -> str:
    """Name what a question asks, in whichever language."""
    return question.id.rpartition("-")[0]


def read(path: Path) -> dict[str, list[str]]:
    """Read what was mined: the rivals of each question, by its text."""
    return {row["question"]: row["rivals"] for row in records(path)}


def mine(
    paragraphs: Sequence[Paragraph],
    windows: Sequence[Window],
    near: Mapping[str, NDArray[np.int32]],
    reader: Reader,
    out: Path,
    most: int,
) -> None:
    """Append rivals to a file until it holds those of so many questions."""
    articles: dict[str, list[str]] = defaultdict(list)
    for window in windows:
        articles[paragraphs[window.paragraph].article].append(window.text(paragraphs))
    done = set(read(out)) if out.exists() else set()
    with out.open("a", encoding="utf-8") as sink:
        for paragraph, question in put(paragraphs):
            if len(done) >= most:
                break
            if question.text in done:
                continue
            texts = articles[paragraph.article]
            if len(texts) < STORY:
                closest = dict.fromkeys(near[question.text][:, :NEAREST].ravel().tolist())
                texts = texts + [windows[i].text(paragraphs) for i in closest]
            row = {"question": question.text, "rivals": rivals(question, texts, reader)}
            sink.write(json.dumps(row, ensure_ascii=False) + "\n")
            sink.flush()
            done.add(question.text)
            if len(done) % 100 == 0:
                log.info("%d questions", len(done))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--negatives", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=8000, help="questions")
    parser.add_argument("--reader", type=Path, default=MODEL, help="the model that reads")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    mine(*negatives.load(given.data, given.negatives), EmbeddedReader(given.reader), given.out, given.most)


if __name__ == "__main__":
    main()

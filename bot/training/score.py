"""How well a reader reads gold paragraphs it was not trained on, as a Markdown table.

Official scoring: SQuAD 1.1's EM and F1 (Rajpurkar et al. 2016) with MLQA's normalisation (Lewis et al. 2020), as in
`metrics`; SQuAD 2.0's treatment of unanswerable questions for IDK-MRC. MLQA's half A (nine pairs), TyDi QA's and
IDK-MRC's Indonesian validation files, the PIAF articles that training never sees.

    python -m bot.training.score --data ../shared/datasets --model bot/models/reader.onnx

With `--stories` it reads stretches of the stories aside instead, most of them longer than a window: for choosing how to
read long texts, which is not to be chosen on the sets above.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from bot.embedded_reader import MODEL, WINDOW, EmbeddedReader
from bot.metrics import exact_match, f1
from bot.training import corpora
from bot.training.aside import ASIDE, stories

STRETCHES, STRETCHES_ZH = (1100, 1700), (420, 650)  # characters, in an alphabet and in Chinese


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its paragraph and accepted answers (none: unanswerable)."""

    cell: str
    question: str
    context: str
    language: str
    answers: tuple[str, ...]


def items(data: Path) -> list[Item]:
    """Load every cell."""
    made: list[Item] = []
    for context in ("en", "vi", "zh"):
        for question in ("en", "vi", "zh"):
            loaded = json.loads(
                (data / f"mlqa/dev-context-{context}-question-{question}.json").read_text(encoding="utf-8")
            )
            for paragraph in (p for article in loaded["data"] for p in article["paragraphs"]):
                for qa in paragraph["qas"]:
                    answers = tuple(a["text"] for a in qa["answers"])
                    made.append(
                        Item(f"mlqa {context}-{question}", qa["question"], paragraph["context"], context, answers)
                    )
    for name, cell in (("tydiqa-goldp-id", "tydi id"), ("idk-mrc", "idk-mrc")):
        for paragraph in json.loads((data / name / "valid.json").read_text(encoding="utf-8")):
            for qa in paragraph["qas"]:
                answers = () if qa.get("is_impossible") else tuple(a["text"] for a in qa["answers"] if a["text"])
                made.append(Item(cell, qa["question"], paragraph["context"], "id", answers))
    for held in corpora.load_piaf_aside(data):
        made += [Item("piaf aside", q.text, held.text, "fr", (q.answer,)) for q in held.questions]
    return made


def stretches(seed: int) -> list[Item]:
    """Cut a stretch about the answer, as one line, out of an article that answers a question of the stories aside."""
    rng, made = random.Random(seed), []
    for story in chain.from_iterable(map(stories, ASIDE)):
        for question in story.questions:
            if not question.evidence:
                continue
            evidence = rng.choice(question.evidence)
            code = evidence.article.removesuffix(".txt")
            text, length = story.articles[code], rng.choice(STRETCHES_ZH if code == "zh" else STRETCHES)
            at = text.index(evidence.quote)
            low = max(0, at - rng.randint(0, length - len(evidence.quote)))
            context, _ = corpora.join(text[low : low + length].split("\n"), code)
            made.append(Item(f"stories {code}", question.text, context, code, question.answers))
    return made


def evaluate(reader: EmbeddedReader, chosen: Sequence[Item], threshold: float) -> list[dict[str, float | str]]:
    """Score the items; a cell with unanswerable questions also with refusals where the margin is below `threshold`."""
    cells: dict[str, list[tuple[Item, str, float]]] = {}
    for item in chosen:
        span = reader.read(item.question, [item.context])[0]
        cells.setdefault(item.cell, []).append((item, item.context[span.start : span.end], span.margin))
    return [_scored(cell, rows, threshold) for cell, rows in cells.items()]


def _scored(cell: str, rows: Sequence[tuple[Item, str, float]], threshold: float) -> dict[str, float | str]:
    answerable = [row for row in rows if row[0].answers]
    impossible = [row for row in rows if not row[0].answers]
    scored: dict[str, float | str] = {
        "cell": cell,
        "n": len(answerable),
        "EM": _mean([exact_match(found, item.answers, item.language) for item, found, _ in answerable]),
        "F1": _mean([f1(found, item.answers, item.language) for item, found, _ in answerable]),
        "answered": _mean([margin > threshold for _, _, margin in answerable]),
    }
    if impossible:
        scored["F1 with refusals"] = _mean(
            [f1(found if margin > threshold else "", item.answers, item.language) for item, found, margin in answerable]
        )
        scored["refused"] = _mean([margin <= threshold for _, _, margin in impossible])
        scored["n impossible"] = len(impossible)
    return scored


def _mean(values: Sequence[float]) -> float:
    return 100 * float(np.mean(values))


def markdown(table: Sequence[dict[str, float | str]]) -> str:
    """Lay the rows out as a Markdown table."""
    columns = ["cell", "n", "EM", "F1", "answered", "F1 with refusals", "refused", "n impossible"]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in table:
        cells = [row.get(c, "") for c in columns]
        lines.append("| " + " | ".join(f"{c:.1f}" if isinstance(c, float) else str(c) for c in cells) + " |")
    return "\n".join(lines)


def sample(everything: Sequence[Item], most: int, seed: int) -> list[Item]:
    """Keep at most `most` items of each cell, at random by `seed`."""
    by_cell: dict[str, list[Item]] = {}
    for item in everything:
        by_cell.setdefault(item.cell, []).append(item)
    rng = random.Random(seed)
    return [item for rows in by_cell.values() for item in (rows if len(rows) <= most else rng.sample(rows, most))]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--data", type=Path)
    chosen.add_argument("--stories", action="store_true", help="read stretches of the stories aside instead")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--window", type=int, default=WINDOW, help="tokens that are read at once")
    parser.add_argument("--most", type=int, default=1_000_000, help="items of a cell")
    parser.add_argument("--threshold", type=float, default=0.0, help="refuse where the margin is not above this")
    given = parser.parse_args()
    try:
        reader = EmbeddedReader(given.model, window=given.window)
    except ValueError as error:
        parser.error(f"--window: {error}")
    everything = stretches(7) if given.stories else items(given.data)
    table = evaluate(reader, sample(everything, given.most, 7), given.threshold)
    sys.stdout.write(markdown(table) + "\n")


if __name__ == "__main__":
    main()

"""Answers a second, reader included, at 1, 8 and 32 questions at once; and what reading them together would gain.

    python -m tests.benchmarks.answers [--questions N]

One service answers the development questions over the seed articles: from as many threads as there are questions at
once, as the Discord bot asks it. The second table is a prototype of what the product does not do: the windows of
several questions are read in the same runs of the network, and compared with reading one question after another.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bot.config import Config
from bot.embedded_reader import EMPTY, EmbeddedReader
from bot.reader import Span
from bot.service import Service
from bot.windows import batches
from index.encoders import load_encoder
from index.indexing import update_index
from tests.benchmarks.latency import QUESTIONS, ROOT

AT_ONCE = (1, 8, 32)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.answers")
    parser.add_argument("--questions", type=int, default=64, help="how many are asked for each figure")
    count = parser.parse_args().questions
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines[:count]]
    with tempfile.TemporaryDirectory() as temporary:
        update_index(Path(temporary), [ROOT / "seeds"], load_encoder())
        service = Service(Config(), Path(temporary))
        service.ask(questions[0])
        print("| questions at once | answers a second |\n|---|---|")
        for at_once in AT_ONCE:
            with ThreadPoolExecutor(at_once) as pool:
                started = time.perf_counter()
                list(pool.map(service.ask, questions))
                print(f"| {at_once} | {len(questions) / (time.perf_counter() - started):.1f} |")
        print()
        _together(service, questions)


def _together(service: Service, questions: Sequence[str]) -> None:
    reader = service.reader
    if not isinstance(reader, EmbeddedReader):
        return
    top_k = service.config.answer.passages
    texts = [[hit.passage.text for hit in service.search(one, top_k=top_k)[1].hits] for one in questions]
    started = time.perf_counter()
    alone = [reader.read(question, some) for question, some in zip(questions, texts, strict=True)]
    before = time.perf_counter() - started
    print("| questions read together | questions a second | × one by one | same spans |\n|---|---|---|---|")
    print(f"| 1 | {len(questions) / before:.1f} | 1.00 | |")
    for size in AT_ONCE[1:]:
        started = time.perf_counter()
        spans: list[list[Span]] = []
        for first in range(0, len(questions), size):
            some = slice(first, first + size)
            spans += read_together(reader, questions[some], texts[some])
        taken = time.perf_counter() - started
        pairs = [pair for one, other in zip(alone, spans, strict=True) for pair in zip(one, other, strict=True)]
        same = sum((one.start, one.end) == (other.start, other.end) for one, other in pairs)
        print(f"| {size} | {len(questions) / taken:.1f} | {before / taken:.2f} | {same} of {len(pairs)} |")


def read_together(reader: EmbeddedReader, questions: Sequence[str], texts: Sequence[Sequence[str]]) -> list[list[Span]]:
    """Return what `reader.read` returns for each question and its texts, the windows of all in the same runs."""
    joined = [text for some in texts for text in some]
    windows, before = [], 0
    for question, some in zip(questions, texts, strict=True):
        windows += [replace(window, text=before + window.text) for window in reader._windows(question, some)]
        before += len(some)
    best = [EMPTY] * len(joined)
    for batch in batches(windows):
        for window, span in zip(batch, reader._read(batch, joined), strict=True):
            if span.margin > best[window.text].margin:
                best[window.text] = span
    spans = iter(best)
    return [[next(spans) for _ in some] for some in texts]


if __name__ == "__main__":
    main()

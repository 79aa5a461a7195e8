"""Answers a second, reader included, at 1, 8 and 32 questions at once; and what reading them together would gain.

    python -m tests.benchmarks.answers [--questions N]

One service answers the development questions over the seed articles: from as many threads as there are questions at
once, as the Discord bot asks it. The second table is a prototype of what the product does not do: windows of like
length, those of several questions too, are read in one run of the network by all cores, not one a run and core.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bot.config import Config
from bot.embedded_reader import MODEL, EmbeddedReader
from bot.service import Service
from bot.windows import Window
from index.encoders import load_encoder
from index.indexing import update_index
from index.onnx_session import OnnxSession
from index.pieces import Pieces
from tests.benchmarks.latency import QUESTIONS, ROOT

AT_ONCE = (1, 8, 32)
BATCH_TOKENS = 2048  # padded tokens of a run: enough to fill two cores, little enough to stay in their caches


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
    for question, some in zip(questions, texts, strict=True):
        reader.read(question, some)
    before = time.perf_counter() - started
    print("| windows in one run | questions a second | × as the product reads |\n|---|---|---|")
    print(f"| 1, on each core | {len(questions) / before:.1f} | 1.00 |")
    session = OnnxSession(MODEL, fuse=False)
    for size in AT_ONCE:
        started = time.perf_counter()
        for first in range(0, len(questions), size):
            windows: list[Window] = []
            for question, some in zip(questions[first : first + size], texts[first : first + size], strict=True):
                windows += reader._windows(question, some)
            for batch in batches(windows):
                _run(session, reader._pieces, batch)
        taken = time.perf_counter() - started
        print(f"| several, of {size} questions | {len(questions) / taken:.1f} | {before / taken:.2f} |")


def batches(windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Yield windows of like length together, at most BATCH_TOKENS padded tokens at a time."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda one: len(one.ids)):
        if batch and (len(batch) + 1) * len(window.ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _run(session: OnnxSession, pieces: Pieces, batch: Sequence[Window]) -> None:
    """Run windows together, for the time it takes: what pads the shorter ones is read with them."""
    ids = np.full((len(batch), max(len(window.ids) for window in batch)), pieces.pad, dtype=np.int64)
    for row, window in enumerate(batch):
        ids[row, : len(window.ids)] = window.ids
    session.run(["span", "null"], {"rows": pieces.rows(ids)})


if __name__ == "__main__":
    main()

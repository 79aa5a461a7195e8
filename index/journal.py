"""What an index run has encoded, kept beside the generations until one holds it, so that a kill costs no vectors.

    INDEX/encoded.journal   a line that names the encoder, then blocks: magic, count, CRC-32, digests, vectors, codes

Blocks are only ever appended, each with a checksum over all of it: a kill in the middle of one leaves a torn tail,
which is cut off by the next run, and what stands before it counts. Blocks are not flushed to the disk one by one: a
power cut may cost the last of them, and only time. The caller holds the index's lock.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from index.passages import SENTENCES
from index.sentence_vectors import PassageVectors

NAME = "encoded.journal"
MAGIC = b"PQJ1"
MOST = 1 << 16  # passages in a block: more means that the head itself is damaged
_HEAD = struct.Struct("<4sII")  # magic, count, CRC-32 of what follows
DIGEST = np.dtype("V16")


class Journal:
    """The passages encoded since the last generation; a journal of another encoder is begun anew."""

    def __init__(self, index: Path, fingerprint: str, dimension: int) -> None:
        """Name the journal of `index`; nothing is read or written yet."""
        self.path = index / NAME
        self._first = f"polyquote journal 2 {fingerprint} {dimension}\n".encode()
        self._dimension = dimension
        self._end = 0

    def read(self) -> Iterator[tuple[NDArray[np.void], PassageVectors]]:
        """Yield the digests and vectors of each whole block; what follows the last whole one will be written over."""
        self._end = 0
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            if file.readline(len(self._first)) != self._first:
                return
            self._end = len(self._first)
            while (block := self._block(file)) is not None:
                self._end = file.tell()
                yield block

    def append(self, digests: NDArray[np.void], vectors: PassageVectors) -> None:
        """Write a block behind what was read and appended; raises OSError if the disk refuses."""
        body = digests.tobytes() + vectors.passages.astype("<f4").tobytes() + vectors.sentences.tobytes()
        with self.path.open("r+b" if self.path.exists() else "w+b") as file:
            file.seek(self._end)
            file.truncate()
            if not self._end:
                file.write(self._first)
            file.write(_HEAD.pack(MAGIC, len(digests), zlib.crc32(body)) + body)
            file.flush()
            self._end = file.tell()

    def _block(self, file: BinaryIO) -> tuple[NDArray[np.void], PassageVectors] | None:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        magic, count, checksum = _HEAD.unpack(head)
        if magic != MAGIC or count > MOST:
            return None
        size = count * (DIGEST.itemsize + (4 + SENTENCES) * self._dimension)
        body = file.read(size)
        if len(body) < size or zlib.crc32(body) != checksum:
            return None
        digests = np.frombuffer(body, dtype=DIGEST, count=count)
        vectors = np.frombuffer(body, dtype="<f4", count=count * self._dimension, offset=digests.nbytes)
        codes = np.frombuffer(body, dtype=np.int8, offset=digests.nbytes + vectors.nbytes)
        return digests, PassageVectors(
            vectors.reshape(count, self._dimension), codes.reshape(count, SENTENCES, self._dimension)
        )

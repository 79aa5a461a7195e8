"""Passages → their rows of vectors: taken from where they stand already, or encoded, and never twice.

A passage is known by the digest of its text. Its vector may stand in the generation before or in the journal of a run
that was cut short; what is left is encoded, longest first within a batch, so that the cores finish together. Rows are
written to a file that is mapped into memory, so what is held there does not grow with the corpus.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoders import Encoder, Vectors
from index.journal import DIGEST, NAME, Journal

BATCH = 256  # passages encoded between two blocks of the journal and two reports of progress
COPIED = 1 << 14  # vectors copied at a time
SCRATCH = "vectors.part"

Progress = Callable[[int, int], None]
"""Called with how many passages are encoded and how many are to be."""


def digests_of(texts: Sequence[str]) -> NDArray[np.void]:
    """Return the BLAKE2b-128 of each text, `(n,)` of 16 bytes."""
    return np.frombuffer(b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts), DIGEST)


@contextmanager
def room_for_vectors(index: Path, n: int, dimension: int) -> Iterator[Vectors]:
    """Give `(n, dimension)` float32 in a file of `index` that is gone afterwards; raises OSError if the disk does."""
    if not n:
        yield np.empty((0, dimension), dtype=np.float32)
        return
    path = index / SCRATCH
    try:
        with path.open("wb") as file:
            _reserve(file.fileno(), 4 * n * dimension)
        yield np.memmap(path, np.float32, "r+", shape=(n, dimension))
    finally:
        path.unlink(missing_ok=True)


def tidy(index: Path) -> None:
    """Remove what a run that was cut short has left, once there is nothing to go on with."""
    (index / SCRATCH).unlink(missing_ok=True)
    (index / NAME).unlink(missing_ok=True)


def _reserve(file: int, size: int) -> None:
    # subtle: a page of a mapped file that the disk has no room for kills the process, so room is made first.
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.ftruncate(file, size)


def fill_vectors(
    vectors: Vectors,
    digests: NDArray[np.void],
    text: Callable[[int], str],
    known: tuple[NDArray[np.void], Vectors] | None,
    encoder: Encoder,
    journal: Journal,
    progress: Progress,
) -> int:
    """Write each passage's vector to its row of `vectors`, and return how many were encoded.

    `text` gives a row's text; `known` are the digests and vectors of the generation before, if they are this encoder's.
    """
    names, rows, inverse = np.unique(_sortable(digests), return_index=True, return_inverse=True)
    missing = np.ones(len(names), dtype=np.bool_)
    if known is not None:
        order = np.argsort(_sortable(known[0]), kind="stable")
        for some in _stretches(len(order)):
            _take(names, rows, missing, vectors, known[0][order[some]], known[1][order[some]])
    for block in journal.read():
        _take(names, rows, missing, vectors, *block)
    wanted = np.sort(rows[missing])
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH].tolist()
        texts = {row: text(row) for row in batch}
        longest_first = sorted(batch, key=lambda row: -len(texts[row].encode()))
        vectors[longest_first] = encoder.encode_document([texts[row] for row in longest_first])
        journal.append(digests[longest_first], vectors[longest_first])
        progress(start + len(batch), len(wanted))
    for some in _stretches(len(digests)):
        vectors[some] = vectors[rows[inverse[some]]]
    return len(wanted)


def _take(
    names: NDArray[np.bytes_],
    rows: NDArray[np.int64],
    missing: NDArray[np.bool_],
    vectors: Vectors,
    digests: NDArray[np.void],
    found: Vectors,
) -> None:
    """Write the vectors whose digest is among `names` to the rows of their first passages."""
    if not len(names):
        return
    own = _sortable(digests)
    at = np.minimum(np.searchsorted(names, own), len(names) - 1)
    hit = names[at] == own
    vectors[rows[at[hit]]] = found[hit]
    missing[at[hit]] = False


def _sortable(digests: NDArray[np.void]) -> NDArray[np.bytes_]:
    """View digests as what NumPy can sort; that it passes over NULs at the end of a string makes no two alike."""
    return np.ascontiguousarray(digests).view("S16")


def _stretches(n: int) -> Iterator[slice]:
    return (slice(start, start + COPIED) for start in range(0, n, COPIED))

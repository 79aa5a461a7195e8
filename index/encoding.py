"""Passages → their rows of vectors: taken from where they stand already, or encoded, and never twice.

A passage is known by the digest of its text and sentences. Its vectors may stand in the generation before, in the
journal of a run that was cut short, or elsewhere; what is left is encoded, longest first within a batch, so that the
cores finish together. Rows are written to files that are mapped into memory, so what is held there does not grow with
the corpus.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoders import Encoder
from index.journal import DIGEST, NAME, Journal
from index.passages import SENTENCES
from index.sentence_vectors import PassageVectors, encode

BATCH = 256  # passages encoded between two blocks of the journal and two reports of progress
COPIED = 1 << 14  # vectors copied at a time
SCRATCH = ("vectors.part", "sentences.part")

Progress = Callable[[int, int], None]
"""Called with how many passages are encoded and how many are to be."""


class Elsewhere(Protocol):
    """Where vectors of passages may stand beside this machine's index."""

    def recall(self, digests: NDArray[np.void]) -> tuple[NDArray[np.void], PassageVectors]:
        """Return those of the digests that are known there, and their vectors."""
        ...


def digests_of(texts: Iterable[Sequence[str]]) -> NDArray[np.void]:
    """Return the BLAKE2b-128 of what is encoded of each passage, as `lines` gives it, `(n,)` of 16 bytes."""
    said = ("\0".join(several).encode() for several in texts)
    return np.frombuffer(b"".join(hashlib.blake2b(one, digest_size=16).digest() for one in said), DIGEST)


@contextmanager
def room_for_vectors(index: Path, n: int, dimension: int) -> Iterator[PassageVectors]:
    """Give room for the vectors of `n` passages in files of `index` that are gone afterwards.

    Raises OSError if the disk does.
    """
    shapes = (n, dimension), (n, SENTENCES, dimension)
    if not n:
        yield PassageVectors(np.empty(shapes[0], dtype=np.float32), np.empty(shapes[1], dtype=np.int8))
        return
    whole, apart = (index / name for name in SCRATCH)
    try:
        for path, size in ((whole, 4 * n * dimension), (apart, n * SENTENCES * dimension)):
            with path.open("wb") as file:
                _reserve(file.fileno(), size)
        yield PassageVectors(
            np.memmap(whole, np.float32, "r+", shape=shapes[0]), np.memmap(apart, np.int8, "r+", shape=shapes[1])
        )
    finally:
        _clear(index)


def tidy(index: Path) -> None:
    """Remove what a run that was cut short has left, once there is nothing to go on with."""
    _clear(index)
    (index / NAME).unlink(missing_ok=True)


def _clear(index: Path) -> None:
    for name in SCRATCH:
        (index / name).unlink(missing_ok=True)


def _reserve(file: int, size: int) -> None:
    # subtle: a page of a mapped file that the disk has no room for kills the process, so room is made first.
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.ftruncate(file, size)


def fill_vectors(
    vectors: PassageVectors,
    digests: NDArray[np.void],
    lines: Callable[[int], Sequence[str]],
    known: tuple[NDArray[np.void], PassageVectors] | None,
    encoder: Encoder,
    journal: Journal,
    progress: Progress,
    elsewhere: Elsewhere | None = None,
) -> int:
    """Write each passage's vectors to its row of `vectors`, and return how many passages were encoded.

    `lines` gives what is encoded of a row, as `sentence_vectors.lines` does; `known` are the digests and vectors of the
    generation before, if they are this encoder's.
    """
    names, rows, inverse = np.unique(_sortable(digests), return_index=True, return_inverse=True)
    missing = np.ones(len(names), dtype=np.bool_)
    if known is not None:
        order = np.argsort(_sortable(known[0]), kind="stable")
        for some in _stretches(len(order)):
            _take(names, rows, missing, vectors, known[0][order[some]], known[1][order[some]])
    for block in journal.read():
        _take(names, rows, missing, vectors, *block)
    if elsewhere is not None:
        asked = rows[missing]
        for start in range(0, len(asked), BATCH):
            _take(names, rows, missing, vectors, *elsewhere.recall(digests[asked[start : start + BATCH]]))
    wanted = np.sort(rows[missing])
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        encoded = encode([lines(row) for row in batch.tolist()], encoder)
        vectors[batch] = encoded
        journal.append(digests[batch], encoded)
        progress(start + len(batch), len(wanted))
    for some in _stretches(len(digests)):
        vectors[some] = vectors[rows[inverse[some]]]
    return len(wanted)


def _take(
    names: NDArray[np.bytes_],
    rows: NDArray[np.int64],
    missing: NDArray[np.bool_],
    vectors: PassageVectors,
    digests: NDArray[np.void],
    found: PassageVectors,
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

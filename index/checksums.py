"""Checksums by block, so that a file too large to be read at open is checked where it is touched.

`sums.npy` holds the BLAKE2b-128 of every 64 KiB of every file of a generation. A block is read against its sum the
first time something is taken from it; from then on it is known to be sound. What is never touched is not checked here:
`polyquote doctor` reads everything.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged

SUMS = "sums.npy"
BLOCK = 64 << 10  # bytes; about 0.1 ms to check, and one sum of 16 bytes in 4,096 of data
_SUM = np.dtype("V16")


def blocks_of(size: int) -> int:
    """Return how many blocks a file of that many bytes has."""
    return -(-size // BLOCK)


def summed(path: Path) -> tuple[str, bytes]:
    """Read a file once; return its SHA-256 in hexadecimal and the sums of its blocks, end to end."""
    whole, sums = hashlib.sha256(), bytearray()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            whole.update(block)
            sums += _sum(block)
    return whole.hexdigest(), bytes(sums)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Checks:
    """What is known to be sound of a generation's files; safe to share between threads."""

    def __init__(self, directory: Path, sizes: Mapping[str, int], sound: Collection[str]) -> None:
        """Take the files and their sizes in the order of their sums, and the names of those already read in full."""
        self._directory = directory
        self._sums: NDArray[np.void] = np.load(directory / SUMS, allow_pickle=False)
        self._first = dict(zip(sizes, np.cumsum([0, *map(blocks_of, sizes.values())]).tolist(), strict=False))
        self._known = {name: np.zeros(blocks_of(size), np.bool_) for name, size in sizes.items() if name not in sound}
        self._sizes = sizes

    def span(self, name: str, start: int, stop: int) -> None:
        """Make sure of bytes [start, stop) of a file; raises IndexDamaged naming it."""
        known = self._known.get(name)
        if known is None or start >= stop:
            return
        if not 0 <= start < stop <= self._sizes[name]:
            raise IndexDamaged(f"{self._directory / name} is altered: it has no bytes {start} to {stop}")
        blocks = range(start // BLOCK, (stop - 1) // BLOCK + 1)
        if not known[blocks.start : blocks.stop].all():
            self._read(name, known, (block for block in blocks if not known[block]))

    def rows(self, name: str, array: NDArray[Any], start: int, stop: int) -> None:
        """Make sure of the rows [start, stop) of a memory-mapped `name`.npy."""
        if f"{name}.npy" in self._known and start < stop:
            row = array.dtype.itemsize * int(np.prod(array.shape[1:]))
            offset: int = getattr(array, "offset", 0)  # np.memmap's own: where the data begin in the file
            self.span(f"{name}.npy", offset + int(start) * row, offset + int(stop) * row)

    def whole(self, name: str) -> None:
        """Make sure of a whole file, of which a column or every row is about to be read."""
        if name in self._known:
            self.span(name, 0, self._sizes[name])

    def heads(self) -> None:
        """Make sure of the first block of every file, where an array says its type and shape."""
        for name, size in self._sizes.items():
            self.span(name, 0, min(BLOCK, size))

    def _read(self, name: str, known: NDArray[np.bool_], blocks: Iterator[int]) -> None:
        path = self._directory / name
        try:
            with path.open("rb") as file:
                for block in blocks:
                    file.seek(block * BLOCK)
                    if _sum(file.read(BLOCK)) != self._sums[self._first[name] + block].tobytes():
                        raise IndexDamaged(f"{path} is altered")
                    known[block] = True
        except OSError as error:
            raise IndexDamaged(f"{path} cannot be read ({error.strerror})") from error


def sums_array(sums: bytes) -> NDArray[np.void]:
    """Return sums that stand end to end as the array that `sums.npy` holds."""
    return np.frombuffer(sums, dtype=_SUM)


def _sum(block: bytes) -> bytes:
    return hashlib.blake2b(block, digest_size=_SUM.itemsize).digest()

"""Exact search over unit vectors, memory-mapped: no row that could be among the best is missed.

A search goes in two steps. Every inner product is estimated, with a bound on how far it is off: from the vectors
themselves while they are few, from their int8 codes (`quantisation`) when they are many, which reads a quarter as much.
Then those of the rows that may be among the best, given the bounds, are computed in float64. So both ways give the same
rows with the same scores, a filter changes no score, and rows with the same vector tie.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.quantisation import Int8Rows, inner_products, quantise

INT8_FROM = 50_000  # passages; below, a scan in float32 takes about 5 ms and needs no onnxruntime
BLOCK = 32_768  # rows estimated at a time: 50 MB at 384 float32
EXACT_BLOCK = 4_096  # rows computed at a time: 13 MB at 384 float64
SPREAD = (
    4  # chosen rows are read with those between them, rather than one by one, while that is this many times as much
)
SLACK = 1e-3  # deviations; scores so close may change places by rounding


@dataclass(frozen=True, slots=True)
class DenseRows:
    """The passages' vectors, `(n, dim)` float32, unit rows, and their int8 rows, of which there are none or n."""

    vectors: NDArray[np.float32]
    int8: Int8Rows

    def estimates(
        self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return about the inner product with the query `(dim,)` of every row, or of the given ones, ascending.

        The second array says for each how far it is off at most; both are `(n,)` float32.
        """
        count = len(self.vectors) if rows is None else len(rows)
        products, bounds = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
        for place, read, taken in _blocks(count, rows):
            found, off = self._estimated(read, query)
            products[place], bounds[place] = found[taken], off[taken]
        return products, bounds

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the inner product of the given rows with the query, computed in float64, `(n,)` float32."""
        exact = np.empty(len(rows), dtype=np.float32)
        wide = query.astype(np.float64)
        for start in range(0, len(rows), EXACT_BLOCK):
            block = slice(start, start + EXACT_BLOCK)
            # subtle: `@` adds up in an order that depends on where in the block a row stands, einsum does not.
            exact[block] = np.einsum("ij,j->i", self.vectors[rows[block]].astype(np.float64), wide)
        return exact

    def _estimated(
        self, read: slice | NDArray[np.int64], query: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if len(self.int8):
            return inner_products(self.int8[read], query)
        products = np.asarray(self.vectors[read] @ query, dtype=np.float32)
        # A float32 sum of n terms is off by n roundings at most (Higham 2002, 3.1), unit vectors given.
        return products, np.full(len(products), len(query) * np.finfo(np.float32).eps, dtype=np.float32)


def contenders(low: NDArray[np.float32], high: NDArray[np.float32], depth: int) -> NDArray[np.int64]:
    """Return the positions that may be among the `depth` best, ascending, given how low and how high each may score."""
    if depth >= len(low):
        return np.arange(len(low))
    return np.flatnonzero(high >= np.partition(low, -depth)[-depth] - SLACK)


def int8_rows(vectors: NDArray[np.float32]) -> Int8Rows:
    """Return the int8 rows that a generation keeps beside its vectors: none while they are few."""
    return quantise(vectors if len(vectors) >= INT8_FROM else vectors[:0])


def _blocks(count: int, rows: NDArray[np.int64] | None) -> Iterator[tuple[slice, slice | NDArray[np.int64], Any]]:
    """Yield where a block of results goes, what is read for it, and which of what is read it is.

    The passages of an article stand together, so that a filter leaves runs of rows.
    """
    for start in range(0, count, BLOCK):
        place = slice(start, min(start + BLOCK, count))
        if rows is None:
            yield place, place, slice(None)
            continue
        chosen = rows[place]
        first, last = int(chosen[0]), int(chosen[-1]) + 1
        if last - first <= SPREAD * len(chosen):
            yield place, slice(first, last), chosen - first
        else:
            yield place, chosen, slice(None)

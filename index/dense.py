"""Exact search over unit vectors, memory-mapped: the inner product of every row asked for, none approximated."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 65_536  # rows gathered at a time when a filter picks among them: 100 MB at 384 float32


def cosines(
    vectors: NDArray[np.float32], query: NDArray[np.float32], rows: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """Return the inner product with the query `(dim,)` of every row, or of the given rows alone, `(n,)` float32."""
    if rows is None:
        return np.asarray(vectors @ query, dtype=np.float32)
    blocks = [vectors[rows[start : start + BLOCK]] @ query for start in range(0, len(rows), BLOCK)]
    return np.concatenate(blocks).astype(np.float32) if blocks else np.empty(0, dtype=np.float32)

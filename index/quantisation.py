"""Unit vectors in eight bits a component, and how far that can put an inner product off.

Symmetric scalar quantisation around the mean of all rows, with a scale for each: `vector ≈ centre + scale · (codes −
128)`. What a row loses is known when it is made, so that by Cauchy and Schwarz no inner product with it is off by more
than that loss times the query's length: whoever reads the rows in full where that could matter loses nothing. The
integers are multiplied by `onnxruntime`, which has kernels for them; NumPy has none. A quarter of the bytes is read.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.onnx_session import OnnxSession

ZERO = 128  # the code of 0
LARGEST = 127  # of a code, above or below ZERO
DIGIT = 63  # the largest digit of a query
DIGITS = 2  # a component of a query is off by 1 / (2 · 63 · 126) of the largest: a twentieth of what rows lose
ROUNDING = 4e-6  # of the few float32 operations that make an inner product of the integers
BLOCK = 65_536  # rows made at a time: 100 MB at 384 float32
OPSET, IR = 13, 8  # of ONNX: the oldest that every onnxruntime of the last years reads


@dataclass(frozen=True, slots=True)
class Int8Rows:
    """Quantised rows: `centre` `(dim,)` float32, `codes` `(n, dim)` uint8, `scales` and `errors` `(n,)` float32.

    An error is the length of the difference between a vector and what its codes say, rounded up.
    """

    centre: NDArray[np.float32]
    codes: NDArray[np.uint8]
    scales: NDArray[np.float32]
    errors: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, rows: Any) -> "Int8Rows":
        """Return some of the rows."""
        return Int8Rows(self.centre, self.codes[rows], self.scales[rows], self.errors[rows])


def quantise(vectors: NDArray[np.float32]) -> Int8Rows:
    """Return unit vectors `(n, dim)` as eight-bit rows."""
    centre = np.zeros(vectors.shape[1], dtype=np.float32)
    if len(vectors):
        centre[:] = np.mean(vectors, axis=0, dtype=np.float64)
    codes = np.empty(vectors.shape, dtype=np.uint8)
    scales = np.empty(len(vectors), dtype=np.float32)
    errors = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = slice(start, start + BLOCK)
        moved = vectors[block] - centre
        largest = np.abs(moved).max(axis=1)
        scales[block] = np.where(largest > 0, largest, 1) / LARGEST
        rounded = np.clip(np.rint(moved / scales[block, None]), -LARGEST, LARGEST)
        codes[block] = rounded + ZERO
        moved -= rounded * scales[block, None]
        errors[block] = np.linalg.norm(moved, axis=1) * (1 + 1e-5) + 1e-6  # upwards: rounding must not break a bound
    return Int8Rows(centre, codes, scales, errors)


def inner_products(rows: Int8Rows, query: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the inner product of every row with the query `(dim,)`, and how far at most it is off, `(n,)` float32."""
    digits, units, rest = _digits(query)
    products = _multiplier().run(["products"], {"rows": rows.codes, "digits": digits})[0]
    products -= ZERO * digits.sum(axis=0, dtype=np.int32)
    estimates = (products.astype(np.float32) @ units) * rows.scales + rows.centre @ query
    length = np.float32(np.linalg.norm(query))
    # A row as its codes say it is at most 2 + its error long: a unit vector less a mean of unit vectors.
    bounds = rows.errors * (length + rest) + (2 * rest + np.float32(ROUNDING) * max(np.float32(1), length))
    return estimates, bounds


def _digits(query: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32], np.float32]:
    """Return a query as `(dim, DIGITS)` int8, what a one is worth in each digit, and the length of what is left over.

    subtle: without VNNI the kernels add two products in 16 bits, and 2 · 255 · 63 fits there where 2 · 255 · 127 does
    not. Digits that small are exact on every processor.
    """
    digits = np.empty((len(query), DIGITS), dtype=np.int8)
    units = np.empty(DIGITS, dtype=np.float64)
    left = query.astype(np.float64)
    unit = (float(np.abs(left).max(initial=0)) or 1.0) / DIGIT
    for place in range(DIGITS):
        units[place] = unit
        digits[:, place] = np.clip(np.rint(left / unit), -DIGIT, DIGIT)
        left = left - unit * digits[:, place]
        unit /= 2 * DIGIT
    return digits, units.astype(np.float32), np.float32(np.linalg.norm(left))


@cache
def _multiplier() -> OnnxSession:
    return OnnxSession(_graph(), spin=False)  # between queries the cores are others'


def _graph() -> bytes:
    """Return an ONNX model of one node, `products = MatMulInteger(rows, digits)`, as its protobuf says it.

    Field numbers are those of onnx.proto; written here so that the package `onnx` is not needed to search.
    """
    uint8, int8, int32 = 2, 3, 6  # TensorProto.DataType
    node = _field(1, b"rows") + _field(1, b"digits") + _field(2, b"products") + _field(4, b"MatMulInteger")
    inputs = _field(11, _tensor(b"rows", uint8)) + _field(11, _tensor(b"digits", int8))
    graph = _field(1, node) + _field(2, b"products") + inputs + _field(12, _tensor(b"products", int32))
    return _field(1, IR) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, OPSET))


def _tensor(name: bytes, kind: int) -> bytes:
    dimensions = _field(1, b"") + _field(1, b"")  # two, of any size
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dimensions)))


def _field(number: int, value: int | bytes) -> bytes:
    """Return a protobuf field of less than 128 bytes, or a number below 128; the graph is put together of such."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    if len(value) < 128:
        return bytes([number << 3 | 2, len(value)]) + value
    return bytes([number << 3 | 2, len(value) & 127 | 128, len(value) >> 7]) + value

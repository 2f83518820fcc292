"""Matrix products whose bytes depend neither on the processor nor on what else is computed with them.

BLAS promises neither: each of its kernels (the code for a kind of processor) adds in the order that suits a place in
the matrix. OpenBLAS 0.3.31 does so in four ways, which are kept away from what is used:

- Rows are computed by twelve (Haswell, Zen) or by fewer or more, the rest by 8, 4, 2 and 1 in other orders: so rows are
  asked for in multiples of 24, filled up with zeros.
- Haswell's code for twelve rows splits the sums of the first and last eight columns of a block into those of even and
  odd places, for the first six rows and the last six differently: so these columns are zeros.
- Blocks are of 320 columns on Haswell, more are cut in halves: so there is one block, of 272 at most.
- Long sums are taken in parts, whose length is the kernel's own (768 terms: other ones for AVX2 than for AVX-512): so
  256 terms are asked for at a time, and added here.

What is left is added from first to last by every kernel, with one rounding for product and sum where the processor can
(all since 2013: those of one rounding agree, those of two differ from them). One thread must be asked for
(`one_blas_thread`): several cut the columns otherwise. Costs 8 to 29 % of a plain product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", np.float32, np.float64)

_EDGE = 8  # columns at either end of a slice whose sums a kernel may take in another order
_SLICE = 256  # most columns of a slice: with its edges still one block for every kernel
UNIT = 24  # rows are asked for in multiples of this: every kernel's step divides it
_ROWS = 21 * UNIT  # most rows asked for at once
DEPTH = 256  # most terms of a sum that are asked for at once: no kernel parts fewer


class Factor:
    """The right side of a `product`: a matrix cut into slices of columns, each between two edges of zeros.

    Attributes:
        columns: of the matrix.
        width: columns of a slice without its edges; the last slice is filled with zeros.
        slices: ``(number of slices, rows of the matrix, width + 2 * 8)``, of the matrix's own type.
    """

    def __init__(self, matrix: NDArray[Real]) -> None:
        self.columns = matrix.shape[1]
        count = max(1, -(-self.columns // _SLICE))
        self.width = -(-self.columns // (16 * count)) * 16
        self.slices = np.zeros((count, len(matrix), self.width + 2 * _EDGE), matrix.dtype)
        for index, part in enumerate(self.slices):
            columns = matrix[:, index * self.width : (index + 1) * self.width]
            part[:, _EDGE : _EDGE + columns.shape[1]] = columns


def product(
    left: NDArray[Real], right: NDArray[Real] | Factor, out: NDArray[Real] | None = None
) -> NDArray[Real]:
    """``left @ right``: each row the same bytes wherever it lies, among however many, on whatever processor.

    Args:
        left: ``(rows, terms)``.
        right: ``(terms, columns)``; a `Factor` where it is used more than once.
        out: ``(rows, columns)``, overwritten and returned.
    """
    factor = right if isinstance(right, Factor) else Factor(right)
    if out is None:
        out = np.empty((len(left), factor.columns), left.dtype)
    for start in range(0, len(left), _ROWS):
        part = left[start : start + _ROWS]
        for index, columns in enumerate(_sums(_filled(part), factor.slices)):
            place = out[start : start + _ROWS, index * factor.width : (index + 1) * factor.width]
            place[:] = columns[: len(part), _EDGE : _EDGE + place.shape[1]]
    return out


def summed_product(parts: Sequence[NDArray[Real]], right: Factor, out: NDArray[Real]) -> NDArray[Real]:
    """``np.hstack(parts) @ right``, the bytes of its `product`, without putting the parts side by side.

    Args:
        parts: each of `DEPTH` terms, ``(rows, DEPTH)``; nothing is copied of those that have more rows than `out`, up
            to a multiple of `UNIT`.
        right: of at most one slice of columns.
        out: ``(rows, columns)``, overwritten and returned.
    """
    (columns,) = right.slices
    kept = slice(_EDGE, _EDGE + out.shape[1])
    for start in range(0, len(out), _ROWS):
        count = min(_ROWS, len(out) - start)
        some = [_filled(part[start : start + count + -count % UNIT]) for part in parts]
        total = np.matmul(some[0], columns[:DEPTH])
        more = np.empty_like(total)
        for place, part in enumerate(some[1:], 1):
            total += np.matmul(part, columns[place * DEPTH : (place + 1) * DEPTH], out=more)
        out[start : start + count] = total[:count, kept]
    return out


def _sums(rows: NDArray[Real], slices: NDArray[Real]) -> NDArray[Real]:
    """The rows times each slice, ``(number of slices, rows, width)``."""
    result: NDArray[Real] = np.matmul(rows[:, :DEPTH], slices[:, :DEPTH])
    for start in range(DEPTH, slices.shape[1], DEPTH):
        result += np.matmul(rows[:, start : start + DEPTH], slices[:, start : start + DEPTH])
    return result


def _filled(rows: NDArray[Real]) -> NDArray[Real]:
    """The rows, with rows of zeros behind them up to a multiple of `UNIT`."""
    lacking = -len(rows) % UNIT
    if not lacking:
        return rows
    filled = np.zeros((len(rows) + lacking, rows.shape[1]), rows.dtype)
    filled[: len(rows)] = rows
    return filled

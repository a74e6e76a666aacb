"""Sparse vectors by column: for each dimension the rows that hold it, so that a query reads what it asks and no more.

The same entries as `SparseRows`, in the other order (CSC). Rows answer what a window holds, columns which windows hold
a concept: 8 concepts asked of a hundred hours of sound are 1 entry in 30 of all.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from indexers.embeddings import SparseRows

BLOCK_ROWS = 1 << 16
"""Rows turned into columns at a time: what is sorted stays in the processor's cache, and memory stays small."""


@dataclass(frozen=True, eq=False)
class SparseColumns:
    """n sparse vectors: column c is held by `rows[indptr[c]:indptr[c + 1]]`, ascending, with these `values`."""

    indptr: NDArray[np.int64]
    """Shape (dim + 1,), starting at 0."""
    rows: NDArray[np.uint32]
    values: NDArray[np.float32] | NDArray[np.float16]
    n: int

    @classmethod
    def from_rows(cls, rows: "SparseRows") -> "SparseColumns":
        """Lay rows out by column, beside them in memory: 4 bytes more an entry than a copy of its value."""
        starts = range(0, len(rows), BLOCK_ROWS)
        counts = np.zeros(rows.dim, dtype=np.int64)
        for first in starts:
            counts += np.bincount(rows.between(first, first + BLOCK_ROWS).indices, minlength=rows.dim)
        indptr = np.zeros(rows.dim + 1, dtype=np.int64)
        np.cumsum(counts, out=indptr[1:])
        holders = np.empty(indptr[-1], dtype=np.uint32)
        values = np.empty(indptr[-1], dtype=rows.values.dtype)
        free = indptr[:-1].copy()  # where each column goes on
        for first in starts:
            block = rows.between(first, first + BLOCK_ROWS)
            order = np.argsort(block.indices, kind="stable")  # keeps the rows of a column ascending
            count = np.bincount(block.indices, minlength=rows.dim)
            # An entry's place: where its column goes on, plus its rank among the block's entries of that column.
            place = np.arange(len(order)) + np.repeat(free - (np.cumsum(count) - count), count)
            holders[place] = (first + np.repeat(np.arange(len(block)), np.diff(block.indptr)))[order]
            values[place] = block.values[order]
            free += count
        return cls(indptr, holders, values, len(rows))

    @property
    def dim(self) -> int:
        return len(self.indptr) - 1

    def __len__(self) -> int:
        return self.n

    def column(self, c: int) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
        """Return the rows that hold dimension c, ascending, and their values there."""
        span = slice(self.indptr[c], self.indptr[c + 1])
        return self.rows[span], self.values[span].astype(np.float32, copy=False)

    def dot(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner product of every row with `query` (shape (dim,)), as shape (n,)."""
        out = np.zeros(self.n, dtype=np.float32)
        for c in np.flatnonzero(query):
            rows, values = self.column(int(c))
            # `out[rows] += ...` takes twice as long, and a bincount over all columns three times.
            np.add.at(out, rows.astype(np.intp), values * np.float32(query[c]))
        return out

    def sums(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return each dimension's sum and sum of squares over all rows, each of shape (dim,)."""
        sums = np.zeros((2, self.dim))
        for c in range(self.dim):
            values = self.column(c)[1].astype(np.float64)
            sums[:, c] = values.sum(), values @ values
        return sums[0], sums[1]

"""Rows of vectors, dense or sparse, behind one type.

Sparse rows are kept as compressed rows (CSR); for what is searched often there is `indexers.columns`. The handful of
operations that egosearch needs are here, so that the default install does not carry SciPy for them.

Rows read from a file may be in half precision; everything computed from them is in single.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers import halves

Values = NDArray[np.float32] | NDArray[np.float16]

BLOCK_ROWS = 4096
"""Dense rows summed at a time, in double precision, or compared."""
BLOCK_ENTRIES = 1 << 20
"""Sparse entries likewise."""


@dataclass(frozen=True, eq=False)
class Background:
    """What is usual among many rows, dimension by dimension."""

    mean: NDArray[np.float32]
    """Shape (dim,)."""
    deviation: NDArray[np.float32]
    """Shape (dim,): the standard deviation of all rows, not of a sample."""

    @classmethod
    def from_sums(cls, n: int, total: NDArray[np.float64], squares: NDArray[np.float64]) -> "Background":
        """Return it from the sums of n rows and of their squares, each of shape (dim,); of no rows it is 0."""
        mean = total / max(1, n)
        variance = np.maximum(0, squares / max(1, n) - mean**2)
        return cls(mean.astype(np.float32), np.sqrt(variance).astype(np.float32))


@dataclass(frozen=True, eq=False)
class DenseRows:
    """n dense vectors."""

    values: Values
    """Shape (n, dim)."""
    background: Background | None = None
    """Of these very rows, where it is known already; rows taken from them do not carry it."""

    @property
    def dim(self) -> int:
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.int64]) -> "DenseRows":
        """Return these rows, in this order."""
        return DenseRows(self.values[rows])

    def between(self, first: int, last: int) -> "DenseRows":
        """Return the rows from `first` up to, not including, `last`, without copying them."""
        return DenseRows(self.values[first:last])

    def dense(self) -> NDArray[np.float32]:
        """Return shape (n, dim)."""
        return self.values.astype(np.float32, copy=False)

    def dot(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner product of every row with `query` (shape (dim,)), as shape (n,)."""
        if self.values.dtype == np.float16:
            return halves.dot(self.values.view(np.float16), query)
        return np.asarray(self.values @ query, dtype=np.float32)

    def measured(self) -> Background:
        """Return the mean and deviation of each dimension, computed from all rows."""
        total, squares = np.zeros(self.dim), np.zeros(self.dim)
        for first in range(0, len(self), BLOCK_ROWS):
            block = self.values[first : first + BLOCK_ROWS].astype(np.float64)
            total += block.sum(axis=0)
            squares += np.einsum("ij,ij->j", block, block)
        return Background.from_sums(len(self), total, squares)


@dataclass(frozen=True, eq=False)
class SparseRows:
    """n sparse vectors as compressed rows: row i holds `indices[indptr[i]:indptr[i + 1]]`, ascending."""

    indptr: NDArray[np.int64]
    """Shape (n + 1,), starting at 0."""
    indices: NDArray[np.uint16]
    values: Values
    dim: int
    background: Background | None = None
    """As in `DenseRows`."""

    @classmethod
    def from_dense(cls, values: NDArray[np.float32], *, above: float) -> "SparseRows":
        """Keep the entries of `values` (shape (n, dim)) that are greater than `above`."""
        rows, columns = np.nonzero(values > above)
        indptr = np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=len(values)), out=indptr[1:])
        return cls(indptr, columns.astype(np.uint16), values[rows, columns].astype(np.float32), values.shape[1])

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def row(self, i: int) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
        """Return row i as (indices, values)."""
        span = slice(self.indptr[i], self.indptr[i + 1])
        return self.indices[span], self.values[span].astype(np.float32, copy=False)

    def take(self, rows: NDArray[np.int64]) -> "SparseRows":
        """Return these rows, in this order."""
        starts = self.indptr[rows].astype(np.int64)
        lengths = self.indptr[rows + 1] - starts
        indptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=indptr[1:])
        # Position of every kept entry: its row's start plus its offset within the row.
        small = np.int32 if len(self.indices) < 1 << 31 else np.int64  # half the memory, of what takes the most here
        where = np.arange(indptr[-1], dtype=small)
        where += np.repeat((starts - indptr[:-1]).astype(small), lengths)
        return SparseRows(indptr, self.indices[where], self.values[where], self.dim)

    def between(self, first: int, last: int) -> "SparseRows":
        """Return the rows from `first` up to, not including, `last`, without copying their entries."""
        indptr = self.indptr[first : last + 1].astype(np.int64)
        span = slice(indptr[0], indptr[-1])
        return SparseRows(indptr - indptr[0], self.indices[span], self.values[span], self.dim)

    def dense(self) -> NDArray[np.float32]:
        """Return shape (n, dim)."""
        out = np.zeros((len(self), self.dim), dtype=np.float32)
        out[np.repeat(np.arange(len(self)), np.diff(self.indptr)), self.indices] = self.values
        return out

    def dot(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner product of every row with `query` (shape (dim,)), as shape (n,)."""
        # A query has a handful of entries: finding those few first is four times faster than multiplying everything.
        hits = np.flatnonzero((query != 0)[self.indices])
        rows = np.searchsorted(self.indptr, hits, side="right") - 1
        products = self.values[hits].astype(np.float64) * query[self.indices[hits]]
        return np.bincount(rows, products, minlength=len(self)).astype(np.float32)

    def measured(self) -> Background:
        """Return the mean and deviation of each dimension, computed from all rows."""
        total, squares = np.zeros(self.dim), np.zeros(self.dim)
        for first in range(0, len(self.indices), BLOCK_ENTRIES):
            span = slice(first, first + BLOCK_ENTRIES)
            indices, values = self.indices[span], self.values[span].astype(np.float64)
            total += np.bincount(indices, values, minlength=self.dim)
            squares += np.bincount(indices, values * values, minlength=self.dim)
        return Background.from_sums(len(self), total, squares)


Embeddings = DenseRows | SparseRows


def concatenate(parts: Sequence[Embeddings], dim: int) -> Embeddings:
    """Join rows of one layout, in order.

    Args:
        parts: Non-empty; all dense or all sparse.
        dim: Their common length.
    """
    dense: list[NDArray[Any]] = [part.values for part in parts if isinstance(part, DenseRows)]
    if len(dense) == len(parts):
        return DenseRows(np.concatenate(dense).reshape(-1, dim))  # half precision stays half
    sparse = [part for part in parts if isinstance(part, SparseRows)]
    if len(sparse) != len(parts):
        raise ValueError("dense and sparse rows cannot be joined")
    lengths = np.concatenate([np.diff(part.indptr) for part in sparse])
    indptr = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=indptr[1:])
    return SparseRows(
        indptr,
        np.concatenate([part.indices for part in sparse]),
        np.concatenate([part.values for part in sparse]),
        dim,
    )


def repeats(rows: Embeddings) -> NDArray[np.bool_]:
    """Return which rows are equal to the one before them, shape (n,); the first is not."""
    found = np.zeros(len(rows), bool)
    if isinstance(rows, DenseRows):
        # Few rows that differ agree in their first number: only those are compared whole.
        alike = 1 + np.flatnonzero(rows.values[1:, :1].ravel() == rows.values[:-1, :1].ravel())
        for start in range(0, len(alike), BLOCK_ROWS):
            some = alike[start : start + BLOCK_ROWS]
            found[some] = (rows.values[some] == rows.values[some - 1]).all(axis=1)
        return found
    lengths = np.diff(rows.indptr)
    alike = 1 + np.flatnonzero(lengths[1:] == lengths[:-1])
    for start in range(0, len(alike), BLOCK_ROWS):
        some = alike[start : start + BLOCK_ROWS]
        here, before = rows.take(some), rows.take(some - 1)
        differs = (here.indices != before.indices) | (here.values != before.values)
        sums = np.concatenate([[0], np.cumsum(differs)])
        found[some] = sums[here.indptr[1:]] == sums[here.indptr[:-1]]
    return found

"""Rows of vectors, dense or sparse, behind one type.

Sparse rows are kept as compressed rows (CSR). The handful of operations that egosearch needs are here, so that the
default install does not carry SciPy for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class DenseRows:
    """n dense vectors."""

    values: NDArray[np.float32]
    """Shape (n, dim)."""

    @property
    def dim(self) -> int:
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.int64]) -> "DenseRows":
        """Return these rows, in this order."""
        return DenseRows(self.values[rows])

    def dense(self) -> NDArray[np.float32]:
        """Return shape (n, dim)."""
        return self.values

    def dot(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner product of every row with `query` (shape (dim,)), as shape (n,)."""
        return np.asarray(self.values @ query, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class SparseRows:
    """n sparse vectors as compressed rows: row i holds `indices[indptr[i]:indptr[i + 1]]`, ascending."""

    indptr: NDArray[np.int64]
    """Shape (n + 1,), starting at 0."""
    indices: NDArray[np.uint16]
    values: NDArray[np.float32]
    dim: int

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
        return self.indices[span], self.values[span]

    def take(self, rows: NDArray[np.int64]) -> "SparseRows":
        """Return these rows, in this order."""
        lengths = (self.indptr[1:] - self.indptr[:-1])[rows]
        indptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=indptr[1:])
        # Position of every kept entry: its row's start plus its offset within the row.
        where = np.arange(indptr[-1]) + np.repeat(self.indptr[:-1][rows] - indptr[:-1], lengths)
        return SparseRows(indptr, self.indices[where], self.values[where], self.dim)

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


Embeddings = DenseRows | SparseRows


def concatenate(parts: Sequence[Embeddings], dim: int) -> Embeddings:
    """Join rows of one layout, in order.

    Args:
        parts: Non-empty; all dense or all sparse.
        dim: Their common length.
    """
    if all(isinstance(part, DenseRows) for part in parts):
        return DenseRows(np.concatenate([part.dense() for part in parts]).reshape(-1, dim))
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

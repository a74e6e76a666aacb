"""Rows of which only some are here: what a search has of a library whose vectors are on a server."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexers.embeddings import Background, DenseRows, Embeddings, SparseRows, concatenate
from indexers.types import EmbeddingSpace

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

BELOW = 0.02
"""How far below the mean similarity a dense vector that is not here is taken to be, for a query of length 1: it must
never stand out, and cosines that differ by less all show the same (`egosearch.query.curves`)."""


@dataclass(frozen=True, eq=False)
class FetchedRows:
    """n vectors, k of which are here.

    The others read as nothing: empty rows, that have nothing in common with any query. In a dense space, where nothing
    is no vector, their similarity is a little below the library's mean, so that they never stand out.
    """

    n: int
    windows: Rows
    """Shape (k,), ascending: which ones are here."""
    held: Embeddings
    """Those k."""
    background: Background
    """Of the library, not of these rows."""

    @classmethod
    def none(cls, n: int, space: EmbeddingSpace, background: Background | None = None) -> "FetchedRows":
        """Return n rows without any of their vectors."""
        zeros = np.zeros(space.dim, np.float32)
        return cls(n, np.zeros(0, np.int64), no_rows(space), background or Background(zeros, zeros))

    @property
    def dim(self) -> int:
        return self.held.dim

    def __len__(self) -> int:
        return self.n

    def joined(self, windows: Rows, held: Embeddings) -> "FetchedRows":
        """Return these with more: k other rows, in any order, of numbers that are not here yet."""
        if not len(windows):
            return self
        numbers = np.concatenate([self.windows, windows])
        order = np.argsort(numbers, kind="stable")
        rows = concatenate([self.held, held], self.dim).take(order)
        return FetchedRows(self.n, numbers[order], rows, self.background)

    def take(self, rows: Rows) -> Embeddings:
        """Return these rows, in this order; those that are not here are empty, in a dense space zero."""
        at = np.searchsorted(self.windows, rows)
        is_here = np.append(self.windows, self.n)[at] == rows
        found = self.held.take(at[is_here])
        if isinstance(found, DenseRows):
            values = np.zeros((len(rows), self.dim), np.float32)
            values[is_here] = found.values
            return DenseRows(values)
        indptr = np.zeros(len(rows) + 1, np.int64)
        indptr[1:][is_here] = np.diff(found.indptr)
        return SparseRows(np.cumsum(indptr), found.indices, found.values, self.dim)

    def dense(self) -> Floats:
        """Return shape (n, dim), with zeros for what is not here."""
        return self.take(np.arange(self.n)).dense()

    def dot(self, query: Floats) -> Floats:
        """Return the inner product of every row with `query` (shape (dim,)), as shape (n,)."""
        elsewhere = 0.0
        if isinstance(self.held, DenseRows):
            elsewhere = float(self.background.mean @ query) - BELOW * float(np.linalg.norm(query))
        out = np.full(self.n, elsewhere, np.float32)
        out[self.windows] = self.held.dot(query)
        return out

    def measured(self) -> Background:
        """Return the library's background: it cannot be computed from these rows."""
        return self.background


def no_rows(space: EmbeddingSpace) -> Embeddings:
    """Return no rows, of a space's layout."""
    dense = np.zeros((0, space.dim), np.float32)
    return DenseRows(dense) if space.layout == "dense" else SparseRows.from_dense(dense, above=0)

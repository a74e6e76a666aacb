"""Vectors of a search cache with a few more behind them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from egosearch.scan.fetched import FetchedRows
from egosearch.scan.kept import KeptRows
from indexers.embeddings import Background, DenseRows, Embeddings, SparseRows, concatenate
from indexers.types import EmbeddingSpace

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GrownRows(KeptRows):
    """n windows' vectors: those of a search cache, then k that are not in it yet."""

    base: KeptRows = field(kw_only=True)
    more: Embeddings = field(kw_only=True)
    """Those k."""

    @classmethod
    def grown(cls, base: KeptRows, more: Embeddings) -> "GrownRows":
        """Lay rows behind others, which are not copied."""
        more = _halved(more)
        background = together(base.background, len(base), more.measured(), len(more))
        return cls(base.held, background, base.lengths, base=base, more=more)

    def __len__(self) -> int:
        return len(self.base) + len(self.more)

    def take(self, windows: Rows) -> Embeddings:
        """Return the rows of these windows, in this order."""
        is_new = windows >= len(self.base)
        if not is_new.any():
            return self.base.take(windows)
        if is_new.all():
            return self.more.take(windows - len(self.base))
        parts = [self.base.take(windows[~is_new]), self.more.take(windows[is_new] - len(self.base))]
        back = np.empty(len(windows), np.int64)
        back[np.concatenate([np.flatnonzero(~is_new), np.flatnonzero(is_new)])] = np.arange(len(windows))
        return concatenate(parts, self.dim).take(back)

    def between(self, first: int, last: int) -> Embeddings:
        """Return the rows of the windows from `first` up to, not including, `last`."""
        n = len(self.base)
        if last <= n:
            return self.base.between(first, last)
        if first >= n:
            return self.more.between(first - n, last - n)
        return concatenate([self.base.between(first, n), self.more.between(0, last - n)], self.dim)

    def dot(self, query: Floats) -> Floats:
        """Return the inner product of every window with `query` (shape (dim,)), as shape (n,)."""
        return np.concatenate([self.base.dot(query), self.more.dot(query)])


def grown(rows: Embeddings | KeptRows | FetchedRows, more: Embeddings) -> KeptRows | FetchedRows:
    """Return rows with more behind them, k of them."""
    if isinstance(rows, FetchedRows):
        n, k = len(rows), len(more)
        held = concatenate([rows.held, _like(rows.held, more)], rows.dim)
        return FetchedRows(n + k, np.concatenate([rows.windows, np.arange(n, n + k)]), held, rows.background)
    return GrownRows.grown(rows if isinstance(rows, KeptRows) else KeptRows.of(rows), more)


def together(one: Background, n: int, other: Background, k: int) -> Background:
    """Return what is usual among n rows and k others.

    Of each part the sum of its rows is count * mean, and that of their squares count * (deviation^2 + mean^2).

    Worked example: one row of 0 and one of 2 have mean 1 and deviation 1; with two more of 1, of mean 1 and deviation
    0, all four have mean (2 + 2) / 4 = 1 and deviation sqrt((4 + 2) / 4 - 1) = 0.707.
    """
    total, squares = np.zeros(len(one.mean)), np.zeros(len(one.mean))
    for part, count in ((one, n), (other, k)):
        mean, deviation = part.mean.astype(np.float64), part.deviation.astype(np.float64)
        total += count * mean
        squares += count * (deviation**2 + mean**2)
    return Background.from_sums(n + k, total, squares)


def no_kept_rows(space: EmbeddingSpace) -> KeptRows:
    """Return no rows, of a space's layout."""
    zeros = np.zeros((0, space.dim), np.float32)
    return KeptRows.of(DenseRows(zeros) if space.layout == "dense" else SparseRows.from_dense(zeros, above=0))


def _halved(rows: Embeddings) -> Embeddings:
    """Return rows in half precision, as the search cache keeps them: they score the same before and after."""
    values = rows.values.astype(np.float16, copy=False)
    if isinstance(rows, DenseRows):
        return DenseRows(values)
    return SparseRows(rows.indptr, rows.indices, values, rows.dim)


def _like(held: Embeddings, more: Embeddings) -> Embeddings:
    """Return rows in the precision of others."""
    return _halved(more) if held.values.dtype == np.float16 else more

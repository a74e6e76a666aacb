"""Rows as the search cache keeps them: in half precision, sparse ones by column, and equal neighbours once.

Windows in which nothing changes have equal rows: those of pictures that are taken for still (`indexers.seeing`), and of
digital silence. Of such a run one row is kept, and how many windows it stands for. Only equal rows are merged, so that
whoever asks sees every window as it was.

Many dense rows have codes beside them (`codes`), by which most windows score nearly what they would. Of the best the
score is exact.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from egosearch.scan.codes import MANY, Codes
from indexers.columns import SparseColumns
from indexers.embeddings import Background, DenseRows, Embeddings, SparseRows, repeats
from indexers.sharing import share_out

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

WORTHWHILE = 0.02
"""Share of the windows that merging must spare: where each run stands for one window, or nearly, runs only cost."""
SECOND_LOOK = 0.01
MOST_LOOKED_AT = 1500
"""The best rows by their codes are read in half precision too: this share, and so many at most. The ten best moments
come from a few hundred windows."""
BESIDE = 16
"""So are so many rows to either side of each: a moment ends where scores have fallen to a share of its best. Without
them 20,000 of the best find no more of the ten best moments again, in drawn vectors: 0.988 for 0.990."""
LOOKED_AT = 1 << 10
"""Of them at a time."""
SAMPLED = 1 << 16
"""Rows that tell where the best begin: of five millions, 29 of them are among the best."""


@dataclass(frozen=True, eq=False)
class KeptRows:
    """n windows' vectors."""

    held: DenseRows | SparseColumns
    """The r rows that are kept."""
    background: Background
    """Of all n."""
    lengths: NDArray[np.uint32] | None = None
    """Shape (r,): how many windows each row stands for; None where each has its own."""
    codes: Codes | None = None
    """Of the r rows, where they are many and dense."""

    @classmethod
    def of(cls, rows: Embeddings) -> "KeptRows":
        """Keep rows."""
        half = halved(rows)
        del rows  # the caller's may be the last copy in whole precision, or of what is merged below
        background = half.measured()
        firsts = np.flatnonzero(~repeats(half))
        lengths = None
        if len(firsts) < (1 - WORTHWHILE) * len(half):
            lengths = np.diff(np.append(firsts, len(half))).astype(np.uint32)
            half = half.take(firsts)
        if isinstance(half, SparseRows):
            return cls(SparseColumns.from_rows(half), background, lengths)
        return cls(half, background, lengths, Codes.of(half, background.mean) if len(half) >= MANY else None)

    def __len__(self) -> int:
        return len(self.held) if self.lengths is None else int(self._ends[-1])

    @property
    def dim(self) -> int:
        return self.held.dim

    def take(self, windows: Rows) -> Embeddings:
        """Return the rows of these windows, in this order."""
        return self.held.take(windows if self.lengths is None else np.searchsorted(self._ends, windows, side="right"))

    def between(self, first: int, last: int) -> Embeddings:
        """Return the rows of the windows from `first` up to, not including, `last`."""
        if self.lengths is None:
            return self.held.between(first, last)
        row_of = np.searchsorted(self._ends, np.arange(first, last), side="right")
        begin, end = (int(row_of[0]), int(row_of[-1]) + 1) if len(row_of) else (0, 0)
        return self.held.between(begin, end).take(row_of - begin)

    def dense(self) -> Floats:
        """Return shape (n, dim)."""
        return self.between(0, len(self)).dense()

    def dot(self, query: Floats) -> Floats:
        """Return the inner product of every window with `query` (shape (dim,)), as shape (n,)."""
        found = self.held.dot(query) if self.codes is None else self._looked_at_twice(self.codes, query)
        return found if self.lengths is None else np.repeat(found, self.lengths)

    def _looked_at_twice(self, codes: Codes, query: Floats) -> Floats:
        """Return the inner product of every row with a query, nearly; of the best and those beside them exactly."""
        found = codes.dot(query, self.background.mean)
        best = _best(found, min(MOST_LOOKED_AT, round(SECOND_LOOK * len(found))))
        rows = _widened(best, BESIDE, len(found))

        def look(part: slice) -> None:
            found[rows[part]] = self.held.take(rows[part]).dot(query)

        share_out(len(rows), LOOKED_AT, look)
        return found

    def measured(self) -> Background:
        """Return mean and deviation of each dimension, known already."""
        return self.background

    @cached_property
    def _ends(self) -> Rows:
        """Shape (r,): the window after the last that each row stands for."""
        return np.cumsum(np.zeros(0) if self.lengths is None else self.lengths, dtype=np.int64)


def halved(rows: Embeddings) -> Embeddings:
    """Return rows in half precision."""
    values = rows.values.astype(np.float16, copy=False)
    return DenseRows(values) if isinstance(rows, DenseRows) else SparseRows(rows.indptr, rows.indices, values, rows.dim)


def _best(scores: Floats, count: int) -> Rows:
    """Return about as many of the best, ascending: a sample tells where they begin, for sorting takes longer."""
    sample = scores[:: max(1, len(scores) // SAMPLED)]
    rank = max(1, round(count / len(scores) * len(sample)))
    best = np.flatnonzero(scores >= np.partition(sample, -rank)[-rank])
    # Among many equals a sample tells nothing.
    return best if len(best) <= 2 * count else np.sort(best[np.argpartition(scores[best], -count)[-count:]])


def _widened(rows: Rows, reach: int, n: int) -> Rows:
    """Return the numbers below n that are at most `reach` from one of some rows, ascending."""
    is_near = np.zeros(n + 2 * reach, bool)
    for shift in range(2 * reach + 1):
        is_near[rows + shift] = True
    return np.flatnonzero(is_near[reach : reach + n])

"""Sparse vectors by column: for each dimension the rows that hold it, so that a query reads what it asks and no more.

The same entries as `SparseRows`, in the other order (CSC): 8 concepts asked of a hundred hours of sound are 1 entry in
30 of all. Rows are numbered within blocks, so that a row's number takes one byte and not four; an entry in half
precision takes 3 bytes. How many entries a column has in each block is kept beside, and tells where the few of one row
are: what a window holds is read from its block alone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from indexers.embeddings import SparseRows

Rows = NDArray[np.int64]
Small = NDArray[np.unsignedinteger[Any]]
"""Of one byte or of two, both arrays of a matrix the same."""
Values = NDArray[np.float32] | NDArray[np.float16]

SPAN_ROWS = 65_025
"""Rows sorted at a time: 255 blocks of one byte, or most of one of two. What is sorted stays in the processor's cache,
and two bytes number its rows, which NumPy sorts ten times as fast as four."""
COUNTED = 1 << 20
"""Entries counted at a time."""
FEW = 16
"""Rows that are picked out one by one; of more, whole blocks are turned back into rows."""
KNOWN = 512
"""Rows kept once picked: an answer asks for each of its windows twice, and the next one often for the same."""
STEP = 16
"""Blocks between two of the sums that tell where in a column a block begins."""


@dataclass(frozen=True, eq=False)
class SparseColumns:
    """n sparse vectors: the entries of each of h columns one after the other, ascending by row."""

    held: NDArray[np.uint16]
    """Shape (h,), ascending: the dimensions that any row has."""
    counts: Small
    """Shape (h, blocks): how many entries each column has in each block."""
    rows: Small
    """Shape (entries,): each one's row, counted from its block's first."""
    values: Values
    """Shape (entries,)."""
    n: int
    dim: int

    @classmethod
    def from_rows(cls, rows: "SparseRows") -> "SparseColumns":
        """Lay rows out by column."""
        every = np.zeros(rows.dim, np.int64)
        for first in range(0, len(rows.indices), COUNTED):  # counting makes numbers of eight bytes of all
            every += np.bincount(rows.indices[first : first + COUNTED], minlength=rows.dim)
        held = np.flatnonzero(every)
        small = _width(len(rows), len(rows.indices), len(held))
        block = int(np.iinfo(small).max)
        column_of = np.zeros(rows.dim, np.int64)
        column_of[held] = np.arange(len(held))
        counts = np.zeros((len(held), -(-len(rows) // block)), small)
        total = every[held]
        holders, values = np.empty(len(rows.indices), small), np.empty(len(rows.indices), rows.values.dtype)
        free = np.cumsum(total) - total  # where each column goes on
        span = max(1, SPAN_ROWS // block) * block
        for first in range(0, len(rows), span):
            part = rows.between(first, first + span)
            order = np.argsort(part.indices, kind="stable")  # keeps the rows of a column ascending
            column = column_of[part.indices[order]]
            row = np.repeat(np.arange(len(part)), np.diff(part.indptr))[order]
            blocks = -(-len(part) // block)
            in_block = np.bincount(column * blocks + row // block, minlength=len(held) * blocks)
            counts[:, first // block :][:, :blocks] = in_block.reshape(len(held), blocks)
            count = np.bincount(column, minlength=len(held))
            # An entry's place: where its column goes on, plus its rank among the part's entries of that column.
            place = np.arange(len(order)) + np.repeat(free - (np.cumsum(count) - count), count)
            holders[place], values[place] = row % block, part.values[order]
            free += count
        return cls(held.astype(np.uint16), counts, holders, values, len(rows), rows.dim)

    def __len__(self) -> int:
        return self.n

    @property
    def block(self) -> int:
        """Rows in a block: as many as its counts can count."""
        return int(np.iinfo(self.counts.dtype).max)

    def column(self, c: int) -> tuple[Rows, NDArray[np.float32]]:
        """Return the rows that hold dimension c, ascending, and their values there."""
        at = int(np.searchsorted(self.held, c))
        if at == len(self.held) or self.held[at] != c:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        span = slice(self._indptr[at], self._indptr[at + 1])
        rows = np.repeat(self._firsts, self.counts[at])
        rows += self.rows[span]
        return rows, self.values[span].astype(np.float32, copy=False)

    def dot(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner product of every row with `query` (shape (dim,)), as shape (n,)."""
        out = np.zeros(self.n, dtype=np.float32)
        for c in np.flatnonzero(query):
            rows, values = self.column(int(c))
            # `out[rows] += ...` takes twice as long, and a bincount over all columns three times.
            np.add.at(out, rows, values * np.float32(query[c]))
        return out

    def take(self, rows: Rows) -> "SparseRows":
        """Return these rows, in this order."""
        if len(rows) == 1:
            return self._row(int(rows[0]))
        if len(rows) <= FEW:
            return _joined([self._row(int(i)) for i in rows], self.dim)
        blocks, which = np.unique(rows // self.block, return_inverse=True)
        parts = [self._blocks(int(b), int(b) + 1) for b in blocks]
        return _joined(parts, self.dim).take(which * self.block + rows % self.block)

    def between(self, first: int, last: int) -> "SparseRows":
        """Return the rows from `first` up to, not including, `last`."""
        last = min(last, self.n)
        step = max(1, SPAN_ROWS // self.block)
        begin, end = first // self.block, -(-last // self.block)
        parts = [self._blocks(b, min(b + step, end)) for b in range(begin, end, step)]
        offset = begin * self.block
        return _joined(parts, self.dim).between(first - offset, last - offset)

    def dense(self) -> NDArray[np.float32]:
        """Return shape (n, dim)."""
        return self.between(0, self.n).dense()

    def _row(self, i: int) -> "SparseRows":
        """Return one row, picked out of its block, and kept for the next to ask."""
        from indexers.embeddings import SparseRows

        if i in self._known:
            return self._known[i]
        where, lengths = self._entries(i // self.block, i // self.block + 1)
        picked = np.flatnonzero(self.rows[where] == i % self.block)
        indices = self.held[np.searchsorted(np.cumsum(lengths), picked, side="right")]
        row = SparseRows(np.array([0, len(picked)]), indices, self.values[where[picked]], self.dim)
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[i] = row
        return row

    def _blocks(self, begin: int, end: int) -> "SparseRows":
        """Return the rows of some blocks, all of them filled up to their full length with empty rows."""
        from indexers.embeddings import SparseRows

        where, lengths = self._entries(begin, end)
        firsts = np.tile(np.arange(end - begin) * self.block, len(self.held)).astype(np.uint16)
        row = self.rows[where].astype(np.uint16) + np.repeat(firsts, self.counts[:, begin:end].ravel())
        order = np.argsort(row, kind="stable")  # keeps the columns of a row ascending
        n = (end - begin) * self.block
        indptr = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=n), out=indptr[1:])
        indices = np.repeat(self.held, lengths)[order]
        return SparseRows(indptr, indices, self.values[where[order]], self.dim)

    def _entries(self, begin: int, end: int) -> tuple[Rows, Rows]:
        """Return where the entries of some blocks are, column by column, and how many of each there are."""
        lengths = self.counts[:, begin:end].sum(axis=1, dtype=np.int64)
        near = begin // STEP
        starts = self._marks[:, near] + self.counts[:, near * STEP : begin].sum(axis=1, dtype=np.int64)
        # Where a column comes to these blocks, plus an entry's rank there.
        where = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
        return where, lengths

    @cached_property
    def _known(self) -> "dict[int, SparseRows]":
        return {}

    @cached_property
    def _indptr(self) -> Rows:
        """Shape (h + 1,): where each column begins."""
        return np.concatenate([[0], np.cumsum(self.counts.sum(axis=1, dtype=np.int64))])

    @cached_property
    def _firsts(self) -> Rows:
        """Shape (blocks,): each block's first row."""
        return np.arange(self.counts.shape[1]) * self.block

    @cached_property
    def _marks(self) -> Rows:
        """Shape (h, about blocks / STEP): where in `rows` a column comes to block 0, STEP, 2 STEP ..."""
        blocks = self.counts.shape[1]
        sums = np.add.reduceat(self.counts, np.arange(0, blocks, STEP), axis=1, dtype=np.int64) if blocks else 0
        marks = np.zeros((len(self.held), -(-blocks // STEP)), np.int64)
        marks += self._indptr[:-1, None]
        marks[:, 1:] += np.cumsum(sums, axis=1)[:, :-1] if blocks else 0
        return marks


def _width(n: int, entries: int, held: int) -> type[np.uint8] | type[np.uint16]:
    """Return which blocks take fewer bytes: small ones have shorter numbers, and more counts."""
    small, large = (
        (entries + held * -(-n // int(np.iinfo(width).max))) * np.dtype(width).itemsize
        for width in (np.uint8, np.uint16)
    )
    return np.uint8 if small <= large else np.uint16


def _joined(parts: "list[SparseRows]", dim: int) -> "SparseRows":
    from indexers.embeddings import SparseRows, concatenate

    joined = concatenate(parts or [SparseRows.from_dense(np.zeros((0, dim), np.float32), above=0)], dim)
    assert isinstance(joined, SparseRows)  # noqa: S101 - for the type checker: its parts are
    return joined

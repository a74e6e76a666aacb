"""Several windows in one point of the embedded engine, since a point costs 60 bytes besides its vector.

Neighbours whose rows are equal in half precision, as where nothing moves or sounds, are one row with a length: how many
windows it stands for. Sparse rows are also packed side by side: the row in slot s of a point has its dimension c at
`s * dim + c`, and its length, where it is not 1 or the row is empty, at `LENGTHS + s`. So the engine still compares
single rows: with a query that is moved to a slot. Measured on concepts, in bytes a window: 228 with a point for each,
104 with 16 in a point, 100 with 32, 96 with 64.

A dense point is one row, with its length in the payload where it is not 1.

A point's id is that of its first window. Points as they were made before, one a window, read as what they are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from egosearch.stores.base import WindowRows
from egosearch.stores.points import DenseVector, SparseEntries, vectors
from indexers.embeddings import DenseRows, Embeddings, SparseRows, concatenate, repeats
from indexers.types import EmbeddingSpace

Rows = NDArray[np.int64]

SLOTS = 64
"""Rows packed into a sparse point."""
MOST = 1000
"""Windows in one point: so far before a window begins whatever holds it. Half precision counts to 2,048."""
LENGTHS = 1 << 30
"""The first of the indices that hold lengths: beyond those of any row."""
PAGE = 256
"""Points unpacked at a time."""
LENGTH = "windows"
"""What a dense point's payload calls it."""


@dataclass(frozen=True)
class PackedPoint:
    """A point of the embedded engine."""

    first: int
    """Number of its first window."""
    vector: DenseVector | SparseEntries
    length: int = 1
    """Of a dense one; that of a sparse one is in its vector."""


def pack(space: EmbeddingSpace, rows: WindowRows) -> list[PackedPoint]:
    """Return the points that hold some windows, one after the other."""
    if not len(rows):
        return []
    begins = np.flatnonzero(_begins(rows))
    lengths = np.diff(np.append(begins, len(rows)))
    firsts = rows.index[begins]
    held = rows.embeddings.take(begins)
    if space.layout == "dense":
        found = zip(firsts.tolist(), vectors(held), lengths.tolist(), strict=True)
        return [PackedPoint(first, vector, length) for first, vector, length in found]
    assert isinstance(held, SparseRows)  # noqa: S101 - for the type checker: `check_rows` has seen to it
    bounds = [*_points(firsts, lengths), len(begins)]
    return [
        PackedPoint(int(firsts[a]), _packed(held.between(a, b), lengths[a:b].tolist(), space.dim))
        for a, b in pairwise(bounds)
    ]


def unpack(space: EmbeddingSpace, recording_id: str, points: Iterable[PackedPoint]) -> WindowRows | None:
    """Return the windows of one recording's points in time order, or None for no points.

    A page at a time, since as lists of Python's numbers they take ten times what they are as arrays.
    """
    every = iter(points)
    pages = []
    while page := list(islice(every, PAGE)):
        pages.append(_unpacked(space, page))
    if not pages:
        return None
    index = np.concatenate([index for index, _ in pages])
    _, order = np.unique(index, return_index=True)  # a kill may have left a window in two points
    held = concatenate([rows for _, rows in pages], space.dim)
    return WindowRows(recording_id, index[order], held.take(order))


def _unpacked(space: EmbeddingSpace, points: Sequence[PackedPoint]) -> tuple[Rows, Embeddings]:
    lengths = [lengths_of(space, point) for point in points]
    index = np.concatenate([np.arange(of.sum()) + point.first for point, of in zip(points, lengths, strict=True)])
    every = np.concatenate(lengths)
    held = _held(space, points, [len(of) for of in lengths])
    return index, held.take(np.repeat(np.arange(len(every)), every))


def lengths_of(space: EmbeddingSpace, point: PackedPoint) -> Rows:
    """Return how many windows each row of a point stands for: together, all windows from its first one on."""
    if not isinstance(point.vector, SparseEntries):
        return np.array([point.length])
    if not point.vector.indices:  # an empty row in a point of its own
        return np.ones(1, np.int64)
    indices = np.array(point.vector.indices, np.int64)
    is_row = indices < LENGTHS
    slots = np.where(is_row, indices // space.dim, indices - LENGTHS)
    lengths = np.ones(int(slots.max()) + 1, np.int64)
    lengths[slots[~is_row]] = np.array(point.vector.values)[~is_row].astype(np.int64)
    return lengths


def shifted(query: SparseEntries, dim: int) -> Iterator[SparseEntries]:
    """Yield a sparse query moved to each slot."""
    for slot in range(SLOTS):
        yield replace(query, indices=[slot * dim + index for index in query.indices])


def merged(old: WindowRows | None, new: WindowRows, dim: int) -> WindowRows:
    """Return the windows of both in time order; where both have one, the new one stands."""
    if old is None:
        return new
    kept = without(old, new.index)
    index = np.concatenate([kept.index, new.index])
    embeddings = concatenate([kept.embeddings, new.embeddings], dim)
    order = np.argsort(index)
    return WindowRows(new.recording_id, index[order], embeddings.take(order))


def without(rows: WindowRows, index: Rows) -> WindowRows:
    """Return the windows that are not among these numbers."""
    kept = np.flatnonzero(~np.isin(rows.index, index))
    return WindowRows(rows.recording_id, rows.index[kept], rows.embeddings.take(kept))


def _begins(rows: WindowRows) -> NDArray[np.bool_]:
    """Return the windows with which a new row begins."""
    with np.errstate(over="ignore"):
        half = rows.embeddings.values.astype(np.float16)
    is_exact = not np.isfinite(half).all()  # what is beyond half precision is all alike there
    begins = ~repeats(rows.embeddings if is_exact else replace(rows.embeddings, values=half))
    begins[1:] |= np.diff(rows.index) != 1
    starts = np.flatnonzero(begins)
    run = np.arange(len(begins)) - np.repeat(starts, np.diff(np.append(starts, len(begins))))
    return np.asarray(begins | (run % MOST == 0), bool)


def _points(firsts: Rows, lengths: Rows) -> list[int]:
    """Return with which row each point begins: it has so many slots, so many windows, and no gap."""
    bounds, windows = [0], 0
    for i, (first, length) in enumerate(zip(firsts.tolist(), lengths.tolist(), strict=True)):
        is_full = i - bounds[-1] == SLOTS or windows + length > MOST
        if i and (is_full or first != int(firsts[bounds[-1]]) + windows):
            bounds.append(i)
            windows = 0
        windows += length
    return bounds


def _packed(rows: SparseRows, lengths: list[int], dim: int) -> SparseEntries:
    slots = np.repeat(np.arange(len(rows)), np.diff(rows.indptr))
    entries = (slots * dim + rows.indices).tolist(), rows.values.tolist()
    said = [s for s, length in enumerate(lengths) if length != 1 or rows.indptr[s] == rows.indptr[s + 1]]
    return SparseEntries([*entries[0], *(LENGTHS + s for s in said)], [*entries[1], *(float(lengths[s]) for s in said)])


def _held(space: EmbeddingSpace, points: Sequence[PackedPoint], slots_of: Sequence[int]) -> Embeddings:
    """Return the rows of all points, one after the other; `slots_of` says how many each has."""
    if space.layout == "dense":
        return DenseRows(np.array([point.vector for point in points], dtype=np.float32).reshape(-1, space.dim))
    counts, indices, values = [], [], []
    for point, slots in zip(points, slots_of, strict=True):
        if isinstance(point.vector, SparseEntries):
            every = np.array(point.vector.indices, np.int64)
            is_row = every < LENGTHS
            slot_of, dimensions = np.divmod(every[is_row], space.dim)
            counts.append(np.bincount(slot_of, minlength=slots))
            indices.append(dimensions.astype(np.uint16))
            values.append(np.array(point.vector.values, np.float32)[is_row])
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return SparseRows(indptr, np.concatenate(indices), np.concatenate(values), space.dim)

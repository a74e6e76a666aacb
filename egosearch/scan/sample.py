"""The stored sample: windows of a server library that are kept here to tell what is usual in it.

Of each space the SAMPLE windows are kept whose hashed ids are smallest. That is chance, so mean and deviation are those
of the library within chance: 20,000 windows give a mean to within 1 % of a deviation. It is also the same chance every
time, whatever the order of the recordings: as a library grows, a new window joins if its hash is below the largest of
the sample, which then leaves; so a library that grows by a hundredth renews a hundredth of its sample, and only that is
fetched, each time that the cache is brought up to date. When recordings are removed the next smallest move up.

A small library, up to SAMPLE windows, is sampled whole: its background is exact, its vectors are all here, and its
searches ask the server nothing. A huge one keeps as many as a large one, 2 MB a space of concepts, 20 MB of 512
numbers.
"""

import numpy as np
from numpy.typing import NDArray

from egosearch.scan.fetched import FetchedRows
from egosearch.scan.types import Sample, SpaceMatrix
from egosearch.stores.base import VectorStore, recording_key
from indexers.embeddings import concatenate

Rows = NDArray[np.int64]

SAMPLE = 20_000
"""Windows of a space: two and a half hours of sound at a window every half second."""


def chosen(matrix: SpaceMatrix, count: int) -> Rows:
    """Return the windows to sample, ascending: the `count` whose hashed ids are smallest, or all.

    A window's hash is output `index + 1` of a SplitMix64 generator whose seed is the recording's key.

    Source:
        Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
    """
    if len(matrix) <= count:
        return np.arange(len(matrix))
    seeds = np.array([int.from_bytes(recording_key(one)[:8]) for one in matrix.recording_ids], np.uint64)
    z = seeds[matrix.recording_of] + (matrix.index.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.sort(np.argpartition(z ^ (z >> np.uint64(31)), count)[:count])


def sampled(matrix: SpaceMatrix, store: VectorStore, previous: SpaceMatrix | None, count: int) -> SpaceMatrix:
    """Return a matrix with a sample and the background measured on it, or where it is small with all its vectors.

    Args:
        matrix: Without vectors.
        store: Asked for what is not in `previous`.
        previous: The same space in the last cache.
        count: Windows in the sample at most.
    """
    wanted = chosen(matrix, count)
    rows = FetchedRows.none(len(matrix), matrix.space)
    if previous is not None:
        rows = _at_hand(matrix, wanted, previous, rows)
    rows = fetch(matrix, store, np.setdiff1d(wanted, rows.windows), rows)
    if len(wanted) == len(matrix):
        return matrix.with_rows(rows.take(wanted), None)
    away = FetchedRows.none(len(matrix), matrix.space, rows.held.measured())
    return matrix.with_rows(away, Sample(rows.windows, rows.held))


def fetch(matrix: SpaceMatrix, store: VectorStore, windows: Rows, rows: FetchedRows) -> FetchedRows:
    """Return rows with more of them, asked of a store; what it does not have stays away.

    Args:
        matrix: The space.
        store: Where it is.
        windows: Which ones, ascending; none that is here already.
        rows: What is here.
    """
    if not len(windows):
        return rows
    cuts = np.searchsorted(windows, matrix.offsets)
    asked = {
        recording_id: matrix.index[windows[cuts[j] : cuts[j + 1]]].astype(np.int64)
        for j, recording_id in enumerate(matrix.recording_ids)
        if cuts[j + 1] > cuts[j]
    }
    parts = store.fetch(matrix.space, asked)
    if not parts:
        return rows
    numbered = {recording_id: j for j, recording_id in enumerate(matrix.recording_ids)}
    found = [matrix.rows_of(numbered[recording_id], part.index) for recording_id, part in parts.items()]
    vectors = concatenate([part.embeddings for part in parts.values()], matrix.space.dim)
    return rows.joined(np.concatenate(found), vectors)


def _at_hand(matrix: SpaceMatrix, wanted: Rows, previous: SpaceMatrix, rows: FetchedRows) -> FetchedRows:
    """Return those of the wanted windows whose vectors the last cache has, of recordings that did not change."""
    if isinstance(previous.rows, FetchedRows):
        if previous.sample is None:
            return rows
        old, vectors = previous.sample.windows, previous.sample.rows
    else:
        old, vectors = np.arange(len(previous)), previous.rows
    numbered = {
        (one, digest): j for j, (one, digest) in enumerate(zip(matrix.recording_ids, matrix.digests, strict=True))
    }
    now = np.array([numbered.get(each, -1) for each in zip(previous.recording_ids, previous.digests, strict=True)], int)
    moved = matrix.offsets[now] - previous.offsets[:-1]  # how far a recording's windows have moved
    owner = previous.recording_of[old]
    new = old + moved[owner]
    keep = np.flatnonzero((now[owner] >= 0) & np.isin(new, wanted))
    return rows.joined(new[keep], vectors.take(keep))

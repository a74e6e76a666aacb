"""Between windows and the points of a Qdrant: what both Qdrant stores share, in plain Python values.

A point is a `window_id` and a vector under the name `VECTOR`; on a server also a payload of recording and index.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from egosearch.stores.base import MAX_WINDOWS, Hit, WindowRows, recording_key
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Floats

VECTOR = "window"
"""The name of the one vector that a point has."""

DenseVector = list[float]


@dataclass(frozen=True)
class SparseEntries:
    """One sparse vector as lists."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True)
class StoredPoint:
    """A point as a Qdrant gave it back."""

    index: int
    vector: DenseVector | SparseEntries


def check_rows(space: EmbeddingSpace, rows: WindowRows) -> None:
    """Raise ValueError unless `rows` can be stored in `space`."""
    check_embeddings(space, rows.embeddings)
    if len(rows) != len(rows.embeddings):
        raise ValueError(f"{len(rows)} windows with {len(rows.embeddings)} vectors")
    if np.any(np.diff(rows.index) <= 0):
        raise ValueError("window indices must ascend")
    if len(rows) and not 0 <= rows.index[0] <= rows.index[-1] < MAX_WINDOWS:
        raise ValueError(f"window indices run from 0 to {MAX_WINDOWS - 1}")


def check_query(space: EmbeddingSpace, query: Embeddings, limit: int) -> None:
    """Raise ValueError unless `query` is one row of `space` and `limit` is at least 1."""
    check_embeddings(space, query)
    if len(query) != 1:
        raise ValueError(f"a query is one row, not {len(query)}")
    if limit < 1:
        raise ValueError(f"a limit is at least 1, not {limit}")


def check_embeddings(space: EmbeddingSpace, embeddings: Embeddings) -> None:
    """Raise ValueError unless `embeddings` has the layout and length of `space` and is finite."""
    layout = "dense" if isinstance(embeddings, DenseRows) else "sparse"
    if (layout, embeddings.dim) != (space.layout, space.dim):
        raise ValueError(f"{layout} vectors of {embeddings.dim} in a space of {space.layout} vectors of {space.dim}")
    # Qdrant Edge takes NaN without a word, and then finds it at the top of every search.
    if not np.isfinite(embeddings.values).all():
        raise ValueError("a vector holds NaN or infinity")
    if isinstance(embeddings, SparseRows) and np.any(embeddings.indices >= embeddings.dim):
        raise ValueError(f"a sparse vector has an index beyond {embeddings.dim - 1}")


def vectors(embeddings: Embeddings) -> Iterator[DenseVector | SparseEntries]:
    """Yield each row as lists."""
    if isinstance(embeddings, DenseRows):
        yield from embeddings.values.tolist()
        return
    indices, values, bounds = embeddings.indices.tolist(), embeddings.values.tolist(), embeddings.indptr.tolist()
    for start, end in pairwise(bounds):
        yield SparseEntries(indices[start:end], values[start:end])


def comparable(space: EmbeddingSpace, embeddings: Embeddings) -> Embeddings:
    """Return vectors whose inner product is the similarity in `space`."""
    if space.distance == "dot":
        return embeddings
    if isinstance(embeddings, SparseRows):
        raise ValueError("sparse vectors are compared by dot product only")
    lengths = np.linalg.norm(embeddings.values, axis=1, keepdims=True)  # (n, 1)
    return DenseRows((embeddings.values / np.where(lengths > 0, lengths, 1)).astype(np.float32))


def exact_hits(parts: Iterable[WindowRows], query: Floats, limit: int) -> list[Hit]:
    """Return the windows most similar to `query` (shape (dim,)), both `comparable`, as `VectorStore.search` does."""
    return in_order([hit for rows in parts for hit in _hits(rows, query)])[:limit]


def _hits(rows: WindowRows, query: Floats) -> list[Hit]:
    embeddings = rows.embeddings
    shares = np.ones(len(rows), dtype=bool)
    if isinstance(embeddings, SparseRows):
        common = np.concatenate([[0], np.cumsum(query[embeddings.indices] != 0)])
        shares = common[embeddings.indptr[1:]] > common[embeddings.indptr[:-1]]
    similarity = embeddings.dot(query)
    return [Hit(rows.recording_id, int(rows.index[i]), float(similarity[i])) for i in np.flatnonzero(shares)]


def rows_from_points(space: EmbeddingSpace, recording_id: str, points: Sequence[StoredPoint]) -> WindowRows | None:
    """Return the windows of one recording in time order, or None for no points."""
    if not points:
        return None
    ordered = sorted(points, key=lambda point: point.index)
    index = np.array([point.index for point in ordered], dtype=np.int64)
    return WindowRows(recording_id, index, _embeddings(space, [point.vector for point in ordered]))


def _embeddings(space: EmbeddingSpace, found: Sequence[DenseVector | SparseEntries]) -> Embeddings:
    if space.layout == "dense":
        return DenseRows(np.array(found, dtype=np.float32).reshape(-1, space.dim))
    rows = [row for row in found if isinstance(row, SparseEntries)]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row.indices) for row in rows], out=indptr[1:])
    return SparseRows(
        indptr,
        np.array([index for row in rows for index in row.indices], dtype=np.uint16),
        np.array([value for row in rows for value in row.values], dtype=np.float32),
        space.dim,
    )


def fetched_rows(
    space: EmbeddingSpace,
    windows: Mapping[str, NDArray[np.int64]],
    retrieve: Callable[[list[uuid.UUID]], Iterable[tuple[uuid.UUID, DenseVector | SparseEntries]]],
    batch: int,
) -> dict[str, WindowRows]:
    """Return what `VectorStore.fetch` does, from a function that returns the points of some ids, in any order.

    Args:
        space: Of the vectors.
        windows: Which ones, by recording.
        retrieve: Asked for at most `batch` ids at once.
        batch: At least 1.
    """
    owners = {recording_key(recording_id): recording_id for recording_id in windows}
    ids = [
        uuid.UUID(bytes=key + index.to_bytes(4, "big"))
        for key, recording_id in owners.items()
        for index in windows[recording_id].tolist()
    ]
    points: dict[str, list[StoredPoint]] = {}
    for start in range(0, len(ids), batch):
        for found, vector in retrieve(ids[start : start + batch]):
            point = StoredPoint(found.int % MAX_WINDOWS, vector)
            points.setdefault(owners[found.bytes[:-4]], []).append(point)
    rows = ((recording_id, rows_from_points(space, recording_id, some)) for recording_id, some in points.items())
    return {recording_id: one for recording_id, one in rows if one is not None}


def in_order(hits: list[Hit]) -> list[Hit]:
    """Return hits best first, ties by recording and index."""
    return sorted(hits, key=lambda hit: (-hit.similarity, hit.recording_id, hit.index))


def best_hits(search: Callable[[int], list[Hit]], limit: int) -> list[Hit]:
    """Return the first `limit` of all hits in order, from a search that breaks ties as it likes.

    Which of several equal hits a Qdrant returns last is chance. Asking for more until the last one is worse than the
    `limit`-th makes it certain; one more is enough but where whole stretches are alike, such as silence.
    """
    asked = limit + 1
    while True:
        hits = in_order(search(asked))
        if len(hits) < asked or hits[-1].similarity < hits[limit - 1].similarity:
            return hits[:limit]
        asked *= 4

"""Qdrant's embedded engine, function by function: its types in, ours out. `egosearch.stores.embedded` is the store."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch.stores.base import MAX_WINDOWS, WindowRows, window_id
from egosearch.stores.packing import LENGTH, MOST, PackedPoint, lengths_of, pack
from egosearch.stores.points import VECTOR, DenseVector, SparseEntries
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    import qdrant_edge

BATCH = 500
"""Points given to the engine at once: enough to spread the call's cost, little enough to stay under 20 MB as lists."""
NEVER_KB = 1 << 40
"""More than a segment will ever have: beyond a size, the engine would keep a second copy of all sparse vectors by
entry, 60 bytes a window, which only spares making that index in memory when opening: 0.1 s for 100,000 windows."""
FIRST_PAGE = 32
"""Points read at first of a recording; each further page is twice as long, since where it ends is known only then."""


def config(space: EmbeddingSpace) -> "qdrant_edge.EdgeConfig":
    """Return how a space's shard is laid out; see `egosearch.stores.embedded` for why so."""
    import qdrant_edge as edge

    optimizers = edge.EdgeOptimizersConfig(indexing_threshold=NEVER_KB)
    if space.layout == "sparse":
        if space.distance != "dot":
            raise ValueError("sparse vectors are compared by dot product only")
        sparse = edge.EdgeSparseVectorParams(datatype=edge.VectorStorageDatatype.Float16)
        return edge.EdgeConfig(sparse_vectors={VECTOR: sparse}, optimizers=optimizers, wal_enabled=False)
    dense = edge.EdgeVectorParams(
        size=space.dim,
        distance=edge.Distance.Cosine if space.distance == "cosine" else edge.Distance.Dot,
        datatype=edge.VectorStorageDatatype.Float16,
        hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=10_000),  # m=0: no graph
    )
    return edge.EdgeConfig(vectors={VECTOR: dense}, optimizers=optimizers, wal_enabled=False)


def edge_vector(vector: DenseVector | SparseEntries) -> "list[float] | qdrant_edge.SparseVector":
    """Return a vector as the engine takes it."""
    import qdrant_edge

    if isinstance(vector, SparseEntries):
        return qdrant_edge.SparseVector(vector.indices, vector.values)
    return vector


def edge_point(recording_id: str, point: PackedPoint) -> "qdrant_edge.Point":
    """Return a point as the engine takes it."""
    import qdrant_edge

    payload = {LENGTH: point.length} if point.length != 1 else None
    return qdrant_edge.Point(window_id(recording_id, point.first), {VECTOR: edge_vector(point.vector)}, payload)


def stored(record: "qdrant_edge.Record | qdrant_edge.ScoredPoint") -> PackedPoint:
    """Return a record, read with its vector and payload, as a point."""
    import qdrant_edge

    found = record.vector[VECTOR] if isinstance(record.vector, dict) else []
    if isinstance(found, qdrant_edge.SparseVector):
        return PackedPoint(index_of(record.id), SparseEntries(found.indices, found.values))
    length = int((record.payload or {}).get(LENGTH, 1))
    return PackedPoint(index_of(record.id), [value for value in found if isinstance(value, float)], length)


def points_of(
    shard: "qdrant_edge.EdgeShard",
    recording_id: str,
    first: int = 0,
    last: int = MAX_WINDOWS - 1,
    *,
    with_vectors: bool = True,
) -> "Iterator[qdrant_edge.Record]":
    """Yield a recording's points that begin with the windows from `first` to `last`, in that order.

    The order of time is that of their ids.
    """
    return _between(shard, window_id(recording_id, first), window_id(recording_id, last), with_vectors=with_vectors)


def every_point(shard: "qdrant_edge.EdgeShard") -> "Iterator[qdrant_edge.Record]":
    """Yield all points."""
    return _between(shard, uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1), with_vectors=True)


def overlapping(
    space: EmbeddingSpace, shard: "qdrant_edge.EdgeShard", recording_id: str, index: NDArray[np.int64]
) -> list[PackedPoint]:
    """Return the points that hold any of some windows (ascending): writing these changes what is in those."""
    if not len(index):
        return []
    begin, end = max(0, int(index[0]) - MOST + 1), int(index[-1])
    points = [stored(record) for record in points_of(shard, recording_id, begin, end)]
    return [point for point in points if np.isin(np.arange(lengths_of(space, point).sum()) + point.first, index).any()]


def write_over(
    space: EmbeddingSpace, shard: "qdrant_edge.EdgeShard", changed: list[PackedPoint], whole: WindowRows
) -> None:
    """Write windows of a recording, and remove those of the points that held them which are not written over."""
    import qdrant_edge

    points = pack(space, whole)
    for start in range(0, len(points), BATCH):
        batch = [edge_point(whole.recording_id, point) for point in points[start : start + BATCH]]
        shard.update(qdrant_edge.UpdateOperation.upsert_points(batch))
        # The engine wrote an empty payload for each, of 128 bytes; this gives them back at the next flush.
        plain = [point.id for point in batch if not point.payload]
        shard.update(qdrant_edge.UpdateOperation.clear_payload(plain))
    stale = {point.first for point in changed} - {point.first for point in points}
    if stale:  # last: what they held is in other points now
        ids = (window_id(whole.recording_id, first) for first in sorted(stale))
        shard.update(qdrant_edge.UpdateOperation.delete_points([*ids]))


def _between(
    shard: "qdrant_edge.EdgeShard", at: uuid.UUID, last: uuid.UUID, *, with_vectors: bool
) -> "Iterator[qdrant_edge.Record]":
    import qdrant_edge

    limit = FIRST_PAGE
    while True:
        request = qdrant_edge.ScrollRequest(
            offset=at, limit=limit, with_payload=with_vectors, with_vector=[VECTOR] if with_vectors else False
        )
        found, after = shard.scroll(request)
        for record in found:
            if uuid_of(record.id) > last:
                return
            yield record
        if after is None or uuid_of(after) > last:
            return
        at, limit = uuid_of(after), min(2 * limit, BATCH)


def uuid_of(point_id: "qdrant_edge.PointId") -> uuid.UUID:
    """Return a point's id as it was given."""
    return point_id if isinstance(point_id, uuid.UUID) else uuid.UUID(int=int(point_id))


def index_of(point_id: "qdrant_edge.PointId") -> int:
    """Return the number of a point's first window in its recording."""
    return uuid_of(point_id).int % MAX_WINDOWS

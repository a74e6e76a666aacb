"""Between a Qdrant client's types and ours, value by value. `egosearch.stores.server` is the store."""

from typing import TYPE_CHECKING

from egosearch.stores.base import Filter, Hit
from egosearch.stores.points import VECTOR, DenseVector, SparseEntries, StoredPoint

if TYPE_CHECKING:
    from qdrant_client import models


def server_vector(vector: DenseVector | SparseEntries) -> "list[float] | models.SparseVector":
    """Return a vector as the client takes it."""
    from qdrant_client import models

    if isinstance(vector, SparseEntries):
        return models.SparseVector(indices=vector.indices, values=vector.values)
    return vector


def hit(point: "models.ScoredPoint") -> Hit:
    """Return what a search found."""
    payload = point.payload or {}
    return Hit(str(payload["recording_id"]), int(payload["index"]), float(point.score))


def stored(record: "models.Record") -> StoredPoint:
    """Return a record, read with payload and vector, as a point."""
    return StoredPoint(int((record.payload or {})["index"]), vector_of(record))


def vector_of(record: "models.Record") -> DenseVector | SparseEntries:
    """Return the vector of a record."""
    from qdrant_client import models

    found = record.vector[VECTOR] if isinstance(record.vector, dict) else []
    if isinstance(found, models.SparseVector):
        return SparseEntries(found.indices, found.values)
    return [float(value) for value in found if isinstance(value, float | int)]


def server_filter(where: Filter) -> "models.Filter | None":
    """Return a filter as the client takes it; None for everything."""
    from qdrant_client import models

    if where.recording_ids is None:
        return None
    match = models.MatchAny(any=sorted(where.recording_ids))
    return models.Filter(must=[models.FieldCondition(key="recording_id", match=match)])

"""The store that other stores are measured against: exact, in memory, obvious; nothing is kept on disk."""

import numpy as np

from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows
from egosearch.stores.points import check_query, check_rows, in_order
from indexers.embeddings import DenseRows, Embeddings, SparseRows, concatenate
from indexers.types import EmbeddingSpace, Floats


class MemoryStore(ClosingStore):
    """A `VectorStore` for tests, examples and libraries that need not last."""

    def __init__(self) -> None:
        self._recordings: dict[str, dict[str, WindowRows]] = {}  # by space id, then by recording id

    def spaces(self) -> list[str]:
        return sorted(self._recordings)

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        check_rows(space, rows)
        recordings = self._recordings.setdefault(space.id, {})
        rows = WindowRows(rows.recording_id, rows.index, rows.start_s, rows.end_s, _comparable(space, rows.embeddings))
        old = recordings.get(rows.recording_id)
        if len(rows):
            recordings[rows.recording_id] = rows if old is None else _merged(old, rows, space.dim)

    def flush(self) -> None:
        """Nothing to do."""

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        return self._recordings.get(space.id, {}).get(recording_id)

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        check_query(space, query, limit)
        wanted = _comparable(space, query).dense()[0]
        hits = [hit for rows in self._matching(space, where) for hit in _hits(rows, wanted)]
        return in_order(hits)[:limit]

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        return sum(len(rows) for rows in self._matching(space, where))

    def remove(self, recording_id: str) -> None:
        for recordings in self._recordings.values():
            recordings.pop(recording_id, None)

    def drop_space(self, space_id: str) -> None:
        self._recordings.pop(space_id, None)

    def compact(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do: what was stored stays until the object goes."""

    def _matching(self, space: EmbeddingSpace, where: Filter) -> list[WindowRows]:
        return [
            _within(rows, where)
            for recording_id, rows in self._recordings.get(space.id, {}).items()
            if where.recording_ids is None or recording_id in where.recording_ids
        ]


def _comparable(space: EmbeddingSpace, embeddings: Embeddings) -> Embeddings:
    if space.distance == "dot":
        return embeddings
    if isinstance(embeddings, SparseRows):
        raise ValueError("sparse vectors are compared by dot product only")
    lengths = np.linalg.norm(embeddings.values, axis=1, keepdims=True)  # (n, 1)
    return DenseRows((embeddings.values / np.where(lengths > 0, lengths, 1)).astype(np.float32))


def _merged(old: WindowRows, new: WindowRows, dim: int) -> WindowRows:
    """Return the windows of both in time order; where both have one, the new one stands."""
    kept = np.flatnonzero(~np.isin(old.index, new.index))
    old = _take(old, kept)
    both = WindowRows(
        new.recording_id,
        np.concatenate([old.index, new.index]),
        np.concatenate([old.start_s, new.start_s]),
        np.concatenate([old.end_s, new.end_s]),
        concatenate([old.embeddings, new.embeddings], dim),
    )
    return _take(both, np.argsort(both.index))


def _take(rows: WindowRows, which: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> WindowRows:
    return WindowRows(
        rows.recording_id, rows.index[which], rows.start_s[which], rows.end_s[which], rows.embeddings.take(which)
    )


def _within(rows: WindowRows, where: Filter) -> WindowRows:
    keep = np.ones(len(rows), dtype=bool)
    if where.start_s is not None:
        keep &= rows.end_s > where.start_s
    if where.end_s is not None:
        keep &= rows.start_s < where.end_s
    return _take(rows, np.flatnonzero(keep))


def _hits(rows: WindowRows, query: Floats) -> list[Hit]:
    embeddings = rows.embeddings
    shares = np.ones(len(rows), dtype=bool)
    if isinstance(embeddings, SparseRows):
        common = np.concatenate([[0], np.cumsum(query[embeddings.indices] != 0)])
        shares = common[embeddings.indptr[1:]] > common[embeddings.indptr[:-1]]
    similarity = embeddings.dot(query)
    return [
        Hit(rows.recording_id, int(rows.index[i]), float(rows.start_s[i]), float(rows.end_s[i]), float(similarity[i]))
        for i in np.flatnonzero(shares)
    ]

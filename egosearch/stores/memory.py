"""The store that other stores are measured against: exact, in memory, obvious; nothing is kept on disk."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows
from egosearch.stores.points import check_query, check_rows, comparable, exact_hits
from indexers.embeddings import Embeddings, concatenate
from indexers.types import EmbeddingSpace


class MemoryStore(ClosingStore):
    """A `VectorStore` for tests, examples and libraries that need not last."""

    def __init__(self) -> None:
        self._recordings: dict[str, dict[str, WindowRows]] = {}  # by space id, then by recording id

    def spaces(self) -> list[str]:
        return sorted(self._recordings)

    def recordings(self, space_id: str) -> set[str]:
        return set(self._recordings.get(space_id, {}))

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        check_rows(space, rows)
        recordings = self._recordings.setdefault(space.id, {})
        rows = WindowRows(rows.recording_id, rows.index, comparable(space, rows.embeddings))
        old = recordings.get(rows.recording_id)
        if len(rows):
            recordings[rows.recording_id] = rows if old is None else _merged(old, rows, space.dim)

    def flush(self) -> None:
        """Nothing to do."""

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        return self._recordings.get(space.id, {}).get(recording_id)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        found = {}
        for recording_id, index in windows.items():
            rows = self.scan(space, recording_id)
            here = np.flatnonzero(np.isin(rows.index, index)) if rows is not None else np.zeros(0, np.int64)
            if rows is not None and len(here):
                found[recording_id] = WindowRows(recording_id, rows.index[here], rows.embeddings.take(here))
        return found

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        check_query(space, query, limit)
        return exact_hits(self._matching(space, where), comparable(space, query).dense()[0], limit)

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        return sum(len(rows) for rows in self._matching(space, where))

    def remove(self, recording_id: str) -> None:
        for recordings in self._recordings.values():
            recordings.pop(recording_id, None)

    def discard(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> None:
        recordings = self._recordings.get(space.id, {})
        for recording_id, index in windows.items():
            if (rows := recordings.get(recording_id)) is not None:
                kept = np.flatnonzero(~np.isin(rows.index, index))
                del recordings[recording_id]
                if len(kept):
                    recordings[recording_id] = WindowRows(recording_id, rows.index[kept], rows.embeddings.take(kept))

    def drop_space(self, space_id: str) -> None:
        self._recordings.pop(space_id, None)

    def compact(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do: what was stored stays until the object goes."""

    def _matching(self, space: EmbeddingSpace, where: Filter) -> list[WindowRows]:
        return [
            rows
            for recording_id, rows in self._recordings.get(space.id, {}).items()
            if where.recording_ids is None or recording_id in where.recording_ids
        ]


def _merged(old: WindowRows, new: WindowRows, dim: int) -> WindowRows:
    """Return the windows of both in time order; where both have one, the new one stands."""
    kept = np.flatnonzero(~np.isin(old.index, new.index))
    index = np.concatenate([old.index[kept], new.index])
    embeddings = concatenate([old.embeddings.take(kept), new.embeddings], dim)
    order = np.argsort(index)
    return WindowRows(new.recording_id, index[order], embeddings.take(order))

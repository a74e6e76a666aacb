"""Qdrant's own engine in this process, on a folder: `<path>/<space id>/`, a shard for each space.

One shard a space, and not one with a named vector a space: there an absent vector costs 128 bytes a point, and a space
could not be added or dropped on its own. There is no write-ahead log: a slice counts once the catalogue says so, which
is after `flush()`, and each log would preallocate 64 MB. There is no graph and no quantisation: `search` compares with
every window, and fused queries do not come here but scan matrices of their own (`egosearch.query`).

And there is no payload: it would take more than the vector. Ids say whose a window is (`window_id`), a recording is
read as a stretch of ids, and a list beside the shard says which recordings there are (`RecordingList`).
"""

import shutil
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch.errors import StoreError
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows, window_id
from egosearch.stores.edge import BATCH, config, edge_vector, index_of, stored, uuid_of, windows_of
from egosearch.stores.locking import FolderLock
from egosearch.stores.points import (
    VECTOR,
    DenseVector,
    SparseEntries,
    best_hits,
    check_query,
    check_rows,
    comparable,
    exact_hits,
    fetched_rows,
    rows_from_points,
    vectors,
)
from egosearch.stores.recordings import RecordingList
from egosearch.stores.trimming import restore, trim
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    import qdrant_edge

UNFINISHED = "."
"""Folders whose names start so are being made or removed; the next opening sweeps them."""


class EmbeddedStore(ClosingStore):
    """A `VectorStore` in a folder of one process at a time; while another has it, verbs raise LibraryLockedError."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`, made when first needed; shards are opened when first asked for."""
        self.path = path
        self._shards: dict[str, qdrant_edge.EdgeShard] = {}
        self._recordings: dict[str, RecordingList] = {}  # by space id, of the shards that are open
        self._lock: FolderLock | None = None
        self._opening = threading.RLock()

    def spaces(self) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(
            child.name for child in self.path.iterdir() if child.is_dir() and not child.name.startswith(UNFINISHED)
        )

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        import qdrant_edge

        check_rows(space, rows)
        shard = self._shard(space.id) or self._create(space)
        points = [
            qdrant_edge.Point(window_id(rows.recording_id, index), {VECTOR: edge_vector(vector)})
            for index, vector in zip(rows.index.tolist(), vectors(rows.embeddings), strict=True)
        ]
        with self._explained(space.id):
            self._recordings[space.id].add(rows.recording_id)  # first: no kill leaves windows of nobody
            for start in range(0, len(points), BATCH):
                batch = points[start : start + BATCH]
                shard.update(qdrant_edge.UpdateOperation.upsert_points(batch))
                # The engine wrote an empty payload for each, of 128 bytes; this gives them back at the next flush.
                shard.update(qdrant_edge.UpdateOperation.clear_payload([point.id for point in batch]))

    def flush(self) -> None:
        for space_id, shard in list(self._shards.items()):
            with self._explained(space_id):
                shard.flush()

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        shard = self._shard(space.id)
        if shard is None:
            return None
        with self._explained(space.id):
            points = [stored(record) for record in windows_of(shard, recording_id, with_vectors=True)]
        return rows_from_points(space, recording_id, points)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        shard = self._shard(space.id)
        if shard is None:
            return {}

        def retrieve(ids: list[uuid.UUID]) -> Iterator[tuple[uuid.UUID, DenseVector | SparseEntries]]:
            for record in shard.retrieve([*ids], with_payload=False, with_vector=[VECTOR]):
                yield uuid_of(record.id), stored(record).vector

        with self._explained(space.id):
            return fetched_rows(space, windows, retrieve, BATCH)

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        import qdrant_edge

        check_query(space, query, limit)
        shard = self._shard(space.id)
        if shard is None:
            return []
        if where.recording_ids is not None:
            parts = [rows for each in where.recording_ids if (rows := self.scan(space, each)) is not None]
            return exact_hits(parts, comparable(space, query).dense()[0], limit)
        nearest = qdrant_edge.Query.Nearest(edge_vector(next(vectors(query))), using=VECTOR)
        recordings, exact = self._recordings[space.id], qdrant_edge.SearchParams(exact=True)

        def search(asked: int) -> list[Hit]:
            request = qdrant_edge.QueryRequest(limit=asked, query=nearest, params=exact)
            return [
                Hit(recordings.owner(uuid_of(point.id)), index_of(point.id), float(point.score))
                for point in shard.query(request)
            ]

        with self._explained(space.id):
            return best_hits(search, limit)

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        import qdrant_edge

        shard = self._shard(space.id)
        if shard is None:
            return 0
        with self._explained(space.id):
            if where.recording_ids is None:
                return shard.count(qdrant_edge.CountRequest())
            return sum(1 for each in where.recording_ids for _ in windows_of(shard, each))

    def remove(self, recording_id: str) -> None:
        import qdrant_edge

        for space_id in self.spaces():
            shard = self._shard(space_id)
            if shard is not None:
                with self._explained(space_id):
                    doomed = [record.id for record in windows_of(shard, recording_id)]
                    for start in range(0, len(doomed), BATCH):
                        shard.update(qdrant_edge.UpdateOperation.delete_points(doomed[start : start + BATCH]))

    def drop_space(self, space_id: str) -> None:
        with self._opening:
            if self._shard(space_id) is None:  # opened first, so that nobody else has it
                return
            self._shards.pop(space_id).close()
            # Renamed first: a kill while it is being removed must not leave half a shard under its name.
            doomed = (self.path / space_id).rename(self.path / f"{UNFINISHED}dropped-{space_id}")
            shutil.rmtree(doomed)

    def compact(self) -> None:
        """Merge and vacuum the shards that are open: about 2 s for 100,000 points, twice the disk meanwhile."""
        for space_id, shard in list(self._shards.items()):
            with self._explained(space_id):
                shard.flush()
                shard.optimize()

    def close(self) -> None:
        with self._opening:
            try:
                while self._shards:
                    space_id, shard = self._shards.popitem()
                    with self._explained(space_id):
                        shard.flush()
                        shard.close()
                        trim(self.path / space_id)
            finally:
                if self._lock is not None:
                    self._lock.release()
                    self._lock = None

    def _shard(self, space_id: str) -> "qdrant_edge.EdgeShard | None":
        """Return the shard of a space, opened now or before; None where there is none."""
        with self._opening:
            folder = self.path / space_id
            if space_id not in self._shards and folder.is_dir():
                self._shards[space_id] = self._load(folder)
            return self._shards.get(space_id)

    def _load(self, folder: Path) -> "qdrant_edge.EdgeShard":
        import qdrant_edge

        with self._explained(folder.name):
            self._own()
            restore(folder)
            self._recordings[folder.name] = RecordingList(folder)
            # What a kill during `compact` leaves; the segments proper are whole.
            shutil.rmtree(folder / "temp_segments", ignore_errors=True)
            return qdrant_edge.EdgeShard.load(str(folder))

    def _create(self, space: EmbeddingSpace) -> "qdrant_edge.EdgeShard":
        import qdrant_edge

        with self._opening, self._explained(space.id):
            self.path.mkdir(parents=True, exist_ok=True)
            self._own()
            # Made aside and then renamed: a kill leaves no shard or a whole one.
            draft = self.path / f"{UNFINISHED}new-{space.id}"
            draft.mkdir()
            shard = qdrant_edge.EdgeShard.create(str(draft), config(space))
            shard.flush()
            shard.close()
            self._shards[space.id] = self._load(draft.rename(self.path / space.id))
            return self._shards[space.id]

    def _own(self) -> None:
        """Lock the folder and sweep what a killed owner left unfinished, unless that was done before."""
        if self._lock is None:
            self._lock = FolderLock(self.path)
            for folder in self.path.glob(f"{UNFINISHED}*-*/"):
                shutil.rmtree(folder)

    @contextmanager
    def _explained(self, space_id: str) -> Iterator[None]:
        """Turn what the engine and the disk raise into one sentence."""
        folder = self.path / space_id
        try:
            yield
        except OSError as error:
            raise StoreError(f"the vectors in {folder} cannot be read or written ({error}); check the disk") from error
        except Exception as error:  # the engine raises plain `Exception` whatever happens
            if type(error) is not Exception:
                raise
            reason = str(error).splitlines()[0][:200]
            raise StoreError(
                f"the vectors in {folder} cannot be used ({reason}); restore them from a backup,"
                " or remove the folder and index again"
            ) from error

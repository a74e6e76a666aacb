"""Qdrant's own engine in this process, on a folder: `<path>/<space id>/`, a shard for each space.

One shard a space, and not one with a named vector a space: there an absent vector costs 128 bytes a point, and a space
could not be added or dropped on its own. There is no write-ahead log: a slice counts once the catalogue says so, which
is after `flush()`, and each log would preallocate 64 MB. There is no graph and no quantisation: `search` compares with
every window, and fused queries do not come here but scan matrices of their own (`egosearch.query`).

And there is hardly a payload: it would take more than the vector. A point holds 64 windows and more (`packing`). Ids
say whose they are (`window_id`), a recording is read as a stretch of ids, and a list beside the shard says which
recordings there are (`RecordingList`).
"""

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch.errors import StoreError
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows, window_id
from egosearch.stores.edge import BATCH, config, edge_point, edge_vector, every_point, points_of, stored, uuid_of
from egosearch.stores.locking import FolderLock
from egosearch.stores.packing import MOST, PackedPoint, lengths_of, merged, pack, shifted, unpack
from egosearch.stores.points import (
    VECTOR,
    DenseVector,
    SparseEntries,
    best_hits,
    check_query,
    check_rows,
    comparable,
    exact_hits,
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
        with self._explained(space.id):
            self._recordings[space.id].add(rows.recording_id)  # first: no kill leaves windows of nobody
            changed = self._overlapping(space, shard, rows)
            whole = merged(unpack(space, rows.recording_id, changed), rows, space.dim)
            points = pack(space, whole)
            for start in range(0, len(points), BATCH):
                batch = [edge_point(rows.recording_id, point) for point in points[start : start + BATCH]]
                shard.update(qdrant_edge.UpdateOperation.upsert_points(batch))
                # The engine wrote an empty payload for each, of 128 bytes; this gives them back at the next flush.
                plain = [point.id for point in batch if not point.payload]
                shard.update(qdrant_edge.UpdateOperation.clear_payload(plain))
            stale = {point.first for point in changed} - {point.first for point in points}
            if stale:  # last: what they held is in other points now
                ids = (window_id(rows.recording_id, first) for first in sorted(stale))
                shard.update(qdrant_edge.UpdateOperation.delete_points([*ids]))

    def flush(self) -> None:
        for space_id, shard in list(self._shards.items()):
            with self._explained(space_id):
                shard.flush()

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        shard = self._shard(space.id)
        if shard is None:
            return None
        with self._explained(space.id):
            points = [stored(record) for record in points_of(shard, recording_id)]
        return unpack(space, recording_id, points)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        shard = self._shard(space.id)
        found = {}
        for recording_id, index in windows.items():
            if shard is None or not len(index):
                continue
            with self._explained(space.id):
                records = points_of(shard, recording_id, max(0, int(index[0]) - MOST + 1), int(index[-1]))
                rows = unpack(space, recording_id, [stored(record) for record in records])
            here = np.flatnonzero(np.isin(rows.index, index)) if rows is not None else np.zeros(0, np.int64)
            if rows is not None and len(here):
                found[recording_id] = WindowRows(recording_id, rows.index[here], rows.embeddings.take(here))
        return found

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        import qdrant_edge

        check_query(space, query, limit)
        shard = self._shard(space.id)
        if shard is None:
            return []
        if where.recording_ids is not None:
            parts = [rows for each in where.recording_ids if (rows := self.scan(space, each)) is not None]
            return exact_hits(parts, comparable(space, query).dense()[0], limit)
        asked = next(vectors(query))
        slots: Iterable[DenseVector | SparseEntries] = [asked]
        if isinstance(asked, SparseEntries):
            slots = shifted(asked, space.dim)
        queries = list(enumerate(slots))

        def search(most: int) -> list[Hit]:
            """Ask for each slot; what one of them left out is no better than the last it gave."""
            hits, least = [], -np.inf
            for slot, vector in queries:
                nearest = qdrant_edge.Query.Nearest(edge_vector(vector), using=VECTOR)
                request = qdrant_edge.QueryRequest(
                    limit=most,
                    query=nearest,
                    params=qdrant_edge.SearchParams(exact=True),
                    with_vector=[VECTOR],
                    with_payload=True,
                )
                found = shard.query(request)
                if len(found) == most:
                    least = max(least, found[-1].score)
                hits += [hit for point in found for hit in self._hits(space, point, slot)]
            return [hit for hit in hits if hit.similarity >= least]

        with self._explained(space.id):
            return best_hits(search, limit)

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        shard = self._shard(space.id)
        if shard is None:
            return 0
        with self._explained(space.id):
            if where.recording_ids is None:
                return sum(int(lengths_of(space, stored(record)).sum()) for record in every_point(shard))
        scanned = (self.scan(space, each) for each in where.recording_ids)
        return sum(len(rows) for rows in scanned if rows is not None)

    def remove(self, recording_id: str) -> None:
        import qdrant_edge

        for space_id in self.spaces():
            shard = self._shard(space_id)
            if shard is not None:
                with self._explained(space_id):
                    doomed = [record.id for record in points_of(shard, recording_id, with_vectors=False)]
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

    def _overlapping(
        self, space: EmbeddingSpace, shard: "qdrant_edge.EdgeShard", rows: WindowRows
    ) -> list[PackedPoint]:
        """Return the points that hold any of some windows: writing these changes what is in those."""
        if not len(rows):
            return []
        begin, end = max(0, int(rows.index[0]) - MOST + 1), int(rows.index[-1])
        points = [stored(record) for record in points_of(shard, rows.recording_id, begin, end)]
        return [
            point
            for point in points
            if np.isin(np.arange(lengths_of(space, point).sum()) + point.first, rows.index).any()
        ]

    def _hits(self, space: EmbeddingSpace, point: "qdrant_edge.ScoredPoint", slot: int) -> list[Hit]:
        """Return the windows of a slot's row."""
        packed, owner = stored(point), self._recordings[space.id].owner(uuid_of(point.id))
        lengths = lengths_of(space, packed)
        first = packed.first + int(lengths[:slot].sum())
        return [Hit(owner, first + i, float(point.score)) for i in range(int(lengths[slot]))]

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

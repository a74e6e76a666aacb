"""Qdrant's own engine in this process, on a folder: `<path>/<space id>/`, a shard for each space.

One shard a space, and not one with a named vector a space: there an absent vector costs 128 bytes a point, and a space
could not be added or dropped on its own. There is no write-ahead log: a slice counts once the catalogue says so, which
is after `flush()`, and each log would preallocate 64 MB. There is no graph and no quantisation: `search` compares with
every window, and fused queries do not come here but scan matrices of their own (`egosearch.query`).

And there is hardly a payload: it would take more than the vector. A point holds 64 windows and more (`packing`). Ids
say whose they are (`window_id`), a recording is read as a stretch of ids, and a list beside the shard says which
recordings there are (`RecordingList`).
"""

import logging
import shutil
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch import room
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows
from egosearch.stores.edge import (
    BATCH,
    config,
    edge_vector,
    every_point,
    overlapping,
    points_of,
    stored,
    uuid_of,
    write_over,
)
from egosearch.stores.explaining import explained
from egosearch.stores.locking import FolderLock
from egosearch.stores.packing import MOST, lengths_of, merged, shifted, unpack, without
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

log = logging.getLogger(__name__)

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

    def recordings(self, space_id: str) -> set[str]:
        shard = self._shard(space_id)
        return set() if shard is None else self._recordings[space_id].names()

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        check_rows(space, rows)
        room.require(self.path)  # first: the engine does not survive a full disk
        shard = self._shard(space.id) or self._create(space)
        with explained(self.path / space.id):
            self._recordings[space.id].add(rows.recording_id)  # first: no kill leaves windows of nobody
            changed = overlapping(space, shard, rows.recording_id, rows.index)
            whole = merged(unpack(space, rows.recording_id, changed), rows, space.dim)
            write_over(space, shard, changed, whole)

    def flush(self) -> None:
        for space_id, shard in list(self._shards.items()):
            with explained(self.path / space_id):
                shard.flush()

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        shard = self._shard(space.id)
        if shard is None:
            return None
        with explained(self.path / space.id):
            points = [stored(record) for record in points_of(shard, recording_id)]
        return unpack(space, recording_id, points)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        shard = self._shard(space.id)
        found = {}
        for recording_id, index in windows.items():
            if shard is None or not len(index):
                continue
            with explained(self.path / space.id):
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

        with explained(self.path / space.id):
            return best_hits(search, limit)

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        shard = self._shard(space.id)
        if shard is None:
            return 0
        with explained(self.path / space.id):
            if where.recording_ids is None:
                return sum(int(lengths_of(space, stored(record)).sum()) for record in every_point(shard))
        scanned = (self.scan(space, each) for each in where.recording_ids)
        return sum(len(rows) for rows in scanned if rows is not None)

    def remove(self, recording_id: str) -> None:
        import qdrant_edge

        room.require(self.path)
        for space_id in self.spaces():
            shard = self._shard(space_id)
            if shard is not None:
                with explained(self.path / space_id):
                    doomed = [record.id for record in points_of(shard, recording_id, with_vectors=False)]
                    for start in range(0, len(doomed), BATCH):
                        shard.update(qdrant_edge.UpdateOperation.delete_points(doomed[start : start + BATCH]))

    def discard(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> None:
        shard = self._shard(space.id)
        if shard is None:
            return
        room.require(self.path)
        for recording_id, index in windows.items():
            with explained(self.path / space.id):
                changed = overlapping(space, shard, recording_id, index)
                held = unpack(space, recording_id, changed)
                if held is not None:
                    write_over(space, shard, changed, without(held, index))

    def drop_space(self, space_id: str) -> None:
        with self._opening:
            if self._shard(space_id) is None:  # opened first, so that nobody else has it
                return
            self._shards.pop(space_id).close()
            # Renamed first: a kill while it is being removed must not leave half a shard under its name.
            doomed = (self.path / space_id).rename(self.path / f"{UNFINISHED}dropped-{space_id}")
            shutil.rmtree(doomed)

    def compact(self) -> None:
        """Merge and vacuum the shards that are open: about 2 s for 100,000 points, twice the disk meanwhile.

        A shard for which the disk has no room is left as it is, which is searched all the same.
        """
        for space_id, shard in list(self._shards.items()):
            folder = self.path / space_id
            with explained(folder):
                shard.flush()
                if room.has_room(folder, room.taken_bytes(folder)):
                    shard.optimize()
                else:
                    log.warning("%s is not compacted: there is no room for a second copy on the disk", folder)

    def close(self) -> None:
        with self._opening, ExitStack() as last:
            last.callback(self._release)
            while self._shards:
                last.callback(self._close_shard, *self._shards.popitem())  # each one, also where another fails

    def _close_shard(self, space_id: str, shard: "qdrant_edge.EdgeShard") -> None:
        folder = self.path / space_id
        with explained(folder):
            try:
                shard.flush()
            finally:
                shard.close()
        try:
            trim(folder)
        except OSError as error:  # it only looks larger than it is; the next closing tries again
            log.warning("the files in %s keep their empty ends (%s)", folder, error)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

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

        with explained(folder):
            self._own()
            restore(folder)
            self._recordings[folder.name] = RecordingList(folder)
            # What a kill during `compact` leaves; the segments proper are whole.
            shutil.rmtree(folder / "temp_segments", ignore_errors=True)
            return qdrant_edge.EdgeShard.load(str(folder))

    def _create(self, space: EmbeddingSpace) -> "qdrant_edge.EdgeShard":
        import qdrant_edge

        with self._opening, explained(self.path / space.id):
            self.path.mkdir(parents=True, exist_ok=True)
            self._own()
            # Made aside and then renamed: a kill leaves no shard or a whole one.
            draft = self.path / f"{UNFINISHED}new-{space.id}"
            shutil.rmtree(draft, ignore_errors=True)  # of an attempt that failed
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

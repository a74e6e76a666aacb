"""A volume: one shard of Qdrant's engine in this process, in a folder, with windows of one space.

There is no write-ahead log: a slice counts once the catalogue says so, which is after `flush()`, and each log would
preallocate 64 MB. There is no graph and no quantisation: `best` compares with every window, and fused queries do not
come here but scan matrices of their own (`egosearch.query`).

And there is hardly a payload: it would take more than the vector. A point holds 64 windows and more (`packing`). Ids
say whose they are (`window_id`), a recording is read as a stretch of ids, and a list beside the shard says which
recordings there are (`RecordingList`).
"""

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch import room
from egosearch.stores.base import MAX_WINDOWS, Hit, WindowRows
from egosearch.stores.edge import (
    BATCH,
    config,
    edge_vector,
    every_point,
    index_of,
    overlapping,
    points_of,
    stored,
    uuid_of,
    write_over,
)
from egosearch.stores.explaining import explained
from egosearch.stores.folders import UNFINISHED
from egosearch.stores.packing import MOST, lengths_of, merged, shifted, unpack, without
from egosearch.stores.points import VECTOR, DenseVector, SparseEntries, best_hits, vectors
from egosearch.stores.recordings import RecordingList
from egosearch.stores.trimming import restore, trim
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    import qdrant_edge

log = logging.getLogger(__name__)


class Volume:
    """A shard that exists. All but `recordings`, `may_hold`, `open` and `close` needs it to be open."""

    def __init__(self, folder: Path) -> None:
        """Know the shard in `folder`, of which nobody else has the folder; it is not opened yet.

        Raises:
            StoreError: The list of its recordings cannot be read.
        """
        self.folder = folder
        with explained(folder):
            self.recordings = RecordingList(folder)
        self._reach: dict[str, tuple[int, int]] = {}  # the first and the last window of a recording, once looked up
        self._opened: qdrant_edge.EdgeShard | None = None

    @classmethod
    def create(cls, folder: Path, space: EmbeddingSpace) -> "Volume":
        """Make an empty volume in a folder that does not exist yet.

        Raises:
            StoreError: It cannot be written.
        """
        import qdrant_edge

        with explained(folder):
            # Made aside and then renamed: a kill leaves no shard or a whole one.
            draft = folder.with_name(f"{UNFINISHED}new-{folder.name}")
            shutil.rmtree(draft, ignore_errors=True)  # of an attempt that failed
            draft.mkdir(parents=True)
            shard = qdrant_edge.EdgeShard.create(str(draft), config(space))
            shard.flush()
            shard.close()
            return cls(draft.rename(folder))

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def open(self, layout: "qdrant_edge.EdgeConfig | None" = None) -> None:
        """Open the shard, unless it is open: 0.1 s for 1,000 points of concepts, as the engine indexes them anew.

        Args:
            layout: What the folder is to remember; None for what it does.
        """
        import qdrant_edge

        if self._opened is None:
            with explained(self.folder):
                restore(self.folder)
                # What a kill during `compact` leaves; the segments proper are whole.
                shutil.rmtree(self.folder / "temp_segments", ignore_errors=True)
                self._opened = qdrant_edge.EdgeShard.load(str(self.folder), layout)

    def close(self) -> None:
        """Flush and let go of the shard, unless it is closed, and cut its files to what they hold."""
        if self._opened is None:
            return
        self.release()
        try:
            trim(self.folder)
        except OSError as error:  # it only looks larger than it is; the next closing tries again
            log.warning("the files in %s keep their empty ends (%s)", self.folder, error)

    def release(self) -> None:
        """Flush and let go of the shard, and leave its files as the engine has them."""
        if self._opened is not None:
            shard, self._opened = self._opened, None
            with explained(self.folder):
                try:
                    shard.flush()
                finally:
                    shard.close()

    def flush(self) -> None:
        with self._shard() as shard:
            shard.flush()

    def compact(self) -> None:
        """Merge and vacuum: about 2 s for 100,000 points, twice the disk meanwhile.

        Where the disk has no room for that the volume is left as it is, which is searched all the same.
        """
        with self._shard() as shard:
            shard.flush()
            if room.has_room(self.folder, room.taken_bytes(self.folder)):
                shard.optimize()
            else:
                log.warning("%s is not compacted: there is no room for a second copy on the disk", self.folder)

    def points(self) -> int:
        """Return how many points there are; a point has one window or many."""
        with self._shard() as shard:
            return shard.info().points_count

    def write(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        """Write windows, over those with the same numbers."""
        whose = rows.recording_id
        with self._shard() as shard:
            self.recordings.add(whose)  # first: no kill leaves windows of nobody
            first, last = self._looked_up(shard, whose)
            self._reach[whose] = min(first, int(rows.index[0])), max(last, int(rows.index[-1]))
            changed = overlapping(space, shard, whose, rows.index)
            write_over(space, shard, changed, merged(unpack(space, whose, changed), rows, space.dim))

    def may_hold(self, recording_id: str, first: int, last: int) -> bool:
        """Whether it has windows of a recording that lie around those from `first` to `last`, as far as is known."""
        begin, end = self._reach.get(recording_id, (first, last))
        return begin <= last and first <= end

    def windows(
        self, space: EmbeddingSpace, recording_id: str, index: NDArray[np.int64] | None = None
    ) -> WindowRows | None:
        """Return windows of a recording in time order, all or those of some numbers (ascending), or None."""
        with self._shard() as shard:
            if index is None:
                return unpack(space, recording_id, map(stored, points_of(shard, recording_id)))
            self._looked_up(shard, recording_id)
            if not len(index) or not self.may_hold(recording_id, int(index[0]), int(index[-1])):
                return None
            records = points_of(shard, recording_id, max(0, int(index[0]) - MOST + 1), int(index[-1]))
            rows = unpack(space, recording_id, map(stored, records))
        here = np.flatnonzero(np.isin(rows.index, index)) if rows is not None else np.zeros(0, np.int64)
        if rows is None or not len(here):
            return None
        return WindowRows(recording_id, rows.index[here], rows.embeddings.take(here))

    def discard(self, space: EmbeddingSpace, recording_id: str, index: NDArray[np.int64]) -> None:
        """Remove windows of these numbers, ascending."""
        with self._shard() as shard:
            changed = overlapping(space, shard, recording_id, index)
            held = unpack(space, recording_id, changed)
            if held is not None:
                write_over(space, shard, changed, without(held, index))

    def remove(self, recording_id: str) -> None:
        """Remove all windows of a recording."""
        import qdrant_edge

        with self._shard() as shard:
            doomed = [record.id for record in points_of(shard, recording_id, with_vectors=False)]
            for start in range(0, len(doomed), BATCH):
                shard.update(qdrant_edge.UpdateOperation.delete_points(doomed[start : start + BATCH]))

    def count(self, space: EmbeddingSpace) -> int:
        """Return how many windows there are."""
        with self._shard() as shard:
            return sum(int(lengths_of(space, stored(record)).sum()) for record in every_point(shard))

    def best(self, space: EmbeddingSpace, query: Embeddings, limit: int) -> list[Hit]:
        """Return the windows most similar to a query of one row, as `VectorStore.search` does."""
        import qdrant_edge

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

        with self._shard() as shard:
            return best_hits(search, limit)

    def _hits(self, space: EmbeddingSpace, point: "qdrant_edge.ScoredPoint", slot: int) -> list[Hit]:
        """Return the windows of a slot's row."""
        packed, owner = stored(point), self.recordings.owner(uuid_of(point.id))
        lengths = lengths_of(space, packed)
        first = packed.first + int(lengths[:slot].sum())
        return [Hit(owner, first + i, float(point.score)) for i in range(int(lengths[slot]))]

    def _looked_up(self, shard: "qdrant_edge.EdgeShard", recording_id: str) -> tuple[int, int]:
        """Return the first and the last of a recording's windows, at the widest; (many, -1) where there are none."""
        if recording_id not in self._reach:
            firsts = [index_of(record.id) for record in points_of(shard, recording_id, with_vectors=False)]
            self._reach[recording_id] = (firsts[0], firsts[-1] + MOST - 1) if firsts else (MAX_WINDOWS, -1)
        return self._reach[recording_id]

    @contextmanager
    def _shard(self) -> "Iterator[qdrant_edge.EdgeShard]":
        """Yield the shard, that is open; what goes wrong with it is a `StoreError`."""
        if self._opened is None:
            raise RuntimeError(f"{self.folder} is not open")
        with explained(self.folder):
            yield self._opened

"""Qdrant's own engine in this process, on a folder: for each space, volumes (`volumes`), each a shard (`volume`).

Shards of their own for each space, and not one with a named vector a space: there an absent vector costs 128 bytes a
point, and a space could not be added or dropped on its own.
"""

import shutil
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egosearch import room
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows
from egosearch.stores.explaining import explained
from egosearch.stores.folders import UNFINISHED, space_of, volume_folders
from egosearch.stores.locking import FolderLock
from egosearch.stores.packing import merged
from egosearch.stores.points import check_query, check_rows, comparable, exact_hits, in_order
from egosearch.stores.volumes import Volumes
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace


class EmbeddedStore(ClosingStore):
    """A `VectorStore` in a folder of one process at a time; while another has it, verbs raise LibraryLockedError."""

    def __init__(self, path: Path) -> None:
        """Use the folder at `path`, made when first needed; volumes are opened when first asked for."""
        self.path = path
        self._volumes: dict[str, Volumes] = {}
        self._lock: FolderLock | None = None
        self._opening = threading.RLock()

    def spaces(self) -> list[str]:
        return sorted({space_of(folder) for folder in volume_folders(self.path)})

    def volumes(self, space_id: str) -> Volumes | None:
        """Return the volumes of a space; None where there are none.

        Raises:
            LibraryLockedError: Another process has the folder.
            StoreError: The list of recordings of one of them cannot be read.
        """
        with self._opening:
            if space_id not in self._volumes and volume_folders(self.path, space_id):
                self._own()
                self._volumes[space_id] = Volumes(self.path, space_id)
            return self._volumes.get(space_id)

    def recordings(self, space_id: str) -> set[str]:
        volumes = self.volumes(space_id)
        return set() if volumes is None else set(volumes.recordings())

    def reading_order(self, space_id: str, recording_ids: Iterable[str]) -> list[str]:
        volumes = self.volumes(space_id)
        place = {} if volumes is None else {one: i for i, one in enumerate(volumes.recordings())}
        return sorted(recording_ids, key=lambda one: place.get(one, len(place)))

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        check_rows(space, rows)
        room.require(self.path)  # first: the engine does not survive a full disk
        (self.volumes(space.id) or self._begin(space)).write(space, rows)

    def flush(self) -> None:
        for volumes in list(self._volumes.values()):
            volumes.flush()

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        volumes = self.volumes(space.id)
        if volumes is None:
            return None
        found = None
        for volume in volumes.each([recording_id]):
            rows = volume.windows(space, recording_id)
            found = merged(found, rows, space.dim) if rows is not None else found
        return found

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        volumes = self.volumes(space.id)
        found: dict[str, WindowRows] = {}
        for volume in volumes.each(windows) if volumes is not None else ():
            for recording_id, index in windows.items():
                rows = volume.windows(space, recording_id, index)
                if rows is not None:
                    found[recording_id] = merged(found.get(recording_id), rows, space.dim)
        return {recording_id: found[recording_id] for recording_id in windows if recording_id in found}

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        check_query(space, query, limit)
        if where.recording_ids is not None:
            parts = [rows for each in where.recording_ids if (rows := self.scan(space, each)) is not None]
            return exact_hits(parts, comparable(space, query).dense()[0], limit)
        volumes = self.volumes(space.id)
        if volumes is None:
            return []
        return in_order([hit for volume in volumes.each() for hit in volume.best(space, query, limit)])[:limit]

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        volumes = self.volumes(space.id)
        if volumes is None:
            return 0
        if where.recording_ids is None:
            return sum(volume.count(space) for volume in volumes.each())
        scanned = (self.scan(space, each) for each in where.recording_ids)
        return sum(len(rows) for rows in scanned if rows is not None)

    def remove(self, recording_id: str) -> None:
        room.require(self.path)
        for space_id in self.spaces():
            volumes = self.volumes(space_id)
            for volume in volumes.each([recording_id]) if volumes is not None else ():
                volume.remove(recording_id)

    def discard(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> None:
        volumes = self.volumes(space.id)
        if volumes is None:
            return
        room.require(self.path)
        for volume in volumes.each(windows):
            for recording_id, index in windows.items():
                volume.discard(space, recording_id, index)

    def drop_space(self, space_id: str) -> None:
        with self._opening:
            volumes = self.volumes(space_id)
            if volumes is not None:
                volumes.drop()
                del self._volumes[space_id]

    def compact(self) -> None:
        for volumes in list(self._volumes.values()):
            volumes.compact()

    def close(self) -> None:
        with self._opening, ExitStack() as last:
            last.callback(self._release)
            while self._volumes:
                last.callback(self._volumes.popitem()[1].close)  # each one, also where another fails

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _begin(self, space: EmbeddingSpace) -> Volumes:
        """Return the volumes of a space that has none yet."""
        with self._opening, explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._own()
            return self._volumes.setdefault(space.id, Volumes(self.path, space.id))

    def _own(self) -> None:
        """Lock the folder and sweep what a killed owner left unfinished, unless that was done before."""
        if self._lock is None:
            with explained(self.path):
                self._lock = FolderLock(self.path)
                for folder in self.path.glob(f"{UNFINISHED}*-*/"):
                    shutil.rmtree(folder)

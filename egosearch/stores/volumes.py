"""A space's volumes: new windows go into the last one, and where that is full, into a new one.

The engine keeps an index of a shard's sparse vectors in memory for as long as it is open, 20 MB for ten hours of sound.
So a space is not one shard that grows for years, but many of which one or two are open: that of new windows, and the
last one that was read. A window is in one volume only: what is written again is written where it is.

Scanning all recordings costs least in the order in which they came in (`recordings`): each volume is opened once.
"""

import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from egosearch.stores.base import WindowRows
from egosearch.stores.explaining import explained
from egosearch.stores.folders import UNFINISHED, next_folder, volume_folders
from egosearch.stores.volume import Volume
from indexers.types import EmbeddingSpace

FULL_POINTS: dict[Literal["sparse", "dense"], int] = {"sparse": 1 << 9, "dense": 1 << 17}
"""By layout, what a volume has before the next is begun: four hours of sound as concepts, 64 windows a point, or 36
hours of vectors, which the engine maps from the disk."""


class Volumes:
    """The volumes of one space, in a folder that nobody else has; several threads may use them."""

    def __init__(self, path: Path, space_id: str) -> None:
        """Know the volumes that are there; none is opened yet.

        Raises:
            StoreError: The list of recordings of one of them cannot be read.
        """
        self._path = path
        self._space_id = space_id
        self.changing = threading.RLock()  # held while a volume is made, opened or closed
        self._users: Counter[Volume] = Counter()
        self._volumes = [Volume(folder) for folder in volume_folders(path, space_id)]

    def recordings(self) -> list[str]:
        """Return whose windows there are, and perhaps were, in the order in which scanning them all costs least."""
        return list(dict.fromkeys(name for volume in self._volumes for name in volume.recordings.names()))

    def each(self, recordings: Iterable[str] | None = None) -> Iterator[Volume]:
        """Yield the volumes that have windows of some recordings, or all, the oldest first, open until the next.

        Raises:
            StoreError: One of them cannot be read.
        """
        for volume in list(self._volumes) if recordings is None else self._holding(recordings):
            with self._using(volume):
                yield volume

    def write(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        """Write windows: those that are there where they are, the others into the last volume.

        Raises:
            StoreError: They cannot be written.
        """
        if not len(rows):
            return
        new = np.ones(len(rows), bool)
        for volume in self._holding([rows.recording_id]):
            if volume.may_hold(rows.recording_id, int(rows.index[0]), int(rows.index[-1])):
                with self._using(volume):
                    held = volume.windows(space, rows.recording_id, rows.index)
                    if held is not None:
                        here = np.isin(rows.index, held.index)
                        volume.write(space, _among(rows, here))
                        new &= ~here
        if new.any():
            last = self._last(space)
            with self._using(last):
                last.write(space, _among(rows, new))

    def flush(self) -> None:
        """Return once everything written is durable: a volume that was closed is, by that."""
        with self.changing:
            for volume in self._volumes:
                if volume.is_open:
                    volume.flush()

    def compact(self) -> None:
        """Merge and vacuum the volumes that are open; the others were when they became full."""
        with self.changing:
            for volume in self._volumes:
                if volume.is_open:
                    volume.compact()

    def drop(self) -> None:
        """Remove all volumes.

        Raises:
            StoreError: One of them cannot be removed.
        """
        with self.changing:
            while self._volumes:
                volume = self._volumes.pop()
                with explained(volume.folder):
                    volume.release()
                    # Renamed first: a kill while it is being removed must not leave half a shard under its name.
                    shutil.rmtree(volume.folder.rename(self._path / f"{UNFINISHED}dropped-{volume.folder.name}"))

    def close(self) -> None:
        """Close all volumes, each one also where another fails."""
        with self.changing, ExitStack() as last:
            for volume in self._volumes:
                last.callback(volume.close)

    def _holding(self, recordings: Iterable[str]) -> list[Volume]:
        """Return the volumes that may have windows of one of these recordings.

        Windows of a recording that no volume names are looked for in the last one, where a lost list does no harm.
        """
        found: set[Volume] = set()
        for one in recordings:
            found.update([volume for volume in self._volumes if one in volume.recordings] or self._volumes[-1:])
        return [volume for volume in self._volumes if volume in found]

    def _last(self, space: EmbeddingSpace) -> Volume:
        """Return the volume that new windows go into."""
        with self.changing:
            if self._volumes:
                last = self._volumes[-1]
                with self._using(last):
                    if last.points() < FULL_POINTS[space.layout]:
                        return last
                    last.compact()
            self._volumes.append(Volume.create(next_folder(self._path, self._space_id), space))
            return self._volumes[-1]

    @contextmanager
    def _using(self, volume: Volume) -> Iterator[None]:
        """Have a volume open; afterwards, those are closed that nobody uses, but this one and the last."""
        with self.changing:
            volume.open()
            self._users[volume] += 1
        try:
            yield
        finally:
            with self.changing:
                self._users[volume] -= 1
                for other in self._volumes[:-1]:
                    if other is not volume and other.is_open and not self._users[other]:
                        other.close()


def _among(rows: WindowRows, chosen: NDArray[np.bool_]) -> WindowRows:
    if chosen.all():
        return rows
    here = np.flatnonzero(chosen)
    return WindowRows(rows.recording_id, rows.index[here], rows.embeddings.take(here))

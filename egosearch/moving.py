"""A library's vectors from its folder to a Qdrant server, back, or to another server.

    check that both answer -> copy recording by recording, each read back and compared -> switch -> remove the old copy

The library means the old place until everything in the new one was read back in this very run and was equal. A kill at
any moment loses nothing: running it again passes over what is there already. The old copy is removed after the switch
and only when asked; until then `egosearch.toml` remembers it.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from egosearch.access import open_store
from egosearch.catalog import Catalog
from egosearch.config import Config, LibraryPaths, read_config, write_config
from egosearch.errors import LibraryError, StoreError
from egosearch.folders import absolute
from egosearch.stores import Filter, ServerStore, VectorStore, WindowRows
from egosearch.stores.points import comparable
from indexers.embeddings import DenseRows, SparseRows
from indexers.types import EmbeddingSpace, Modality

LOCAL = "local"
"""Names the library's own folder among URLs."""
AT_ONCE = 5_000
"""Windows written at a time: a day's recording has 100,000, and a server's client takes 2 kB for each."""
RELATIVE, ABSOLUTE = 1e-3, 1e-6
"""How far a value may be from what was sent: half precision keeps 11 bits, and steps of 6e-8 near nothing."""


@dataclass(frozen=True)
class MoveProgress:
    """One recording's vectors of one sense are in the new place."""

    path: Path
    vectors_done: int
    vectors_total: int


@dataclass(frozen=True)
class MoveReport:
    """What a move did."""

    vectors: int
    """In the new place, each read back and equal."""
    copied: int
    """Of these, written now; the others were there from an earlier attempt."""
    removed: tuple[str, ...]
    """Old copies that are gone: URLs and "local"."""
    left: tuple[str, ...]
    """Old copies that are still there."""


def move_vectors(
    folder: Path, to: str, *, remove_old: bool = False, on_progress: Callable[[MoveProgress], None] | None = None
) -> MoveReport:
    """Move a library's vectors.

    Args:
        folder: Of the library.
        to: The URL of a Qdrant server, or "local" for the folder itself. The key of a server is in the environment.
        remove_old: Remove copies in former places, also those of earlier moves.
        on_progress: Called in this thread after every recording and sense.

    Raises:
        LibraryError: There is no library, or the vectors of a recording are not all in the old place.
        LibraryLockedError: Another process has the library open.
        StoreError: A server does not answer, or does not give back what it was given.
    """
    paths = LibraryPaths(absolute(folder))
    if not paths.config.exists() or not paths.catalog.exists():
        raise LibraryError(f"there is no library at {paths.folder}; name its folder with `--library`")
    config = read_config(paths.config)
    url = None if to == LOCAL else to
    # Nobody else indexes or searches meanwhile: the catalogue is open for writing in one process at a time.
    with Catalog.open(paths.catalog, time_zone=config.time_zone) as catalog:
        count = copied = 0
        if url != config.qdrant_url:
            moved = replace(config, qdrant_url=url)
            with open_store(paths, moved) as target, open_store(paths, config) as source:
                is_same_place = _are_one(source, target)
                if not is_same_place:
                    count, copied = _Move(catalog, source, target, on_progress or (lambda _: None)).run()
            former = {*config.old_copies, config.qdrant_url or LOCAL} if not is_same_place else {*config.old_copies}
            # First: a server library's cache is a sample, which a library with its own vectors would take for all.
            if paths.scan.exists():
                shutil.rmtree(paths.scan)
            config = replace(moved, old_copies=tuple(sorted(former - {to})))
            write_config(paths.config, config)
        removed = config.old_copies if remove_old else ()
        for place in removed:
            config = _without(paths, config, place)
    return MoveReport(count, copied, removed, config.old_copies)


class _Move:
    """All vectors that the catalogue knows from one store to another."""

    def __init__(
        self, catalog: Catalog, source: VectorStore, target: VectorStore, tell: Callable[[MoveProgress], None]
    ) -> None:
        self._catalog = catalog
        self._source = source
        self._target = target
        self._tell = tell
        self._total = catalog.counts().windows
        self._done = self._copied = 0

    def run(self) -> tuple[int, int]:
        """Return how many vectors are in the target now, and how many of these were written."""
        for space in self._catalog.spaces():
            if not self._is_moved(space):
                # What is there too much is from a move long ago, of recordings that are removed since.
                self._target.drop_space(space.id)
                if not self._is_moved(space):
                    raise StoreError(
                        f"the vectors for {space.modality} do not come back from the new place as they were sent;"
                        " the library stays where it was: check the server, its version and its disk"
                    )
        self._target.compact()
        self._target.flush()
        return self._done, self._copied

    def _is_moved(self, space: EmbeddingSpace) -> bool:
        """Copy a space and return whether exactly its windows are in the target now."""
        before, expected = self._done, 0
        for rows, path in self._rows(space):
            if not _is_same(space, self._target.scan(space, rows.recording_id), rows):
                for start in range(0, len(rows), AT_ONCE):
                    self._target.upsert(space, _part(rows, np.arange(start, min(start + AT_ONCE, len(rows)))))
                self._target.flush()
                self._copied += len(rows)
                if not _is_same(space, self._target.scan(space, rows.recording_id), rows):
                    break
            expected += len(rows)
            self._done += len(rows)
            self._tell(MoveProgress(path, self._done, self._total))
        else:
            if self._target.count(space, where=Filter()) == expected:
                return True
        self._done = before
        return False

    def _rows(self, space: EmbeddingSpace) -> Iterator[tuple[WindowRows, Path]]:
        """Yield the windows of a space that the catalogue knows, recording by recording.

        Raises:
            LibraryError: The source does not have all of them.
        """
        known = {one.recording.recording_id: one.recording for one in self._catalog.recordings()}
        for recording_id in self._source.reading_order(space.id, known):
            recording = known[recording_id]
            index = self._catalog.windows(space.id, recording.recording_id).index
            if not len(index):
                continue
            rows = self._source.scan(space, recording.recording_id)
            here = np.flatnonzero(np.isin(rows.index, index)) if rows is not None else np.zeros(0, np.int64)
            if rows is None or len(here) < len(index):
                raise LibraryError(
                    f"{len(index) - len(here):,} of the {len(index):,} vectors for {space.modality} of {recording.path}"
                    " are missing where the library keeps them; take it out with `egosearch remove` and index it again"
                )
            yield _part(rows, here), recording.path


def _part(rows: WindowRows, which: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> WindowRows:
    return WindowRows(rows.recording_id, rows.index[which], rows.embeddings.take(which))


def _is_same(space: EmbeddingSpace, found: WindowRows | None, expected: WindowRows) -> bool:
    """Whether a store gave back what it was given, within half precision."""
    if found is None or not np.array_equal(found.index, expected.index):
        return False
    ours, theirs = comparable(space, expected.embeddings), comparable(space, found.embeddings)
    if isinstance(ours, SparseRows) and isinstance(theirs, SparseRows):
        if not (np.array_equal(ours.indptr, theirs.indptr) and np.array_equal(ours.indices, theirs.indices)):
            return False
    elif type(ours) is not type(theirs) or ours.values.shape != theirs.values.shape:
        return False
    return bool(np.allclose(theirs.values, ours.values, rtol=RELATIVE, atol=ABSOLUTE))


def _without(paths: LibraryPaths, config: Config, place: str) -> Config:
    """Remove an old copy and forget it."""
    old = replace(config, qdrant_url=None if place == LOCAL else place)
    with open_store(paths, config) as current, open_store(paths, old) as doomed:
        if not _are_one(current, doomed):
            for space_id in doomed.spaces():
                doomed.drop_space(space_id)
    config = replace(config, old_copies=tuple(each for each in config.old_copies if each != place))
    write_config(paths.config, config)
    return config


def _are_one(one: VectorStore, other: VectorStore) -> bool:
    """Whether two URLs mean one server: what is written through the first is seen through the second."""
    if not (isinstance(one, ServerStore) and isinstance(other, ServerStore)):
        return False
    mark = EmbeddingSpace(Modality.AUDIO, "mark", uuid.uuid4().hex, "none", 1.0, 1.0, 1, "dense", "dot")
    one.upsert(mark, WindowRows("mark", np.zeros(1, np.int64), DenseRows(np.ones((1, 1), np.float32))))
    try:
        return mark.id in other.spaces()
    finally:
        one.drop_space(mark.id)

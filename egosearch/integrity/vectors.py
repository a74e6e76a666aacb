"""The store against the catalogue, recording by recording: what is read at a time is one recording's vectors.

The catalogue says which windows there are and, slice by slice, what their vectors add up to. Vectors that no slice
claims are harmless, since the catalogue decides what is searched, but a person who has removed a recording wants them
gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog import CatalogedRecording
from egosearch.catalog.checks import NumberedWindows, SliceKey, SliceRecord
from egosearch.catalog.checksums import is_same, stored_checksum
from egosearch.errors import StoreError
from egosearch.indexing.survey import is_present
from egosearch.integrity.caches import CachedRows
from egosearch.integrity.problems import Checked, Problem, making_anew, sense_of
from egosearch.integrity.types import Finding, Kind
from egosearch.stores import VectorStore, WindowRows
from indexers.types import EmbeddingSpace

REPAIR_DELETES = "`egosearch verify --repair` deletes them"


class VectorCheck:
    """Compares a store with the catalogue and counts what it has compared; `problems` once."""

    def __init__(self, library: Checked, store: VectorStore, cached: CachedRows) -> None:
        """Check against `cached` on the way, while the vectors are in hand."""
        self._library = library
        self._store = store
        self._cached = cached
        self.windows = 0

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the vectors."""
        known = {one.recording.recording_id: one for one in self._library.catalog.recordings()}
        spaces = self._library.catalog.spaces()
        for space in spaces:
            try:
                yield from self._of_space(space, known)
            except StoreError as error:
                remedy = "restore the library from a backup, or do what this says"
                yield Problem(Finding(Kind.UNREADABLE_VECTORS, str(error), 1, remedy))
        for space_id in sorted(set(self._store.spaces()) - {space.id for space in spaces}):

            def drop(store: VectorStore, doomed: str = space_id) -> tuple[()]:
                store.drop_space(doomed)
                return ()

            yield Problem(Finding(Kind.ORPHAN_VECTORS, f"the space {space_id}", 1, REPAIR_DELETES), drop)

    def _of_space(self, space: EmbeddingSpace, known: dict[str, CatalogedRecording]) -> Iterator[Problem]:
        records = self._library.catalog.slice_records(space.id)
        listed = self._store.recordings(space.id)
        for recording_id in self._store.reading_order(space.id, sorted({*records, *listed})):
            rows = self._store.scan(space, recording_id)
            if recording_id not in records or recording_id not in known:
                if rows is not None:
                    yield self._orphans(space, rows, known.get(recording_id))
                continue
            windows = self._library.catalog.numbered_windows(space.id, recording_id)
            one = _Held(space, known[recording_id], records[recording_id], windows, rows)
            self.windows += len(windows.index)
            problems = list(self._of_recording(one))
            yield from problems
            if rows is not None and recording_id not in listed:
                yield self._unlisted(space, rows, one)
            if rows is not None and not problems and len(windows.index) == sum(each.windows for each in one.slices):
                self._cached.compare(space, rows, windows.index)

    def _of_recording(self, one: "_Held") -> Iterator[Problem]:
        missing, altered = one.missing(), one.altered()
        for kind, bad in ((Kind.MISSING_VECTORS, missing), (Kind.ALTERED_VECTORS, altered)):
            if bad:
                recording = one.known.recording
                is_there = is_present(one.known)
                slices = [SliceKey(recording.recording_id, one.space.id, index) for index in bad]
                remedy = making_anew(is_there=is_there)
                yield Problem(
                    Finding(kind, sense_of(recording, one.space), sum(bad.values()), remedy),
                    self._library.dropping(slices) if is_there else None,
                )
        orphans = one.orphans()
        if orphans is not None:
            yield self._orphans(one.space, orphans, one.known)

    def _orphans(self, space: EmbeddingSpace, rows: WindowRows, owner: CatalogedRecording | None) -> Problem:
        index, recording_id = rows.index, rows.recording_id  # and not the vectors: these are many
        whose = f"the recording {recording_id}" if owner is None else str(owner.recording.path)

        def discard(store: VectorStore) -> list[Path]:
            store.discard(space, {recording_id: index})
            store.flush()
            # Where they are of a slice that the catalogue has lost, indexing the recording makes that anew.
            return [owner.recording.path] if owner is not None and is_present(owner) else []

        about = f"{whose}: {space.modality} ({space.model})"
        return Problem(Finding(Kind.ORPHAN_VECTORS, about, len(index), REPAIR_DELETES), discard)

    def _unlisted(self, space: EmbeddingSpace, rows: WindowRows, one: "_Held") -> Problem:
        recording_id = rows.recording_id

        def write_again(store: VectorStore) -> tuple[()]:
            again = store.scan(space, recording_id)
            if again is not None:
                store.upsert(space, again)
                store.flush()
            return ()

        remedy = "`egosearch verify --repair` writes them again, which lists them"
        about = sense_of(one.known.recording, space)
        return Problem(Finding(Kind.UNLISTED_VECTORS, about, len(rows), remedy), write_again)


@dataclass(frozen=True, eq=False)
class _Held:
    """What catalogue and store have of one recording in one space."""

    space: EmbeddingSpace
    known: CatalogedRecording
    slices: list[SliceRecord]
    windows: NumberedWindows
    rows: WindowRows | None

    def missing(self) -> dict[int, int]:
        """Return how many windows of each slice have no vector; slices in which all have one are left out."""
        stored = np.zeros(0, np.int64) if self.rows is None else self.rows.index
        lost = self.windows.slice_index[~np.isin(self.windows.index, stored)]
        return {int(index): int(n) for index, n in zip(*np.unique(lost, return_counts=True), strict=True)}

    def altered(self) -> dict[int, int]:
        """Return how many windows the slices have whose vectors are not those that were written."""
        if self.rows is None:
            return {}
        lost, found = self.missing(), {}
        for one in self.slices:
            index = self.windows.index[self.windows.slice_index == one.slice_index]
            if one.slice_index in lost or len(index) != one.windows or not len(index):
                continue  # told already
            if not self._is_as_written(self.rows, index, one.checksum):
                found[one.slice_index] = len(index)
        return found

    def _is_as_written(self, rows: WindowRows, index: NDArray[np.int64], checksum: tuple[float, ...] | None) -> bool:
        embeddings = rows.embeddings.take(np.flatnonzero(np.isin(rows.index, index)))
        if not np.isfinite(embeddings.values).all():
            return False
        return checksum is None or is_same(self.space, stored_checksum(index, embeddings), checksum, len(index))

    def orphans(self) -> WindowRows | None:
        """Return the vectors that no slice claims."""
        if self.rows is None:
            return None
        which = np.flatnonzero(~np.isin(self.rows.index, self.windows.index))
        if not len(which):
            return None
        return WindowRows(self.rows.recording_id, self.rows.index[which], self.rows.embeddings.take(which))

"""The search cache: every window of the library in memory-mapped arrays, in time order, one matrix a space.

Fusion needs whole score curves: joining top-k lists of two senses loses most of the right answers. So an embedded
library scans all its windows exactly. The arrays are a cache of what Qdrant and the catalogue hold: they can be deleted
at any time, and are rebuilt when the catalogue has moved on. Recordings that did not change are copied over.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from egosearch.query.sounds import SoundEvents, find_sound_events
from egosearch.stores.base import VectorStore
from indexers.embeddings import DenseRows, Embeddings, SparseRows, concatenate
from indexers.types import EmbeddingSpace, Modality

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]

FORMAT = 1
"""Raised when the files change shape: caches of another format are rebuilt."""

GAP_S = 120.0
"""Laid between recordings on the library's common time line: no sense reaches across it."""


@dataclass(frozen=True, eq=False)
class SpaceMatrix:
    """All n windows of a library in one space, by recording and then by time."""

    space: EmbeddingSpace
    recording_ids: tuple[str, ...]
    digests: tuple[str, ...]
    """One per recording: changes when its committed slices do."""
    offsets: NDArray[np.int64]
    """Shape (recordings + 1,): the windows of recording j are `offsets[j]:offsets[j + 1]`."""
    start_s: Seconds
    end_s: Seconds
    clarity: Floats
    """Shape (n, 2): loudness_db and snr_db, or sharpness and exposure; see `indexers.types.WindowQuality`."""
    rows: Embeddings

    def __len__(self) -> int:
        return len(self.start_s)

    @cached_property
    def recording_of(self) -> NDArray[np.int64]:
        """Shape (n,): each window's recording, as a number."""
        return np.repeat(np.arange(len(self.recording_ids)), np.diff(self.offsets))

    @cached_property
    def moments(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each dimension over the library, each of shape (dim,)."""
        n = max(1, len(self))
        if isinstance(self.rows, SparseRows):
            values = np.asarray(self.rows.values, np.float64)
            mean = np.bincount(self.rows.indices, values, self.space.dim) / n
            square = np.bincount(self.rows.indices, values**2, self.space.dim) / n
            return mean.astype(np.float32), np.sqrt(np.maximum(0, square - mean**2)).astype(np.float32)
        dense = self.rows.dense().astype(np.float32)
        mean32 = dense.sum(axis=0) / np.float32(n)
        return mean32, np.sqrt(np.maximum(0, (dense**2).sum(axis=0) / np.float32(n) - mean32**2))


@dataclass(frozen=True, eq=False)
class Scan:
    """Everything that a search reads."""

    generation: str
    matrices: Mapping[Modality, SpaceMatrix]
    events: SoundEvents
    durations_s: Mapping[str, float]
    """By recording."""

    @cached_property
    def origins_s(self) -> Mapping[str, float]:
        """Where each recording begins on the library's common time line."""
        origins, at = {}, 0.0
        for recording_id, duration_s in self.durations_s.items():
            origins[recording_id] = at
            at += duration_s + GAP_S
        return origins

    def origin_of(self, recording_ids: tuple[str, ...]) -> Seconds:
        """Return where these recordings begin on the common time line, in their order."""
        return np.array([self.origins_s[one] for one in recording_ids], dtype=np.float64)


class ScanCache:
    """The cache in its folder: one subfolder per generation of the catalogue, the newest kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: Scan | None = None

    def is_current(self, catalog: Catalog) -> bool:
        """Whether the cache holds what the catalogue holds now."""
        return (self._folder / _name(catalog.generation())).is_dir()

    def load(self, catalog: Catalog) -> Scan:
        """Open the arrays, kept open between calls.

        Raises:
            LibraryError: The cache is stale or damaged: refresh it.
        """
        generation = catalog.generation()
        if self._loaded is None or self._loaded.generation != generation:
            folder = self._folder / _name(generation)
            try:
                self._loaded = _load(folder, generation)
            except (OSError, ValueError, KeyError) as error:
                raise LibraryError(
                    f"the search cache {folder} cannot be read ({error}); delete it, it is made again by the next query"
                ) from error
        return self._loaded

    def refresh(self, catalog: Catalog, store: VectorStore) -> None:
        """Bring the cache up to what the catalogue holds, reading from the store only what changed."""
        generation = catalog.generation()
        target = self._folder / _name(generation)
        if not target.is_dir():
            partial = self._folder / f"{target.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            _build(partial, catalog, store, self._previous())
            partial.rename(target)
        self._loaded = None
        for other in self._folder.iterdir():
            if other != target:
                shutil.rmtree(other, ignore_errors=True)

    def _previous(self) -> Scan | None:
        for folder in sorted(self._folder.glob(f"{FORMAT}-*")):
            if not folder.name.endswith(".partial"):
                try:
                    return _load(folder, "")
                except (OSError, ValueError, KeyError):
                    continue  # a cache: what cannot be reused is read from the store
        return None


def _name(generation: str) -> str:
    return f"{FORMAT}-{generation}"


def _build(folder: Path, catalog: Catalog, store: VectorStore, previous: Scan | None) -> None:
    recordings = {one.recording.recording_id: one.recording.duration_s for one in catalog.recordings()}
    heard = []
    for recording_id in recordings:
        levels = catalog.levels(recording_id)
        if levels is not None:
            heard.append(find_sound_events(recording_id, levels.levels_db, levels.hop_s, start_s=levels.start_s))
    events = SoundEvents.join(heard)
    spaces = catalog.spaces()
    for space in spaces:
        old = previous.matrices.get(space.modality) if previous else None
        matrix = _gather(space, tuple(recordings), catalog, store, old if old and old.space == space else None)
        _save(folder / space.id, matrix)
    np.save(folder / "events.npy", events.table)
    description = {
        "durations_s": recordings,
        "event_recordings": events.recording_ids,
        "spaces": [space.id for space in spaces],
    }
    (folder / "scan.json").write_text(json.dumps(description), encoding="utf-8")


def _gather(
    space: EmbeddingSpace,
    recording_ids: tuple[str, ...],
    catalog: Catalog,
    store: VectorStore,
    old: SpaceMatrix | None,
) -> SpaceMatrix:
    """Collect a space's windows, from the old matrix where a recording did not change."""
    digests = catalog.slice_digests(space.id)
    known = dict(zip(old.recording_ids, old.digests, strict=True)) if old else {}
    ids: list[str] = []
    kept: list[str] = []
    parts: list[Embeddings] = []
    starts: list[Seconds] = []
    ends: list[Seconds] = []
    clarity: list[Floats] = []
    for recording_id in recording_ids:
        digest = digests.get(recording_id)
        if digest is None:
            continue
        if old is not None and known.get(recording_id) == digest:
            j = old.recording_ids.index(recording_id)
            span = slice(int(old.offsets[j]), int(old.offsets[j + 1]))
            part = old.rows.take(np.arange(span.start, span.stop))
            piece = old.start_s[span], old.end_s[span], old.clarity[span]
        else:
            windows = catalog.windows(space.id, recording_id)
            stored = store.scan(space, recording_id)
            if stored is None:
                continue
            # The catalogue decides what is visible: a crash may have left vectors that no slice claims.
            rows = np.flatnonzero(np.isin(stored.index, windows.index))
            part = stored.embeddings.take(rows)
            quality = windows.quality
            columns = (
                (quality.loudness_db, quality.snr_db)
                if space.modality is Modality.AUDIO
                else (quality.sharpness, quality.exposure)
            )
            same = np.isin(windows.index, stored.index)
            piece = windows.start_s[same], windows.end_s[same], np.stack(columns, axis=1)[same]
        ids.append(recording_id)
        kept.append(digest)
        parts.append(part)
        starts.append(piece[0])
        ends.append(piece[1])
        clarity.append(piece[2])
    empty = np.zeros(0)
    return SpaceMatrix(
        space,
        tuple(ids),
        tuple(kept),
        np.cumsum([0, *(len(part) for part in parts)]),
        np.concatenate([empty, *starts]),
        np.concatenate([empty, *ends]),
        np.concatenate([np.zeros((0, 2)), *clarity]).astype(np.float32),
        concatenate(parts, space.dim) if parts else _no_rows(space),
    )


def _no_rows(space: EmbeddingSpace) -> Embeddings:
    dense = np.zeros((0, space.dim), np.float32)
    return DenseRows(dense) if space.layout == "dense" else SparseRows.from_dense(dense, above=0)


def _save(folder: Path, matrix: SpaceMatrix) -> None:
    folder.mkdir()
    arrays: dict[str, NDArray[Any]] = {
        "offsets": matrix.offsets,
        "start_s": matrix.start_s,
        "end_s": matrix.end_s,
        "clarity": matrix.clarity,
    }
    if isinstance(matrix.rows, SparseRows):
        arrays |= {
            "indptr": matrix.rows.indptr.astype(np.uint32 if matrix.rows.indptr[-1] < 1 << 32 else np.int64),
            "indices": matrix.rows.indices,
            "values": matrix.rows.values.astype(np.float16),
        }
    else:
        arrays["dense"] = matrix.rows.dense().astype(np.float16)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    description = {
        "space": asdict(matrix.space),
        "recording_ids": matrix.recording_ids,
        "digests": matrix.digests,
    }
    (folder / "matrix.json").write_text(json.dumps(description), encoding="utf-8")


def _load(folder: Path, generation: str) -> Scan:
    description = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    matrices = {}
    for space_id in description["spaces"]:
        matrix = _load_matrix(folder / space_id)
        matrices[matrix.space.modality] = matrix
    table = np.load(folder / "events.npy", allow_pickle=False)
    events = SoundEvents(tuple(description["event_recordings"]), table)
    return Scan(generation, matrices, events, description["durations_s"])


def _load_matrix(folder: Path) -> SpaceMatrix:
    description = json.loads((folder / "matrix.json").read_text(encoding="utf-8"))
    space = EmbeddingSpace(**{**description["space"], "modality": Modality(description["space"]["modality"])})

    def array(name: str) -> NDArray[Any]:
        loaded: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return loaded

    rows: Embeddings = (
        DenseRows(array("dense"))
        if space.layout == "dense"
        else SparseRows(array("indptr"), array("indices"), array("values"), space.dim)
    )
    return SpaceMatrix(
        space,
        tuple(description["recording_ids"]),
        tuple(description["digests"]),
        array("offsets"),
        array("start_s"),
        array("end_s"),
        array("clarity"),
        rows,
    )

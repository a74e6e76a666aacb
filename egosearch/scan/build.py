"""Collects what a search reads: from catalogue and store, and where a recording did not change from the last cache."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog import Catalog
from egosearch.query.sounds import SoundEvents, find_sound_events
from egosearch.scan.fetched import FetchedRows, no_rows
from egosearch.scan.sample import sampled
from egosearch.scan.types import Floats, Scan, Seconds, SpaceMatrix
from egosearch.stores.base import VectorStore
from indexers.embeddings import Embeddings, concatenate
from indexers.types import EmbeddingSpace, Modality


def gather(
    generation: str, catalog: Catalog, store: VectorStore, previous: Scan | None, *, sample: int | None = None
) -> Scan:
    """Collect everything that the catalogue says is there.

    Args:
        generation: Of the catalogue.
        catalog: Decides which windows are visible.
        store: Read for recordings that changed.
        previous: What was collected before, to reuse.
        sample: Leave the vectors in the store, but for so many of each space; None to collect them all.
    """
    durations_s = {one.recording.recording_id: one.recording.duration_s for one in catalog.recordings()}
    matrices = {}
    for space in catalog.spaces():
        old = previous.matrices.get(space.modality) if previous else None
        same = old if old and old.space == space else None
        if sample is None:
            matrices[space.modality] = _matrix(space, tuple(durations_s), catalog, store, same)
        else:
            matrix = _matrix(space, tuple(durations_s), catalog, None, same)
            matrices[space.modality] = sampled(matrix, store, same, sample)
    return Scan(generation, matrices, _events(tuple(durations_s), catalog, matrices, previous), durations_s)


def _events(
    recording_ids: tuple[str, ...], catalog: Catalog, matrices: Mapping[Modality, SpaceMatrix], previous: Scan | None
) -> SoundEvents:
    """Return the sound events; those of recordings whose sound did not change are taken over.

    Finding them takes longer than all else that is collected.
    """
    known = previous.events.by_recording() if previous else {}
    old, new = (_sound_digests(one) for one in (previous.matrices if previous else {}, matrices))
    parts = []
    for recording_id in recording_ids:
        if recording_id in known and recording_id in new and old.get(recording_id) == new[recording_id]:
            parts.append(known[recording_id])
        elif (levels := catalog.levels(recording_id)) is not None:
            parts.append(find_sound_events(recording_id, levels.levels_db, levels.hop_s, start_s=levels.start_s))
    return SoundEvents.join(parts)


def _sound_digests(matrices: Mapping[Modality, SpaceMatrix]) -> dict[str, tuple[str, str]]:
    """Return, by recording, what changes when its sound is indexed anew."""
    heard = matrices.get(Modality.AUDIO)
    return (
        {}
        if heard is None
        else {one: (heard.space.id, digest) for one, digest in zip(heard.recording_ids, heard.digests, strict=True)}
    )


@dataclass(frozen=True, eq=False)
class _Piece:
    """The windows of one recording in one space."""

    recording_id: str
    digest: str
    start_s: Seconds
    end_s: Seconds
    clarity: Floats
    index: NDArray[np.uint32] | None
    """None where the vectors are here."""
    rows: Embeddings | None
    """None where they are not."""

    def __len__(self) -> int:
        return len(self.start_s)


def _matrix(
    space: EmbeddingSpace,
    recording_ids: tuple[str, ...],
    catalog: Catalog,
    store: VectorStore | None,
    old: SpaceMatrix | None,
) -> SpaceMatrix:
    """Return a space's windows, with their vectors if a store is given, else with their numbers."""
    digests = catalog.slice_digests(space.id)
    pieces = []
    for recording_id in recording_ids:
        digest = digests.get(recording_id)
        if digest is not None:
            piece = _reused(old, recording_id, digest, is_remote=store is None)
            piece = piece or _read(space, catalog, store, recording_id, digest)
            if piece is not None:
                pieces.append(piece)
    offsets = np.cumsum([0, *(len(piece) for piece in pieces)])
    vectors = [piece.rows for piece in pieces if piece.rows is not None]
    empty = np.zeros(0)
    return SpaceMatrix(
        space,
        tuple(piece.recording_id for piece in pieces),
        tuple(piece.digest for piece in pieces),
        offsets,
        np.concatenate([empty, *(piece.start_s for piece in pieces)]),
        np.concatenate([empty, *(piece.end_s for piece in pieces)]),
        np.concatenate([np.zeros((0, 2)), *(piece.clarity for piece in pieces)]).astype(np.float32),
        _joined(space, vectors) if store is not None else FetchedRows.none(int(offsets[-1]), space),
        np.concatenate([empty, *(piece.index for piece in pieces if piece.index is not None)]).astype(np.uint32),
    )


def _joined(space: EmbeddingSpace, parts: list[Embeddings]) -> Embeddings:
    return concatenate(parts, space.dim) if parts else no_rows(space)


def _reused(old: SpaceMatrix | None, recording_id: str, digest: str, *, is_remote: bool) -> _Piece | None:
    if old is None or recording_id not in old.recording_ids:
        return None
    j = old.recording_ids.index(recording_id)
    first, last = int(old.offsets[j]), int(old.offsets[j + 1])
    span = slice(first, last)
    if old.digests[j] != digest or (is_remote and not len(old.index)):
        return None
    columns = recording_id, digest, old.start_s[span], old.end_s[span], old.clarity[span]
    if is_remote:
        return _Piece(*columns, old.index[span], None)
    return None if isinstance(old.rows, FetchedRows) else _Piece(*columns, None, old.rows.between(first, last))


def _read(
    space: EmbeddingSpace, catalog: Catalog, store: VectorStore | None, recording_id: str, digest: str
) -> _Piece | None:
    windows = catalog.windows(space.id, recording_id)
    quality = windows.quality
    columns = (
        (quality.loudness_db, quality.snr_db)
        if space.modality is Modality.AUDIO
        else (quality.sharpness, quality.exposure)
    )
    clarity = np.stack(columns, axis=1)
    if store is None:
        # What the catalogue shows is in the store: vectors are written first.
        numbers = windows.index.astype(np.uint32)
        return _Piece(recording_id, digest, windows.start_s, windows.end_s, clarity, numbers, None)
    stored = store.scan(space, recording_id)
    if stored is None:
        return None
    # The catalogue decides what is visible: a crash may have left vectors that no slice claims.
    visible: NDArray[np.int64] = np.flatnonzero(np.isin(stored.index, windows.index))
    same = np.isin(windows.index, stored.index)
    vectors = stored.embeddings.take(visible)
    return _Piece(recording_id, digest, windows.start_s[same], windows.end_s[same], clarity[same], None, vectors)

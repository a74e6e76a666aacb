"""Collects what a search reads: from catalogue and store, and where a recording did not change from the last cache."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog import Catalog, CatalogedWindows
from egosearch.query.sounds import SoundEvents, find_sound_events
from egosearch.scan.fetched import FetchedRows, no_rows
from egosearch.scan.kept import KeptRows, halved
from egosearch.scan.sample import sampled
from egosearch.scan.types import Floats, Scan, Seconds, SpaceMatrix
from egosearch.stores.base import VectorStore
from indexers.embeddings import Embeddings, concatenate
from indexers.lexical import MODEL as LEXICAL
from indexers.types import EmbeddingSpace, Modality


def gather(
    generation: str,
    catalog: Catalog,
    store: VectorStore,
    previous: Scan | None,
    *,
    sample: int | None = None,
    spaces: Sequence[EmbeddingSpace] | None = None,
) -> Scan:
    """Collect everything that the catalogue says is there.

    Args:
        generation: Of the catalogue.
        catalog: Decides which windows are visible.
        store: Read for recordings that changed.
        previous: What was collected before, to reuse.
        sample: Leave the vectors in the store, but for so many of each space; None to collect them all.
        spaces: Which ones, one a sense, and for speech the one of words beside; None for those that searches use.
    """
    durations_s = {one.recording.recording_id: one.recording.duration_s for one in catalog.recordings()}
    known = {matrix.space: matrix for matrix in previous.all_matrices()} if previous else {}
    matrices, lexical = {}, None
    for space in catalog.searched_spaces() if spaces is None else spaces:
        old = known.get(space)
        if sample is None:
            matrix = _matrix(space, tuple(durations_s), catalog, store, old)
        else:
            away = _matrix(space, tuple(durations_s), catalog, None, old)
            matrix = sampled(away, store, old, sample)
        if space.model == LEXICAL:
            lexical = matrix
        else:
            matrices[space.modality] = matrix
    events = _events(tuple(durations_s), catalog, matrices, previous)
    return Scan(generation, matrices, events, durations_s, lexical)


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
    clarity: Floats | NDArray[np.float16]
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
    wanted = [one for one in recording_ids if one in digests]
    found = {one: _reused(old, one, digests[one], is_remote=store is None) for one in wanted}
    changed = [one for one, piece in found.items() if piece is None]
    for one in changed if store is None else store.reading_order(space.id, changed):
        found[one] = _read(space, catalog, store, one, digests[one])
    pieces = [piece for one in wanted if (piece := found.pop(one)) is not None]
    offsets = np.cumsum([0, *(len(piece) for piece in pieces)])
    vectors = [piece.rows for piece in pieces if piece.rows is not None]
    pieces = [replace(piece, rows=None) for piece in pieces]  # so that what is joined can go
    rows = KeptRows.of(_joined(space, vectors)) if store is not None else FetchedRows.none(int(offsets[-1]), space)
    empty = np.zeros(0)
    return SpaceMatrix(
        space,
        tuple(piece.recording_id for piece in pieces),
        tuple(piece.digest for piece in pieces),
        offsets,
        np.concatenate([empty, *(piece.start_s for piece in pieces)]),
        np.concatenate([empty, *(piece.end_s for piece in pieces)]),
        np.concatenate([np.zeros((0, 2)), *(piece.clarity for piece in pieces)]).astype(np.float32),
        rows,
        np.concatenate([empty, *(piece.index for piece in pieces if piece.index is not None)]).astype(np.uint32),
    )


def _joined(space: EmbeddingSpace, parts: list[Embeddings]) -> Embeddings:
    """Join rows, and let go of the parts: of all vectors of a library, memory is to hold few copies."""
    joined = concatenate(parts, space.dim) if parts else no_rows(space)
    parts.clear()
    return joined


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


def _clarity(space: EmbeddingSpace, catalog: Catalog, recording_id: str, windows: CatalogedWindows) -> Floats:
    """Return what says how far windows can be trusted, shape (n, 2); see `SpaceMatrix.clarity`."""
    quality = windows.quality
    if space.modality is Modality.AUDIO:
        columns = quality.loudness_db, quality.snr_db
    elif space.modality is Modality.VISUAL:
        columns = quality.sharpness, quality.exposure
    else:
        sure = {one.span.start_s: one.confidence for one in catalog.utterances(recording_id, space.id)}
        columns = np.array([sure.get(start_s, np.nan) for start_s in windows.start_s.tolist()]), quality.snr_db
    return np.stack(columns, axis=1).astype(np.float32)


def _read(
    space: EmbeddingSpace, catalog: Catalog, store: VectorStore | None, recording_id: str, digest: str
) -> _Piece | None:
    windows = catalog.windows(space.id, recording_id)
    clarity = _clarity(space, catalog, recording_id, windows)
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
    vectors = halved(stored.embeddings.take(visible))
    return _Piece(recording_id, digest, windows.start_s[same], windows.end_s[same], clarity[same], None, vectors)

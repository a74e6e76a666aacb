"""Libraries to measure on: of the bench's recordings, and a generated one of many hours."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.footage import clip
from benchmarks.processes import Cost, measure
from benchmarks.settings import Settings, Skipped, egosearch_command
from egosearch.catalog import Catalog, SoundLevels
from egosearch.config import LibraryPaths
from egosearch.library import Library
from egosearch.scan import ScanCache, SpaceMatrix
from egosearch.stores import MemoryStore
from egosearch.stores.base import WindowRows
from indexers.embeddings import Embeddings, SparseRows, concatenate
from indexers.encoders.concepts.encoders import FLOOR, strength
from indexers.quality import LEVEL_HOP_S
from indexers.types import AudioStream, EmbeddingBatch, Modality, Recording, Slice, VideoStream, WindowQuality
from indexers.windows import SLICE_S

BLOCK_S = 60.0
"""What is drawn at random: whole windows and pictures fit, and what goes on for seconds stays together."""
HOUR_S = 3600.0
EXACT = "exact.npz"
"""In a generated library's folder."""
LEAST = float(strength(np.nextafter(np.float32(FLOOR), np.float32(1))))
"""Of the entries of a row of concepts."""
JITTER = 0.02
"""Standard deviation of what is added to each entry, from 0.15 to 1: a minute that is drawn twice is not the same."""


def index(library: Path, paths: list[Path], *, jobs: int = 2) -> Cost:
    """Run `egosearch index` on recordings, as a user would."""
    command = [*egosearch_command(), "index", "--quiet", "--library", str(library), "--jobs", str(jobs)]
    return measure([*command, *(str(path.absolute()) for path in paths)])


def bench_library(settings: Settings) -> Path:
    """Return a library of the bench's recordings, made where this run has not made it yet.

    Raises:
        Skipped: They are not there.
    """
    recordings = settings.need("bench/recordings", "the bench's recordings")
    library = settings.work / "library-bench"
    if not library.exists():
        index(library, [recordings])
    return library


def any_library(settings: Settings) -> tuple[str, Path]:
    """Return the bench's library or, where it cannot be made, one of the generated clip; and its name."""
    try:
        return "bench recordings", bench_library(settings)
    except Skipped:
        library = settings.work / "library-clip"
        if not library.exists():
            index(library, [clip(settings.cache, settings.footage_s)])
        return "generated clip", library


@dataclass(frozen=True, eq=False)
class _Block:
    """A minute of a real recording."""

    rows: dict[Modality, NDArray[np.int64]]
    """Its windows, as rows of each matrix."""
    levels_db: NDArray[np.float32]


def generate(source: Path, target: Path, hours: int, *, keep_exact: bool = False) -> None:
    """Make a library of many hours out of minutes of a real one, drawn at random and shaken: sparse as those are.

    Catalogue and search cache are written through the interfaces that indexing uses, in slices of the same length. The
    vector store stays empty: searching an embedded library never reads it.

    Args:
        source: A library, of both senses.
        target: Where to, a new folder.
        hours: Recordings to make, an hour each.
        keep_exact: Leave the vectors as they were before the cache rounded them beside it, for `recall`.

    Raises:
        Skipped: The real one is too short.
    """
    random = np.random.default_rng(22)
    Library.open(target).close()
    paths = LibraryPaths(target)
    store = MemoryStore()
    with Catalog.open(LibraryPaths(source).catalog, read_only=True) as known, Catalog.open(paths.catalog) as catalog:
        matrices = ScanCache(LibraryPaths(source).scan).load(known).matrices
        blocks = list(_blocks(known, matrices[Modality.AUDIO], matrices[Modality.VISUAL]))
        if not blocks:
            raise Skipped("the library of many hours is made of whole minutes, and the real one has none")
        per_slice = round(SLICE_S / BLOCK_S)
        for number in range(hours):
            made = recording(number)
            catalog.add_recording(made, datetime(2026, 1, 1, tzinfo=UTC))
            for i in range(round(HOUR_S / SLICE_S)):
                piece = Slice(made, i, i * SLICE_S, (i + 1) * SLICE_S)
                chosen = [blocks[j] for j in random.integers(0, len(blocks), per_slice)]
                batches = [_batch(piece, chosen, matrix, random) for matrix in matrices.values()]
                for batch in batches:
                    rows = WindowRows(batch.recording_id, batch.index, batch.embeddings)
                    store.upsert(batch.space, rows)
                levels = np.concatenate([block.levels_db for block in chosen])
                catalog.commit_slice(piece, batches, SoundLevels(LEVEL_HOP_S, levels, piece.start_s))
        ScanCache(paths.scan).refresh(catalog, store)
        if keep_exact:
            _keep_exact(target / EXACT, catalog, store)


def _keep_exact(path: Path, catalog: Catalog, store: MemoryStore) -> None:
    """Write rows and quality in the order of the search cache."""
    arrays: dict[str, NDArray[Any]] = {}
    ids = [known.recording.recording_id for known in catalog.recordings()]
    for space in catalog.searched_spaces():
        found = [rows.embeddings for one in ids if (rows := store.scan(space, one)) is not None]
        joined = concatenate(found, space.dim)
        qualities = [catalog.windows(space.id, one).quality for one in ids]
        is_sound = space.modality is Modality.AUDIO
        pairs = [(one.loudness_db, one.snr_db) if is_sound else (one.sharpness, one.exposure) for one in qualities]
        arrays[f"{space.modality}_clarity"] = np.concatenate([np.stack(pair, axis=1) for pair in pairs])
        if isinstance(joined, SparseRows):
            arrays[f"{space.modality}_indptr"] = joined.indptr
            arrays[f"{space.modality}_indices"] = joined.indices
            arrays[f"{space.modality}_values"] = joined.values
    np.savez(path, allow_pickle=False, **arrays)


def _blocks(catalog: Catalog, heard: SpaceMatrix, seen: SpaceMatrix) -> Iterator[_Block]:
    for recording_id in sorted(set(heard.recording_ids) & set(seen.recording_ids)):
        levels = catalog.levels(recording_id)
        for k in range(10_000):
            found = {}
            for matrix in (heard, seen):
                hop_s, j = matrix.space.hop_s, matrix.recording_ids.index(recording_id)
                first, last = int(matrix.offsets[j]), int(matrix.offsets[j + 1])
                begin_s = np.asarray(matrix.start_s[first:last]) + hop_s / 2
                inside = (begin_s >= k * BLOCK_S) & (begin_s < (k + 1) * BLOCK_S)
                found[matrix.space.modality] = first + np.flatnonzero(inside)
            per_block = {matrix.space.modality: round(BLOCK_S / matrix.space.hop_s) for matrix in (heard, seen)}
            per_levels = round(BLOCK_S / LEVEL_HOP_S)
            if levels is None or len(levels.levels_db) < (k + 1) * per_levels:
                break
            if all(len(rows) == per_block[sense] for sense, rows in found.items()):
                yield _Block(found, levels.levels_db[k * per_levels : (k + 1) * per_levels])


def _batch(piece: Slice, blocks: list[_Block], matrix: SpaceMatrix, random: np.random.Generator) -> EmbeddingBatch:
    space = matrix.space
    rows = np.concatenate([block.rows[space.modality] for block in blocks])
    index = round(piece.start_s / space.hop_s) + np.arange(len(rows))
    starts_s = np.asarray(index * space.hop_s, np.float64)
    first, second = np.asarray(matrix.clarity[rows], np.float32).T
    unknown = np.full(len(rows), np.nan, np.float32)
    is_sound = space.modality is Modality.AUDIO
    quality = (
        WindowQuality(first, second, unknown, unknown) if is_sound else WindowQuality(unknown, unknown, first, second)
    )
    ends_s = starts_s + space.window_s
    shaken = _shaken(matrix.rows.take(rows), random)
    return EmbeddingBatch(piece.recording.recording_id, space, index, starts_s, ends_s, shaken, quality)


def _shaken(rows: Embeddings, random: np.random.Generator) -> Embeddings:
    values = rows.values.astype(np.float32)
    values += JITTER * random.standard_normal(values.shape, np.float32)
    if isinstance(rows, SparseRows):
        np.clip(values, LEAST, 1, out=values)
    return replace(rows, values=values)


def recording(number: int) -> Recording:
    """Return the generated recording of a number: an hour, with sound and pictures, that is nowhere."""
    return Recording(
        recording_id=f"{number:032x}",
        path=Path(f"generated-{number:04}.mp4").absolute(),
        size_bytes=1,
        duration_s=HOUR_S,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
        recorded_at_source="container",
        device=None,
        audio=AudioStream("aac", 48_000, 1, 0.0, HOUR_S),
        video=VideoStream("h264", 1920, 1080, 0, 30.0, 0.0, HOUR_S),
    )

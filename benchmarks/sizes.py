"""What a library takes on disk for each hour of recording with the big encoders: 512 numbers a second from each.

Nothing is decoded: random directions are committed the way indexing commits, to libraries of one and of three hours,
and what the longer one takes more is divided by two. Random numbers are the worst case: real neighbours resemble each
other, and of those that are equal one is kept.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.libraries import HOUR_S, recording
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings
from egosearch.catalog import Catalog, SoundLevels
from egosearch.config import LibraryPaths
from egosearch.library import Library
from egosearch.scan import ScanCache
from egosearch.stores import EmbeddedStore, VectorStore
from egosearch.stores.base import WindowRows
from indexers.embeddings import DenseRows
from indexers.quality import LEVEL_HOP_S
from indexers.types import EmbeddingBatch, EmbeddingSpace, Modality, Recording, Slice, WindowQuality
from indexers.windows import SLICE_S

HOURS = (5, 7)
SPACES = {
    "OpenCLIP ViT-B-32": EmbeddingSpace(Modality.VISUAL, "open-clip", "size", "none", 1.0, 1.0, 512, "dense", "cosine"),
    "LAION-CLAP": EmbeddingSpace(Modality.AUDIO, "laion-clap", "size", "none", 2.0, 1.0, 512, "dense", "cosine"),
}
MB = 1e6


def run(settings: Settings) -> Report:
    """Write libraries of each encoder alone and of both."""
    rows: list[tuple[Cell, ...]] = []
    choices = [(name, (space,)) for name, space in SPACES.items()] + [("both", tuple(SPACES.values()))]
    for number, (name, spaces) in enumerate(choices):
        sizes = [library_bytes(settings.work / f"sizes-{number}-{hours}", hours, spaces) for hours in HOURS]
        growth = {part: (sizes[1][part] - sizes[0][part]) / (HOURS[1] - HOURS[0]) / MB for part in sizes[0]}
        rows.append((name, *(f"{growth[part]:.1f}" for part in PARTS), f"{sum(growth.values()):.1f}"))
    table = Table("MB for each hour of recording", ("encoders", *PARTS, "all"), tuple(rows))
    return Report("Size with the big encoders", (table,), ())


PARTS = ("vectors", "scan", "catalogue")


def library_bytes(folder: Path, hours: int, spaces: tuple[EmbeddingSpace, ...]) -> dict[str, int]:
    """Return what each part takes of a library of some hours of random directions."""
    random = np.random.default_rng(31)
    Library.open(folder).close()
    paths = LibraryPaths(folder)
    with Catalog.open(paths.catalog) as catalog, EmbeddedStore(paths.vectors) as store:
        for number in range(hours):
            made = recording(number)
            catalog.add_recording(made, datetime(2026, 1, 1, tzinfo=UTC))
            for i in range(round(HOUR_S / SLICE_S)):
                _commit(catalog, store, Slice(made, i, i * SLICE_S, (i + 1) * SLICE_S), spaces, random)
        ScanCache(paths.scan).refresh(catalog, store)
    with Library.open(folder, read_only=True) as library:
        return {part: size for part, size in library.stats().bytes_by_part.items() if part in PARTS}


def _commit(
    catalog: Catalog,
    store: VectorStore,
    piece: Slice,
    spaces: tuple[EmbeddingSpace, ...],
    random: np.random.Generator,
) -> None:
    batches = [_batch(piece.recording, piece, space, random) for space in spaces]
    for batch in batches:
        store.upsert(batch.space, WindowRows(batch.recording_id, batch.index, batch.embeddings))
    store.flush()
    levels = random.uniform(-60, -20, round((piece.end_s - piece.start_s) / LEVEL_HOP_S)).astype(np.float32)
    catalog.commit_slice(piece, batches, SoundLevels(LEVEL_HOP_S, levels, piece.start_s))


def _batch(made: Recording, piece: Slice, space: EmbeddingSpace, random: np.random.Generator) -> EmbeddingBatch:
    count = round((piece.end_s - piece.start_s) / space.hop_s)
    index = round(piece.start_s / space.hop_s) + np.arange(count)
    starts_s = np.asarray(index * space.hop_s, np.float64)
    directions = random.standard_normal((count, space.dim), np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    measured = random.uniform(0, 1, (2, count)).astype(np.float32)
    unknown = np.full(count, np.nan, np.float32)
    is_sound = space.modality is Modality.AUDIO
    quality = WindowQuality(*((*measured, unknown, unknown) if is_sound else (unknown, unknown, *measured)))
    ends_s = starts_s + space.window_s
    return EmbeddingBatch(made.recording_id, space, index, starts_s, ends_s, DenseRows(directions), quality)

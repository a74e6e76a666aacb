"""Forgetting ten hours of a day: how long until nothing of them is in any file of the library.

The library is generated: an hour a recording, each second a window of sound (sparse, as concepts are) and one of
pictures (512 numbers), without two alike. What is forgotten begins and ends with recordings, or in the middle of two.
"""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.libraries import HOUR_S, recording
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings
from egosearch.access import open_store
from egosearch.catalog import SoundLevels
from egosearch.library import Library
from egosearch.sizes import bytes_by_part
from egosearch.stores.base import WindowRows
from egosearch.types import Where
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.quality import LEVEL_HOP_S
from indexers.types import EmbeddingBatch, EmbeddingSpace, Modality, Slice, WindowQuality
from indexers.windows import SLICE_S

SOUND = EmbeddingSpace(Modality.AUDIO, "generated", "0", "none", 1.0, 1.0, 521, "sparse", "dot")
PICTURES = EmbeddingSpace(Modality.VISUAL, "generated", "0", "none", 1.0, 1.0, 512, "dense", "cosine")
PER_HOUR = round(2 * HOUR_S)
ENTRIES = 10
"""Of a row of sound: about as many sounds are heard at once."""
FORGOTTEN_H = 10
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def run(settings: Settings) -> Report:
    """Forget in a copy of one library, in the two ways."""
    hours = max(FORGOTTEN_H + 2, round(settings.windows[0] / PER_HOUR))
    base = settings.work / "library-forgetting"
    _generate(base, hours)
    rows = [_measured(base, name, timedelta(hours=begins)) for name, begins in (("whole", 1.0), ("cut", 1.5))]
    header = ("recordings", "windows forgotten", "of", "time, s", "library before, MB", "after, MB")
    table = Table(f"{FORGOTTEN_H} hours of one day, until they are in no file any more", header, tuple(rows))
    return Report("Forgetting", (table,), ("cut: the first and the last recording are forgotten in part.",))


def _measured(base: Path, name: str, begins: timedelta) -> tuple[Cell, ...]:
    folder = base.with_name(f"{base.name}-{name}")
    shutil.copytree(base, folder)
    where = Where(since=MIDNIGHT + begins, until=MIDNIGHT + begins + timedelta(hours=FORGOTTEN_H))
    with Library.open(folder) as library:
        before, held = sum(bytes_by_part(library._paths).values()), sum(library.stats().windows.values())
        began = time.perf_counter()
        report = library.forget(where)
        took_s = time.perf_counter() - began
        after = sum(bytes_by_part(library._paths).values())
    forgotten = sum(one.windows for one in report.plan.doomed)
    return name, forgotten, held, round(took_s, 1), round(before / 1e6), round(after / 1e6)


def _generate(folder: Path, hours: int) -> None:
    random = np.random.default_rng(6)
    with Library.open(folder) as library, open_store(library._paths, library._config) as store:
        for number in range(hours):
            made = recording(number)
            library._catalog.add_recording(made, MIDNIGHT)
            for i in range(round(HOUR_S / SLICE_S)):
                piece = Slice(made, i, i * SLICE_S, (i + 1) * SLICE_S)
                index = np.arange(round(piece.start_s), round(piece.end_s))
                batches = [_batch(made.recording_id, space, index, random) for space in (SOUND, PICTURES)]
                for batch in batches:
                    store.upsert(batch.space, WindowRows(batch.recording_id, batch.index, batch.embeddings))
                levels = random.normal(-40, 3, round(SLICE_S / LEVEL_HOP_S)).astype(np.float32)
                library._catalog.commit_slice(piece, batches, SoundLevels(LEVEL_HOP_S, levels, piece.start_s))
        store.flush()
        store.compact()
        library._access.refresh(store)


def _batch(
    recording_id: str, space: EmbeddingSpace, index: NDArray[np.int64], random: np.random.Generator
) -> EmbeddingBatch:
    n = len(index)
    embeddings: Embeddings = DenseRows(random.normal(size=(n, space.dim)).astype(np.float32))
    if space.layout == "sparse":
        entries = np.sort(random.random((n, space.dim)).argpartition(ENTRIES)[:, :ENTRIES], axis=1)
        values = random.uniform(0.15, 1, n * ENTRIES).astype(np.float32)
        embeddings = SparseRows(np.arange(n + 1) * ENTRIES, entries.ravel().astype(np.uint16), values, space.dim)
    measured = random.random(n).astype(np.float32)
    quality, start_s = WindowQuality(*[measured] * 4), index.astype(np.float64)
    return EmbeddingBatch(recording_id, space, index, start_s, start_s + 1, embeddings, quality)

"""What it costs to look after a library: `python -m benchmarks.keeping [--hours 90]`.

A library of that many hours is made, of random concepts as sparse as real ones, and `egosearch verify`, `export` and
`import` are run on it as a user would; also what checksums add to a slice's indexing. 90 hours are a million windows.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.processes import Cost, measure
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, egosearch_command
from egosearch.catalog import Catalog, FileStamp
from egosearch.catalog.checksums import checksum_of
from egosearch.config import LibraryPaths
from egosearch.library import Library
from egosearch.stores import EmbeddedStore, WindowRows
from indexers.embeddings import SparseRows
from indexers.types import AudioStream, EmbeddingBatch, EmbeddingSpace, Modality, Recording, Slice, WindowQuality
from indexers.windows import SLICE_S

HOUR_S = 3600.0
SPACES = (
    EmbeddingSpace(Modality.AUDIO, "random", "0", "none-1", 0.96, 0.48, 521, "sparse", "dot"),
    EmbeddingSpace(Modality.VISUAL, "random", "0", "none-1", 1.0, 1.0, 1080, "sparse", "dot"),
)
ENTRIES = 12
"""Of a row; on the bench's recordings sound has 9 and pictures 16."""
INDEXING_S = 8.0
"""What a slice of five minutes takes to index on one core, at 38 x real time (README)."""
MB = 1e6


def run(settings: Settings, *, hours: float = 90.0) -> Report:
    """Make a library of so many hours, and measure."""
    library = settings.work / "library-keeping"
    seconds, slices = make(library, settings.work, hours)
    command = egosearch_command()
    archive, copy = settings.work / "backup.tar.gz", settings.work / "copy"
    costs: dict[str, Cost] = {}
    costs["verify"] = measure([*command, "verify", "--json", "--library", str(library)], expected=(0,))
    costs["export"] = measure([*command, "export", str(archive), "--library", str(library)])
    costs["import"] = measure([*command, "import", str(archive), "--library", str(copy)])
    costs["verify the copy"] = measure([*command, "verify", "--json", "--library", str(copy)])
    told = [json.loads(costs[name].output) for name in ("verify", "verify the copy")]
    if told[0]["findings"] or told[0]["vectors"] != told[1]["vectors"] or told[1]["findings"]:
        raise RuntimeError("the library or its copy is not sound")
    windows = int(told[0]["vectors"])
    rows = tuple(_row(name, cost, windows) for name, cost in costs.items())
    size = sum(path.stat().st_blocks * 512 for path in library.rglob("*"))
    notes = (
        f"{windows:,} windows in {slices:,} slices; {size / MB:.0f} MB as a library,"
        f" {archive.stat().st_size / MB:.0f} MB as an archive.",
        f"Checksums take {1000 * seconds / slices:.2f} ms for a slice,"
        f" {100 * seconds / slices / INDEXING_S:.3f} % of what indexing it takes ({INDEXING_S:.0f} s).",
    )
    header = ("command", "seconds", "CPU seconds", "windows a second", "memory at most, MB")
    return Report("Keeping", (Table(f"Looking after {hours:.3g} hours", header, rows),), notes)


def make(library: Path, films: Path, hours: float) -> tuple[float, int]:
    """Make a library, and return how long the checksums took that are in it, and how many slices it has."""
    rng, seconds, slices = np.random.default_rng(0), 0.0, 0
    Library.open(library).close()
    paths = LibraryPaths(library)
    with Catalog.open(paths.catalog) as catalog, EmbeddedStore(paths.vectors) as store:
        for number in range(max(1, round(hours))):
            film = films / f"{number:04}.wav"
            film.write_bytes(b"as long as it says")
            sound = AudioStream("pcm_s16le", 16_000, 1, 0.0, HOUR_S)
            stamp = FileStamp.of(film)
            recording = Recording(f"{number:032x}", film, stamp.size_bytes, HOUR_S, None, "unknown", None, sound, None)
            catalog.add_recording(recording, stamp.modified_at)
            for index in range(int(HOUR_S / SLICE_S)):
                piece = Slice(recording, index, index * SLICE_S, (index + 1) * SLICE_S)
                batches = [_batch(space, piece, rng) for space in SPACES]
                for one in batches:
                    store.upsert(one.space, WindowRows(one.recording_id, one.index, one.embeddings))
                began_s = time.perf_counter()
                for one in batches:
                    checksum_of(one.space, one.index, one.embeddings)
                seconds += time.perf_counter() - began_s
                catalog.commit_slice(piece, batches)
                slices += 1
        store.compact()
    return seconds, slices


def _batch(space: EmbeddingSpace, piece: Slice, rng: np.random.Generator) -> EmbeddingBatch:
    first, last = (int(np.ceil(at_s / space.hop_s)) for at_s in (piece.start_s, piece.end_s))
    index = np.arange(first, last)
    n = len(index)
    dimensions = np.sort(
        rng.integers(0, space.dim // ENTRIES, (n, ENTRIES)) + np.arange(ENTRIES) * (space.dim // ENTRIES)
    )
    values = rng.uniform(0.15, 1, (n, ENTRIES)).astype(np.float32)
    rows = SparseRows(np.arange(n + 1) * ENTRIES, dimensions.ravel().astype(np.uint16), values.ravel(), space.dim)
    start_s = index * np.float64(space.hop_s)
    missing = np.full(n, np.nan, np.float32)
    quality = WindowQuality(missing, missing, missing, missing)
    quality = replace(quality, loudness_db=values[:, 0] * -60, snr_db=values[:, 1] * 20)
    return EmbeddingBatch(piece.recording.recording_id, space, index, start_s, start_s + space.window_s, rows, quality)


def _row(name: str, cost: Cost, windows: int) -> tuple[Cell, ...]:
    return (
        name,
        f"{cost.wall_s:.1f}",
        f"{cost.cpu_s:.1f}",
        f"{windows / cost.wall_s:,.0f}",
        f"{max(cost.peak_bytes, cost.most_bytes) / MB:.0f}",
    )


def main(arguments: list[str] | None = None) -> int:
    """Run it as a program of its own; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keeping", description="Looking after a library.")
    parser.add_argument("--hours", type=float, default=90.0, metavar="N", help="length of the library")
    options = parser.parse_args(arguments)
    cache = Path(tempfile.gettempdir()) / "egosearch-benchmarks"
    with tempfile.TemporaryDirectory(prefix="egosearch-benchmarks-") as work:
        print(run(Settings(None, Path(work), cache), hours=options.hours).markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())

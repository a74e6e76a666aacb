"""egosearch's search against plain NumPy, FAISS, Qdrant Edge and qdrant-client's local mode, on the same windows.

The windows are those of a generated library, and dense ones in their place (`windows.py`); `--windows N...` says how
many, sound and sight together. Every engine is asked the same (`searchers.py`, `rivals.py`), on as many threads as it
takes, in a process of its own: one keeps the windows on the disk, another one opens them and is asked.

*recall* is the share of the ten best windows of each sense that is found, against single precision. *x* says how many
times as long an engine takes as egosearch's scan, at the median. egosearch's scan is asked once more at the end: by
how much it differs, other figures may differ by chance. *Memory* is the peak of the process that is asked: Python and
the engine's own code are in it, 50 MB and more. *Building* is without making the vectors.
"""

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.libraries import HOUR_S, any_library, generate
from benchmarks.processes import measure
from benchmarks.report import Cell, Report, Table
from benchmarks.searchers import EGOSEARCH, Engine
from benchmarks.searching import ENGINES
from benchmarks.settings import Settings
from benchmarks.windows import SENSES, Windows, dense_windows, sparse_windows
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths

MB = 1e6
HEADER = (
    "engine",
    "p50, ms",
    "p95, ms",
    "x egosearch",
    "recall",
    "queries",
    "opening, s",
    "building, s",
    "building, MB",
    "disk, MB",
    "memory, MB",
)
NOTES = (
    "*Whole query* is from text to moments; of dense windows without encoding the text, for which there is no network"
    " here.",
    "Score curves and whole queries look at all windows, not at the best ten: there is no recall to tell.",
    "FAISS knows no sparse vectors, nor does a plain NumPy scan: both are given theirs written out.",
)


@dataclass(frozen=True)
class Measured:
    """What came of one engine."""

    ms: tuple[float, ...]
    """Of each query."""
    recall: float | None
    open_s: float
    peak_bytes: int
    build_s: float
    build_peak_bytes: int
    size_bytes: int


def run(settings: Settings) -> Report:
    """Compare all engines, on libraries of each size.

    Raises:
        Skipped: There is nothing to generate libraries of.
    """
    missing = sorted({one.package for one in ENGINES.values() if one.package and find_spec(one.package) is None})
    notes = [f"Without `{package}`, which is not installed: pip install -e '.[bench]'." for package in missing]
    tables = []
    for count in settings.windows:
        for windows in sets(settings, count, sparse_windows, dense_windows):
            table, failures = _table(windows, settings.work / "engine", missing)
            tables.append(table)
            notes += failures
    return Report("Engines", tuple(tables), (*NOTES, *notes))


def sets(settings: Settings, count: int, *makers: Callable[[Path, Path, Sequence[str]], Windows]) -> Iterator[Windows]:
    """Yield the windows of a library of about so many, as each maker makes them; they are removed afterwards."""
    _, source = any_library(settings)
    hours = max(1, round(count / _windows_an_hour(source)))
    library = settings.work / f"engines-{hours}-h"
    generate(source, library, hours, keep_exact=sparse_windows in makers)
    texts = settings.queries()
    for make in makers:
        folder = settings.work / "windows"
        yield make(library, folder, texts)
        shutil.rmtree(folder)
    shutil.rmtree(library)


def _windows_an_hour(library: Path) -> float:
    with Catalog.open(LibraryPaths(library).catalog, read_only=True) as catalog:
        spaces = [space for space in catalog.searched_spaces() if space.modality in SENSES]
        return sum(HOUR_S / space.hop_s for space in spaces)


def _table(windows: Windows, folder: Path, missing: Collection[str | None]) -> tuple[Table, list[str]]:
    """Return the table of some windows, and a sentence for each engine that failed."""
    count = len(windows)
    chosen = [
        engine
        for engine in ENGINES.values()
        if windows.layout in engine.layouts and engine.package not in missing and count <= (engine.most or count)
    ]
    found: dict[str, Measured] = {}
    failures = []
    for engine in (*chosen, EGOSEARCH):
        name = f"{EGOSEARCH.name}, once more" if engine.name in found else engine.name
        built = found.get(engine.kept_by or engine.name)
        print(f"{count:,} {windows.layout}: {name}", file=sys.stderr, flush=True)
        try:
            found[name] = measured(engine, windows, folder, built)
        except RuntimeError as error:
            if engine is EGOSEARCH:
                raise
            failures.append(f"{name}, {count:,} {windows.layout} windows: {str(error).splitlines()[-1]}")
        if engine is not EGOSEARCH and engine.kept_by is None:
            shutil.rmtree(folder / engine.name)
    shutil.rmtree(folder)
    usual_ms = statistics.median(found[EGOSEARCH.name].ms)
    rows = tuple(_row(name, one, usual_ms) for name, one in found.items())
    return Table(f"{count:,} {windows.layout} windows", HEADER, rows), failures


def measured(engine: Engine, windows: Windows, folder: Path, built: Measured | None) -> Measured:
    """Build an engine and ask it.

    Args:
        engine: Which one.
        windows: What it is asked of.
        folder: Where engines keep them, each in a folder of its name.
        built: What came of the engine that has kept them already; None where none has.
    """
    folder = folder / (engine.kept_by or engine.name)
    if built is None:
        folder.mkdir(parents=True)
        cost, result = _program("build", engine, windows, folder)
        of_building = result["build_s"], cost, disk_bytes(folder)
    else:
        of_building = built.build_s, built.build_peak_bytes, built.size_bytes
    peak_bytes, asked = _program("ask", engine, windows, folder)
    recall = windows.recall(asked["found"]) if asked["found"] else None
    return Measured(tuple(asked["ms"]), recall, asked["open_s"], peak_bytes, *of_building)


def _program(verb: str, engine: Engine, windows: Windows, folder: Path) -> tuple[int, dict[str, Any]]:
    """Return the program's peak memory in bytes, and what it printed."""
    places = [str(place) for place in (windows.library, windows.folder, folder)]
    cost = measure([sys.executable, "-m", "benchmarks.searching", verb, engine.name, windows.layout, *places])
    return cost.peak_bytes, json.loads(cost.output)


def disk_bytes(folder: Path) -> int:
    """Return what files take of the disk: Qdrant lays some out larger than they are filled."""
    stats = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum(getattr(stat, "st_blocks", -(-stat.st_size // 512)) * 512 for stat in stats)


def _row(name: str, one: Measured, usual_ms: float) -> tuple[Cell, ...]:
    p50, p95 = np.percentile(one.ms, [50, 95]).tolist()
    return (
        name,
        f"{p50:.2f}",
        f"{p95:.2f}",
        f"{p50 / usual_ms:.1f}",
        "-" if one.recall is None else f"{one.recall:.3f}",
        len(one.ms),
        f"{one.open_s:.2f}",
        f"{one.build_s:.1f}",
        *(round(size / MB) for size in (one.build_peak_bytes, one.size_bytes, one.peak_bytes)),
    )

"""Dense libraries from text to moments: how long a query takes, and whether it finds what exact vectors would.

The windows are the dense ones of `windows.py`, `--windows N...` of them, sound and sight together. A query is timed in
a process that does nothing else, without encoding its text, for which there is no network here. Then every query is
asked twice: of the windows as the search cache keeps them, and of their vectors in single precision.

*found again* is the share of the exact answer's ten best moments that overlap one of ours in the same recording, more
than half of both together. *to 0.1 s* is the share with the very same span: where a scene goes on for minutes at one
level, its edges are a matter of rounding. *as good* is the share of ours that score no less than the exact tenth, but
for a hundredth: which of two equals comes tenth is a matter of rounding too.
"""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.engines import measured, sets
from benchmarks.processes import measure
from benchmarks.report import Cell, Report, Table
from benchmarks.searchers import EGOSEARCH, Given, Prepared
from benchmarks.searching import ENGINES
from benchmarks.settings import Settings
from benchmarks.windows import SENSES, Windows, dense_windows
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.query import asking
from egosearch.query.engine import Engine
from egosearch.scan.files import load
from egosearch.types import Moment, Query

WHOLE = "egosearch, whole query"
MOST = 1_500_000
"""Windows of which exact answers are worked out: 3 GB of memory."""
QUERIES = 25
MB = 1e6
SAME_S = 0.1
HEADER = ("windows", "p50, ms", "p95, ms", "found again", "to 0.1 s", "as good", "opening, s", "disk, MB", "memory, MB")


def run(settings: Settings) -> Report:
    """Measure libraries of each size.

    Raises:
        Skipped: There is nothing to generate libraries of.
    """
    several = (one for count in settings.windows for one in sets(settings, count, dense_windows))
    rows = tuple(_row(one, settings.work / "dense") for one in several)
    return Report("Dense libraries", (Table("From text to moments, without encoding the text", HEADER, rows),))


def _row(windows: Windows, folder: Path) -> tuple[Cell, ...]:
    print(f"{len(windows):,} dense", file=sys.stderr, flush=True)
    query = measured(ENGINES[WHOLE], windows, folder, None)
    found = ["-"] * 3
    if len(windows) <= MOST:
        places = [str(one) for one in (windows.library, windows.folder, folder / EGOSEARCH.name)]
        shares = json.loads(measure([sys.executable, "-m", "benchmarks.dense", *places]).output)
        found = [f"{share:.3f}" for share in shares]
    shutil.rmtree(folder)
    p50, p95 = np.percentile(query.ms, [50, 95]).tolist()
    sizes = (round(size / MB) for size in (query.size_bytes, query.peak_bytes))
    return (len(windows), f"{p50:.1f}", f"{p95:.1f}", *found, f"{query.open_s:.2f}", *sizes)


def recalled(windows: Windows, folder: Path) -> tuple[float, float, float]:
    """Return the shares of moments that are found again, with the same span, and of ours that are as good."""
    prepared = {sense: Prepared(windows, sense) for sense in SENSES}
    kept = load(folder, "")
    exact = replace(kept, matrices={sense: windows.matrix(sense) for sense in SENSES})
    found, wanted = np.zeros(3), 0
    with (
        Catalog.open(LibraryPaths(windows.library).catalog, read_only=True) as catalog,
        mock.patch.object(asking, "load_encoder", lambda _, sense: prepared[sense]),
    ):
        engines = [Engine(catalog, Given(scan)) for scan in (kept, exact)]
        for text in windows.texts[:QUERIES]:
            ours, theirs = (engine.answer(Query(text, min_confidence=0.0)).moments for engine in engines)
            wanted += len(theirs)
            found[0] += sum(any(_shared(one, other) > 0.5 for other in ours) for one in theirs)
            found[1] += sum(any(_is_same(one, other) for other in ours) for one in theirs)
            found[2] += sum(one.score >= theirs[-1].score - 0.01 * abs(theirs[-1].score) for one in ours)
    again, same, as_good = (found / max(1, wanted)).tolist()
    return again, same, as_good


def _shared(one: Moment, other: Moment) -> float:
    """Return the temporal IoU of two moments."""
    if one.recording_id != other.recording_id:
        return 0.0
    both = min(one.span.end_s, other.span.end_s) - max(one.span.start_s, other.span.start_s)
    return max(0.0, both) / (max(one.span.end_s, other.span.end_s) - min(one.span.start_s, other.span.start_s))


def _is_same(one: Moment, other: Moment) -> bool:
    ends = (one.span.start_s - other.span.start_s, one.span.end_s - other.span.end_s)
    return one.recording_id == other.recording_id and max(map(abs, ends)) < SAME_S


if __name__ == "__main__":
    library, drawn, scan = map(Path, sys.argv[1:])
    print(json.dumps(recalled(Windows(drawn, library, "dense"), scan)))

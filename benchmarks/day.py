"""How soon it is said what a day was like: warm in an open library of many hours, for a day of 8 hours and one of 24.

The hours are made of minutes of a small library (`libraries.py`), so nothing recurs by the day: every day looks like a
piece of all. That changes what is chosen, not how long it takes.
"""

import statistics
import time
from datetime import date

from benchmarks.libraries import any_library, generate
from benchmarks.report import Report, Table
from benchmarks.settings import Settings
from egosearch.library import Library

DAY_H = 24
SHORT_DAY_H = 8
"""What the last day of the library has."""
RUNS = 15


def run(settings: Settings) -> Report:
    """Time the verb.

    Raises:
        Skipped: The small library is too short.
    """
    _, small = any_library(settings)
    hours = settings.hours // DAY_H * DAY_H + SHORT_DAY_H
    large = settings.work / f"library-{hours}-h"
    if not large.exists():
        generate(small, large, hours)
    rows = []
    with Library.open(large, read_only=True) as library:
        days = sorted({one.recorded_at.date() for one in library.recordings() if one.recorded_at is not None})
        for asked in dict.fromkeys((days[-1], days[0])):
            found = library.day(asked)
            length_h = sum(part.span.duration_s for part in found.parts) / 3600
            taken_ms = sorted(_milliseconds(library, asked) for _ in range(RUNS))
            median, most = statistics.median(taken_ms), taken_ms[-1]
            rows.append((f"{length_h:.0f} h of {hours} h", len(found.moments), f"{median:.0f}", f"{most:.0f}"))
    header = ("a day of", "sounds and sights", "median, ms", f"slowest of {RUNS}, ms")
    return Report("A day at a glance", (Table("Warm, in an open library", header, tuple(rows)),))


def _milliseconds(library: Library, asked: date) -> float:
    began = time.perf_counter()
    library.day(asked)
    return 1000 * (time.perf_counter() - began)

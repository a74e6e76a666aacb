"""What a year of recordings costs, for one person and for many, from measured figures; see docs/scale.md.

    egosearch stats --json --library SHORT > short.json        (the same recordings' first part, and more of them)
    egosearch stats --json --library LONG > long.json
    python -m benchmarks indexing query --json benchmarks.json
    python -m benchmarks.scale --stats short.json long.json --benchmarks benchmarks.json

Nothing is measured here. Every row says what it rests on: *measured* names the program that measured it, *computed*
follows from measured ones by multiplication, *extrapolated* lies outside what was measured and may be wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.report import Cell, Report, Table

DAYS = 365
HOUR_S = 3600.0
GB = 1e9
STATS, INDEXING, QUERY = (
    "measured, `egosearch stats`",
    "measured, `benchmarks indexing`",
    "measured, `benchmarks query`",
)
COMPUTED, GIVEN, EXTRAPOLATED = "computed", "given", "extrapolated"


@dataclass(frozen=True)
class PerHour:
    """What one hour of recording comes to."""

    windows: dict[str, float]
    """By sense."""
    size_bytes: dict[str, float]
    """By part of the library."""
    measured_hours: float
    """Length of the longest library that it was measured on."""


@dataclass(frozen=True)
class Latency:
    """The 95th percentile in milliseconds as a straight line through two measured libraries: a scan reads every window.

    Worked example: 20 ms at 10,000 windows and 40 ms at 1,010,000 give 140 ms at 6,010,000.
    """

    small: tuple[float, float]
    """Windows, milliseconds."""
    large: tuple[float, float]

    def at(self, windows: float) -> float:
        """Return the milliseconds at some number of windows."""
        (w0, ms0), (w1, ms1) = self.small, self.large
        return ms0 + (ms1 - ms0) * (windows - w0) / (w1 - w0)


def per_hour(stats: Sequence[dict[str, Any]]) -> PerHour:
    """Return the growth from the shortest library to the longest, so that what an empty one takes is not in it.

    With one library only, everything is divided by its length, and the fixed part makes it look larger.

    Args:
        stats: Of at least one library, as `egosearch stats --json` prints them.
    """
    ordered = sorted(stats, key=lambda each: float(each["duration_s"]))
    longest, shortest = ordered[-1], ordered[0] if len(ordered) > 1 else None
    hours = (longest["duration_s"] - (shortest["duration_s"] if shortest else 0.0)) / HOUR_S

    def growth(key: str) -> dict[str, float]:
        return {
            name: max(0.0, value - (shortest[key].get(name, 0) if shortest else 0)) / hours
            for name, value in longest[key].items()
        }

    return PerHour(growth("windows"), growth("bytes_by_part"), longest["duration_s"] / HOUR_S)


def latency(benchmarks: dict[str, Any]) -> Latency | None:
    """Return the line through the smallest and largest library of the benchmark `query`; None where it was not run."""
    rows = _rows(benchmarks, "query", "Warm, in an open library")
    if len(rows) < 2:
        return None
    small, *_, large = sorted((float(row["windows"]), float(row["p95, ms"])) for row in rows)
    return Latency(small, large)


def cpu_s_per_hour(benchmarks: dict[str, Any], recordings: str) -> float | None:
    """Return CPU seconds for an hour of recording, start-up included; None where the benchmark was not run."""
    for row in _rows(benchmarks, "indexing", "Speed, 2 jobs"):
        if (row["recordings"], row["program"]) == (recordings, "egosearch index"):
            return float(row["CPU s per hour"])
    return None


@dataclass(frozen=True)
class Question:
    """What is asked for."""

    people: int = 1
    hours_a_day: float = 8.0
    megabits: float = 16.0
    """Of a recording, a second."""

    @property
    def hours_a_year(self) -> float:
        return self.hours_a_day * DAYS


def year(question: Question, hour: PerHour, cpu_s: float, cpu_source: str, line: Latency | None) -> Table:
    """Return what a year comes to for everybody together; latency is that of one person's own library."""
    hours = question.hours_a_year * question.people
    windows = sum(hour.windows.values()) * question.hours_a_year
    core_hours = cpu_s * hours / HOUR_S
    bytes_an_hour = sum(hour.size_bytes.values())
    rows: list[tuple[Cell, ...]] = [
        ("hours recorded", f"{hours:,.0f}", GIVEN),
        ("Mbit/s of a recording", f"{question.megabits:g}", GIVEN),
        *((f"{sense} windows an hour", f"{number:,.0f}", STATS) for sense, number in hour.windows.items()),
        ("windows", f"{windows * question.people:,.0f}", COMPUTED),
        *((f"{part}, MB an hour", f"{size / 1e6:.2f}", STATS) for part, size in hour.size_bytes.items()),
        ("libraries, GB", f"{bytes_an_hour * hours / GB:,.1f}", COMPUTED),
        ("recordings, GB", f"{question.megabits * 1e6 / 8 * HOUR_S * hours / GB:,.0f}", COMPUTED),
        ("CPU seconds an hour", f"{cpu_s:,.0f}", cpu_source),
        ("core hours to index", f"{core_hours:,.0f}", COMPUTED),
        ("cores that keep up, busy day and night", f"{core_hours / (DAYS * 24):,.2f}", COMPUTED),
        ("read while indexing, MB/s on average", f"{question.megabits / 8 * hours / (DAYS * 24):,.2f}", COMPUTED),
    ]
    if line is not None:
        for name, (count, milliseconds) in (("smaller", line.small), ("larger", line.large)):
            rows.append((f"p95, ms, {name} library: {count:,.0f} windows", f"{milliseconds:.1f}", QUERY))
        kind = COMPUTED if windows <= line.large[0] else EXTRAPOLATED
        rows.append((f"p95, ms, own library of a year: {windows:,.0f} windows", f"{line.at(windows):,.0f}", kind))
    return Table(
        f"A year of {question.hours_a_day:g} h a day, people: {question.people:,}",
        ("what", "much", "from"),
        tuple(rows),
    )


def _rows(benchmarks: dict[str, Any], name: str, caption: str) -> list[dict[str, Any]]:
    tables = benchmarks.get("benchmarks", {}).get(name, {}).get("tables", [])
    return [
        dict(zip(table["header"], row, strict=True))
        for table in tables
        if table["caption"] == caption
        for row in table["rows"]
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="Compute what a year costs.")
    parser.add_argument("--stats", nargs="+", type=Path, required=True, help="what `egosearch stats --json` printed")
    parser.add_argument("--benchmarks", type=Path, help="what `python -m benchmarks --json` wrote")
    parser.add_argument("--recordings", default="1080p, moving", help="whose CPU seconds to take")
    parser.add_argument("--cpu-s", type=float, help="CPU seconds an hour, where the benchmark was not run")
    parser.add_argument("--people", nargs="+", type=int, default=[1, 10_000])
    parser.add_argument("--hours-a-day", type=float, default=8.0)
    parser.add_argument("--megabits", type=float, default=16.0, help="of a recording, a second")
    options = parser.parse_args(arguments)
    found = {} if options.benchmarks is None else json.loads(options.benchmarks.read_text(encoding="utf-8"))
    measured = cpu_s_per_hour(found, options.recordings)
    cpu_s, source = (options.cpu_s, GIVEN) if options.cpu_s is not None else (measured, INDEXING)
    if cpu_s is None:
        parser.error("name CPU seconds an hour (--cpu-s), or a file with the benchmark `indexing` (--benchmarks)")
    hour = per_hour([json.loads(path.read_text(encoding="utf-8")) for path in options.stats])
    questions = [Question(people, options.hours_a_day, options.megabits) for people in options.people]
    first, *more = (year(question, hour, cpu_s, source, latency(found)) for question in questions)
    # What is measured does not change with the number of people, nor does anybody's own library.
    brief = (
        replace(table, rows=tuple(row for row in table.rows if row[2] == COMPUTED or row[0] == "hours recorded"))
        for table in more
    )
    tables = (first, *brief)
    note = f"Windows and bytes were measured on {hour.measured_hours:.1f} h of recording."
    print(Report("Scale", tables, (note,)).markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())

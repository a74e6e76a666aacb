"""Latency of a query: warm in an open library, and the whole program cold, in libraries of minutes, 9 and 100 hours.

*Warm*: milliseconds from text to moments in a process that has the library open; every query is asked once, so encoding
its text counts. The mean is split by stage (`latency.py`). *Whole program*: seconds from starting `egosearch` to its
end, the median of five runs; files are in the system's cache. The hours are made of minutes of the small library, drawn
at random and shaken, so their vectors are as sparse as real ones (`libraries.py`). *Recall* says whether what the
search cache rounds is missed (`recall.py`).
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.libraries import EXACT, any_library, generate
from benchmarks.processes import measure
from benchmarks.report import Report, Table
from benchmarks.settings import Settings, Skipped, egosearch_command

MB = 1e6
SMALLER_HOURS = 9
"""A library of 100,000 windows."""
RECALL_HOURS = 100
"""Libraries of up to so many hours are also compared with their exact vectors, a gigabyte of memory."""


def run(settings: Settings) -> Report:
    """Time queries in both libraries.

    Raises:
        Skipped: `egosearch` is not installed.
    """
    name, small = any_library(settings)
    libraries = {name: small}
    notes = ["Stages are means and do not add up to the median; *rest* holds opening cursors and joining things up."]
    try:
        for hours in sorted({SMALLER_HOURS, settings.hours}):
            large = settings.work / f"library-{hours}-h"
            if not large.exists():
                generate(small, large, hours, keep_exact=hours <= RECALL_HOURS)
            libraries[f"generated, {hours} h"] = large
    except Skipped as skipped:
        notes.append(f"No generated library: {skipped}.")
    texts = settings.work / "queries.json"
    texts.write_text(json.dumps(settings.queries()), encoding="utf-8")
    found = {}
    for label, library in libraries.items():
        cost = measure([sys.executable, "-m", "benchmarks.latency", str(library), str(texts)])
        found[label] = json.loads(cost.output), cost.peak_bytes
    exact = {label: library for label, library in libraries.items() if (library / EXACT).exists()}
    recalled = [_recalled(exact, texts)] if exact else []
    tables = (_warm(found), _split(found), *recalled, _whole(libraries, settings.runs))
    return Report("Queries", tables, tuple(notes))


def _warm(found: dict[str, tuple[dict[str, Any], int]]) -> Table:
    rows = tuple(
        (
            label,
            sum(result["windows"].values()),
            result["queries"],
            f"{result['p50']:.1f}",
            f"{result['p95']:.1f}",
            f"{peak_bytes / MB:.0f}",
        )
        for label, (result, peak_bytes) in found.items()
    )
    header = ("library", "windows", "queries", "p50, ms", "p95, ms", "peak memory, MB")
    return Table("Warm, in an open library", header, rows)


def _split(found: dict[str, tuple[dict[str, Any], int]]) -> Table:
    stages = next(iter(found.values()))[0]["stages"]
    rows = tuple(
        (label, *(f"{milliseconds:.1f}" for milliseconds in result["stages"].values()))
        for label, (result, _) in found.items()
    )
    return Table("Where the time goes, mean ms", ("library", *stages), rows)


def _recalled(libraries: dict[str, Path], texts: Path) -> Table:
    rows = []
    for label, library in libraries.items():
        cost = measure([sys.executable, "-m", "benchmarks.recall", str(library), str(texts)])
        result = json.loads(cost.output)
        rows.append((label, result["moments"], f"{result['recall']:.4f}", f"{result['score_apart']:.4f}"))
    header = ("library", "exact moments", "found again", "scores apart at most")
    return Table("Recall of the ten best moments against exact vectors", header, tuple(rows))


def _whole(libraries: dict[str, Path], runs: int) -> Table:
    egosearch = egosearch_command()
    commands = {"egosearch --help": [*egosearch, "--help"]}
    for label, library in libraries.items():
        command = [*egosearch, "query", "--library", str(library), "--json", "when the timer went off"]
        commands[f"egosearch query ({label})"] = command
    rows = []
    for label, command in commands.items():
        costs = [measure(command, expected=(0, 1)) for _ in range(runs)]
        rows.append(
            (
                label,
                f"{statistics.median(cost.wall_s for cost in costs):.2f}",
                f"{statistics.median(cost.cpu_s for cost in costs):.2f}",
                f"{max(cost.peak_bytes for cost in costs) / MB:.0f}",
            )
        )
    header = ("program", "seconds", "CPU seconds", "peak memory, MB")
    return Table(f"The whole program, median of {runs}", header, tuple(rows))

"""Quality of the answers: the bench's queries against its recordings, with both senses, with one, and fused by rank.

Runs the bench's own script on the command line, as anybody could, and shows what it measured. *R@k, IoU>=m* is the
share of queries with a moment among the best k whose temporal IoU with the truth is at least m; *start* the median
distance of the best moment's start from the true one, where they overlap; *AUROC* how well confidence tells queries
that have an answer from those that have none.
"""

import json
import sys
from typing import Any

from benchmarks.libraries import bench_library
from benchmarks.processes import measure
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, egosearch_command

VARIANTS = {"default": "default", "audio only": "sound only", "visual only": "sight only", "rrf": "reciprocal rank"}
"""The script's names, and the reader's."""
MEASURES = ("R@1 IoU.3", "R@1 IoU.5", "R@5 IoU.5", "median start error s")
HEADER = ("n", "R@1, IoU>=0.3", "R@1, IoU>=0.5", "R@5, IoU>=0.5", "start, s")


def run(settings: Settings) -> Report:
    """Ask the bench's queries.

    Raises:
        Skipped: The bench is not there.
    """
    script = settings.need("bench/run_bench.py", "the bench's script")
    library = bench_library(settings)
    output = settings.work / "moments.json"
    egosearch = " ".join(egosearch_command())
    options = ["--egosearch", egosearch, "--library", str(library), "--keep", "--json", str(output)]
    measure([sys.executable, str(script), str(script.parent), *options])
    return report(json.loads(output.read_text(encoding="utf-8")))


def report(measured: dict[str, Any]) -> Report:
    """Turn what the script wrote into tables."""
    variants = [(shown, measured[name]["ALL"]) for name, shown in VARIANTS.items() if name in measured]
    kinds = [(kind, row) for kind, row in measured["default"].items() if isinstance(row, dict)]
    threshold = measured["at the default threshold"]
    confidence = (
        ("AUROC, present against absent", f"{measured['AUROC present vs absent']:.3f}"),
        ("right at the default threshold (IoU>=0.3)", f"{threshold['answered right']:.3f}"),
        ("answered although absent", f"{threshold['false alarms']:.3f}"),
    )
    tables = (
        Table("All queries that have an answer", ("search", *HEADER), tuple(_row(*one) for one in variants)),
        Table("The default search, by kind of query", ("kind", *HEADER), tuple(_row(*one) for one in kinds)),
        Table("Confidence", ("measure", "value"), confidence),
    )
    notes = (
        "The recordings are composed of photographs and of sounds; with some ninety queries, differences under 0.05 are"
        " within chance.",
    )
    return Report("Moments (bench)", tables, notes)


def _row(name: str, row: dict[str, Any]) -> tuple[Cell, ...]:
    shown = ("-" if row[one] is None else f"{row[one]:.2f}" for one in MEASURES)
    return (name, int(row["n"]), *shown)

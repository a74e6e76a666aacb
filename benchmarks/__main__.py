"""`python -m benchmarks [NAME...] [--quick] [--shared DIR] [--json OUT]`: run benchmarks, print the README's tables."""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.processes import use_one_thread
from benchmarks.settings import Settings, Skipped

NAMES = (
    "moments",
    "esc10",
    "sounds",
    "aria",
    "speech",
    "motion",
    "networks",
    "indexing",
    "query",
    "engines",
    "owner",
    "browser",
    "encoders",
    "sizes",
    "prompts",
)
"""In the order of the README."""
SHARED_VARIABLE = "EGOSEARCH_BENCH_SHARED"
QUICK: dict[str, Any] = {"hours": 9, "footage_s": 64, "runs": 2, "windows": (20_000,), "kills": 8, "files": 100}
"""Of the settings: to see that everything runs, in a few minutes. What it prints is no figure to quote."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks that are named, and print them; return the exit code."""
    options = _parser().parse_args(arguments)
    use_one_thread()  # before numpy is loaded
    from benchmarks.report import heading, machine

    described = machine()
    found: dict[str, object] = {}
    print(heading(described), flush=True)
    cache = Path(tempfile.gettempdir()) / "egosearch-benchmarks"
    with tempfile.TemporaryDirectory(prefix="egosearch-benchmarks-") as work:
        shared = options.shared if options.shared is not None and options.shared.is_dir() else None
        settings = Settings(shared, Path(work), cache, all_dir=options.all_dir, hours=options.hours, seed=options.seed)
        if options.quick:
            settings = replace(settings, **QUICK)
        if options.kills:
            settings = replace(settings, kills=options.kills)
        if options.files:
            settings = replace(settings, files=options.files)
        if options.windows:
            settings = replace(settings, windows=tuple(options.windows))
        for name in options.names or NAMES:
            print(f"\n{name} ...", file=sys.stderr, flush=True)
            try:
                report = import_module(f"benchmarks.{name}").run(settings)
            except Skipped as skipped:
                print(f"\n*{name}* is skipped: {skipped}.", flush=True)
                found[name] = {"skipped": str(skipped)}
            else:
                print(f"\n{report.markdown()}", flush=True)
                found[name] = report.as_json()
            if options.json is not None:  # after each: the rest may take an hour
                written = json.dumps({"machine": described, "benchmarks": found}, indent=1)
                options.json.write_text(written, encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure egosearch.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; all if none is named")
    named = Path(os.environ.get(SHARED_VARIABLE, "shared"))
    help_shared = f"folder with data/ and bench/ (default: ${SHARED_VARIABLE}, else ./shared)"
    parser.add_argument("--shared", type=Path, default=named, metavar="DIR", help=help_shared)
    parser.add_argument("--all-dir", type=Path, metavar="DIR", help="folder with all 400 clips of ESC-10")
    parser.add_argument("--hours", type=int, default=100, metavar="N", help="length of the generated library")
    parser.add_argument("--windows", type=int, nargs="+", metavar="N", help="sizes of the libraries of `engines`")
    parser.add_argument("--kills", type=int, metavar="N", help="of indexing runs, by `crashes`")
    parser.add_argument("--files", type=int, metavar="N", help="that `fuzz` spoils")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="says which files `fuzz` makes (default: 1)")
    parser.add_argument("--quick", action="store_true", help="short footage and small libraries: see that all runs")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the results here, as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())

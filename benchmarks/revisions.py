"""Another commit against this checkout: `python -m benchmarks.revisions BASE`, or `make bench-compare BASE=...`.

BASE is taken out of Git into a temporary folder and installed there into an environment of its own, with the versions
of this one's packages where it takes them. Then both do the same, in turns, on the same machine: index two short clips,
start programs, and answer queries, in the small library that came of it and in a generated one of 9 hours. Both are
measured from outside, by what has always been public, and not by their own benchmarks, which may differ. What is
printed is the comparison of `compare.py`; noise is what the turns differ by.
"""

import argparse
import io
import json
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import compare
from benchmarks.engines import disk_bytes
from benchmarks.footage import MOTIONS, clip
from benchmarks.processes import measure
from benchmarks.report import Report, Table, machine
from benchmarks.settings import QUERIES, ROOT, Settings

MB = 1e6
FOOTAGE_S = Settings.footage_s
"""The clips of the other benchmarks, which are made once."""
HOURS = 9
"""A library of 100,000 windows."""
STARTS = 3
"""Times a program is started in one turn; the median counts."""


@dataclass(frozen=True)
class Revision:
    """A commit that is installed."""

    name: str
    root: Path
    python: Path

    @property
    def egosearch(self) -> str:
        """The program."""
        return str(self.python.with_name("egosearch"))


def taken_out(base: str, folder: Path) -> Revision:
    """Install a commit into a folder; nothing of this checkout changes, nor of its Git.

    Raises:
        ValueError: There is no such commit.
        CalledProcessError: It cannot be installed.
    """
    git = ["git", "-C", str(ROOT)]
    try:
        found = subprocess.run([*git, "rev-parse", "--short=7", f"{base}^{{commit}}"], check=True, capture_output=True)
        archive = subprocess.run([*git, "archive", base], check=True, capture_output=True).stdout
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().splitlines()
        raise ValueError(f"there is no commit {base!r} to compare with: {reason[-1] if reason else error}") from error
    root = folder / "base"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(root, filter="data")
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / Path(sys.executable).parent.name / Path(sys.executable).name
    frozen = subprocess.run([sys.executable, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(line for line in frozen.splitlines() if "==" in line), encoding="utf-8")
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", str(root)]
    if subprocess.run([*install, "-c", str(constraints)], check=False, capture_output=True).returncode:
        print(f"{base} needs other versions of packages: installing those", file=sys.stderr, flush=True)
        subprocess.run(install, check=True)
    return Revision(found.stdout.decode().strip(), root, python)


def here() -> Revision:
    """Return this checkout, as it is installed where this program runs."""
    return Revision(machine()["revision"], ROOT, Path(sys.executable))


def measured(revision: Revision, clips: Sequence[Path], work: Path) -> dict[str, Any]:
    """Measure a commit once; return what `compare` reads."""
    library = work / "library"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    queries = work / "queries.json"
    queries.write_text(json.dumps(QUERIES), encoding="utf-8")
    index = [revision.egosearch, "index", "--quiet", "--library", str(library), "--jobs", "2"]
    indexed = measure([*index, *(str(one.absolute()) for one in clips)])
    peak_bytes = max(indexed.peak_bytes, *indexed.worker_peaks_bytes, 0)
    size_bytes = disk_bytes(library)
    programs = {
        "egosearch --help": [revision.egosearch, "--help"],
        "egosearch query": [
            revision.egosearch,
            "query",
            "--library",
            str(library),
            "--json",
            "when the timer went off",
        ],
    }
    started = {name: [measure(command, expected=(0, 1)) for _ in range(STARTS)] for name, command in programs.items()}
    # -P: not the modules beside the script, nor those of the folder it is started in.
    warm = [str(revision.python), "-P", str(Path(__file__).with_name("warm.py"))]
    cost = measure([*warm, str(library), str(queries), str(revision.root), str(HOURS)])
    asked = json.loads(cost.output)
    shutil.rmtree(work)
    rows = [(f"the clips, {len(clips) * FOOTAGE_S} s", asked["small"])]
    if isinstance(asked["large"], list):
        rows.append((f"generated, {HOURS} h", asked["large"]))
    else:
        print(f"{revision.name}: no library of {HOURS} h ({asked['large']})", file=sys.stderr)
    tables = (
        Table(
            "Indexing short clips, 2 jobs",
            ("clips", "seconds", "CPU seconds", "largest process, MB", "library, MB"),
            (
                (
                    f"{len(clips)} of {FOOTAGE_S} s, 1080p",
                    f"{indexed.wall_s:.2f}",
                    f"{indexed.cpu_s:.2f}",
                    f"{peak_bytes / MB:.0f}",
                    f"{size_bytes / MB:.2f}",
                ),
            ),
        ),
        Table(
            "Queries, warm",
            ("library", "p50, ms", "p95, ms"),
            tuple((name, *(f"{np.percentile(taken_ms, p):.2f}" for p in (50, 95))) for name, taken_ms in rows),
        ),
        Table(
            "The whole program",
            ("program", "seconds", "CPU seconds", "memory, MB"),
            tuple(
                (
                    name,
                    f"{statistics.median(one.wall_s for one in costs):.2f}",
                    f"{statistics.median(one.cpu_s for one in costs):.2f}",
                    f"{max(one.peak_bytes for one in costs) / MB:.0f}",
                )
                for name, costs in started.items()
            ),
        ),
    )
    described = {**machine(), "revision": revision.name, "versions": asked["versions"]}
    return {"machine": described, "benchmarks": {"revision": Report("Two commits", tables).as_json()}}


def main(arguments: list[str] | None = None) -> int:
    """Measure both, print the comparison, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.revisions", description="Compare with another commit.")
    parser.add_argument("base", metavar="BASE", help="what to compare with: main, v0.1.0, HEAD~20")
    parser.add_argument("--turns", type=int, default=3, metavar="N", help="times that each is measured (default: 3)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the results here, in `base` and `here`")
    parser.add_argument("--threshold", default=str(compare.THRESHOLD), metavar="SHARE", help="as of `compare`")
    parser.add_argument("--fail-above", metavar="SHARE", help="as of `compare`")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="egosearch-revisions-") as folder:
        work = Path(folder)
        print(f"installing {options.base} ...", file=sys.stderr, flush=True)
        try:
            sides = {"base": taken_out(options.base, work), "here": here()}
        except (ValueError, subprocess.CalledProcessError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        print("making clips, where they are not there from before ...", file=sys.stderr, flush=True)
        cache = Path(tempfile.gettempdir()) / "egosearch-benchmarks"
        clips = [clip(cache, FOOTAGE_S, motion=motion) for motion in MOTIONS]
        kept = options.keep or work / "results"
        for turn in range(options.turns):
            # Whoever is first finds the machine otherwise than the second: they swap.
            for side in sides if turn % 2 == 0 else reversed(sides):
                print(f"turn {turn + 1} of {options.turns}: {sides[side].name} ...", file=sys.stderr, flush=True)
                found = measured(sides[side], clips, work / "work")
                (kept / side).mkdir(parents=True, exist_ok=True)
                (kept / side / f"{turn}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        limits = ["--threshold", options.threshold]
        limits += ["--fail-above", options.fail_above] if options.fail_above else []
        return compare.main([str(kept / "base"), str(kept / "here"), *limits])


if __name__ == "__main__":
    sys.exit(main())

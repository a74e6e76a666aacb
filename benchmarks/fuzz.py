"""Indexing thousands of spoiled files with good ones between them: `python -m benchmarks fuzz --files 2000 --seed 1`.

Recordings are spoiled in nine ways (`mutations.py`) and indexed with the toy encoders, a hundred at a time, into one
library; every twentieth file is a good recording, made for it. Nothing may end the run, every good one has to be
indexed, nothing may take longer than a worker is given, and nothing may be raised that nobody foresaw. The table says
what became of each kind.

Recordings to spoil are those in `data/odd` and `data/video` of the shared files, where these are there; else one is
made. `python -m benchmarks.fuzz --keep DIR` does the same, keeps the files by which something is found, and says with
its exit code whether all of this holds.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from benchmarks.__main__ import SHARED_VARIABLE
from benchmarks.mutations import MUTATIONS, Mutant, Source, mutants
from benchmarks.report import Cell, Report, Table, heading, machine
from benchmarks.settings import Settings, Skipped
from egosearch.indexing.types import IndexOptions, IndexProgress, IndexReport
from egosearch.library import Library
from indexers.media.write import write_recording
from indexers.types import Modality

BATCH = 100
"""Files to a run."""
GOOD_EVERY = 20
MAX_BYTES = 4_000_000
"""Of a recording to spoil: larger ones take longer, and are damaged in the same ways."""
FOLDERS = ("data/odd", "data/video")
OPTIONS = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
"""One worker, so that what passes between two pieces of news is what one file took."""

_PART = re.compile(r" \(\d+ of \d+ slices.*|;.*")
"""Of a failure's words: how much was kept all the same, and what to do."""
_NUMBERS = re.compile(r"\d+")

Fate = Literal["indexed", "refused", "crashed", "too long", "too much memory", "unforeseen"]
SIGNS: tuple[tuple[str, Fate], ...] = (
    ("crashed a worker", "crashed"),
    ("had its worker process killed", "crashed"),
    ("took longer than", "too long"),
    ("MB of memory", "too much memory"),
    ("report this as a bug", "unforeseen"),
)
"""What a failure's words say about it; all others are refusals."""


@dataclass
class Tally:
    """What became of the files."""

    fates: dict[str, Counter[Fate]] = field(default_factory=dict)
    """By kind of damage."""
    reasons: Counter[str] = field(default_factory=Counter)
    good: int = 0
    good_indexed: int = 0
    elapsed_s: float = 0.0
    longest: tuple[float, str] = (0.0, "")
    """Seconds that a piece of a recording took, and its file's name."""
    longest_opening_s: float = 0.0
    found: list[tuple[str, str]] = field(default_factory=list)
    """Names of files that were no mere refusals, and why."""

    @property
    def is_sound(self) -> bool:
        """Whether all good files were indexed, and nothing happened that nobody foresaw."""
        unforeseen = sum(fates["unforeseen"] for fates in self.fates.values())
        return self.good_indexed == self.good and not unforeseen


class Clock:
    """Notes how long a run says nothing: about a recording, and between two files that it looks at."""

    def __init__(self) -> None:
        self.longest = (0.0, "")
        self.longest_opening_s = 0.0
        self._told_s = self._asked_s = time.monotonic()
        self._is_looking = True

    def should_stop(self) -> bool:
        """Be asked before each file, and often while they are decoded. Never stops anything."""
        now_s = time.monotonic()
        if self._is_looking:
            self.longest_opening_s = max(self.longest_opening_s, now_s - self._asked_s)
            self._told_s = now_s
        self._asked_s = now_s
        return False

    def on_progress(self, progress: IndexProgress) -> None:
        """Be told of a piece of a recording, or of a failure."""
        now_s = time.monotonic()
        self._is_looking = False
        self.longest = max(self.longest, (now_s - self._told_s, progress.path.name))
        self._told_s = now_s


def run(settings: Settings) -> Report:
    """Spoil the shared recordings, or some that are made, and index the result."""
    return _run(settings, None)[1]


def fuzz(sources: Sequence[Source], work: Path, *, files: int, seed: int, keep: Path | None = None) -> Tally:
    """Spoil recordings and index them; return what came of it.

    Args:
        sources: What to spoil.
        work: An existing folder.
        files: How many files are made.
        seed: Says which.
        keep: Where files go that were no mere refusals; None for nowhere.
    """
    tally = Tally({kind: Counter() for kind in MUTATIONS})
    made = islice(mutants(sources, seed=seed), files)
    began_s = time.monotonic()
    with Library.open(work / "library-fuzz") as library:
        while bad := {one.name: one for one in islice(made, BATCH)}:
            folder = work / "fuzz"
            folder.mkdir()
            for mutant in bad.values():
                (folder / mutant.name).write_bytes(mutant.data)
            good = [_good(folder, tally.good + at) for at in range(-(-len(bad) // GOOD_EVERY))]
            clock = Clock()
            done = library.index(
                [folder], options=OPTIONS, on_progress=clock.on_progress, should_stop=clock.should_stop
            )
            _count(tally, done, bad, folder, keep)
            indexed = {one.path for one in library.recordings() if one.indexed_s > 0}
            tally.good += len(good)
            tally.good_indexed += len(indexed.intersection(good))
            tally.longest = max(tally.longest, clock.longest)
            tally.longest_opening_s = max(tally.longest_opening_s, clock.longest_opening_s)
            shutil.rmtree(folder)
    tally.elapsed_s = time.monotonic() - began_s
    return tally


def _count(tally: Tally, done: IndexReport, bad: Mapping[str, Mutant], folder: Path, keep: Path | None) -> None:
    failed = {one.path.name: f"{one.reason}; {one.remedy}" for one in done.failed}
    for name, mutant in bad.items():
        fate = fate_of(failed.get(name))
        tally.fates[mutant.kind][fate] += 1
        if fate == "refused":
            tally.reasons[_NUMBERS.sub("N", _PART.sub("", failed[name]))] += 1
        elif fate != "indexed":
            tally.found.append((name, failed[name]))
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / name, keep / name)


def fate_of(failure: str | None) -> Fate:
    """Return what a failure's words say, or that there was none."""
    if failure is None:
        return "indexed"
    return next((fate for sign, fate in SIGNS if sign in failure), "refused")


def found_sources(settings: Settings) -> list[Source]:
    """Return the shared recordings to spoil, smallest first; none where they are not there."""
    found: list[Path] = []
    for folder in FOLDERS:
        try:
            found += [path for path in settings.need(folder, "recordings to spoil").rglob("*") if path.is_file()]
        except Skipped:
            continue
    sizes = sorted((path.stat().st_size, path) for path in found)
    return [Source(path.name, path.read_bytes()) for size, path in sizes if 0 < size <= MAX_BYTES]


def made_sources(work: Path) -> list[Source]:
    """Return a recording of ours to spoil."""
    path = _good(work, 0)
    return [Source("made.mp4", path.read_bytes())]


def _good(folder: Path, number: int) -> Path:
    """Make a recording of four seconds like no other; its name puts it between the others."""
    random = np.random.default_rng(number)
    colours = random.integers(0, 256, (4, 3), np.uint8)
    frames = (np.full((48, 64, 3), colours[k // 10], np.uint8) for k in range(40))
    samples = random.uniform(-0.1, 0.1, 4 * 32_000).astype(np.float32)
    path = folder / f"{number * GOOD_EVERY + GOOD_EVERY // 2:05d}-good.mp4"
    write_recording(
        path, frames=frames, frame_rate_hz=10, samples=samples, sample_rate_hz=32_000, recorded_at=None, gop_s=1.0
    )
    return path


def report(tally: Tally, files: int, seed: int, sources: int) -> Report:
    """Return what came of it as tables."""
    fates: tuple[Fate, ...] = get_args(Fate)
    rows: list[tuple[Cell, ...]] = [
        (kind, sum(counts.values()), *(counts[fate] for fate in fates)) for kind, counts in tally.fates.items()
    ]
    rows.append(("all", *(sum(int(row[at]) for row in rows) for at in range(1, len(fates) + 2))))
    caption = f"{files:,} spoiled files of {sources} recordings, seed {seed}"
    longest_s, name = tally.longest
    notes = [
        f"{tally.good_indexed} of {tally.good} good recordings between them were indexed.",
        f"{tally.elapsed_s:.0f} s in all, {tally.elapsed_s / max(1, files):.2f} s a file. The slowest piece of a "
        f"recording took {longest_s:.1f} s (`{name}`), the slowest file to open {tally.longest_opening_s:.1f} s.",
        *(f"`{found}`: {why}" for found, why in tally.found),
    ]
    reasons = tuple((reason, count) for reason, count in tally.reasons.most_common(12))
    tables = (
        Table(caption, ("damage", "files", *fates), tuple(rows)),
        Table("Why files were refused", ("reason", "files"), reasons),
    )
    return Report("Spoiled files", tables, tuple(notes))


def main(arguments: list[str] | None = None) -> int:
    """Run it as a program of its own; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description="Index thousands of spoiled files.")
    parser.add_argument("--files", type=int, default=Settings.files, metavar="N", help="how many")
    parser.add_argument("--seed", type=int, default=Settings.seed, metavar="N", help="which")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep files that did more than be refused")
    named = Path(os.environ.get(SHARED_VARIABLE, "shared"))
    parser.add_argument("--shared", type=Path, default=named, metavar="DIR", help="folder with data/")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="egosearch-fuzz-") as work:
        shared = options.shared if options.shared.is_dir() else None
        settings = Settings(shared, Path(work), Path(work), files=options.files, seed=options.seed)
        tally, found = _run(settings, options.keep)
    print(heading(machine()))
    print(f"\n{found.markdown()}")
    return 0 if tally.is_sound else 1


def _run(settings: Settings, keep: Path | None) -> tuple[Tally, Report]:
    sources = found_sources(settings) or made_sources(settings.work)
    tally = fuzz(sources, settings.work, files=settings.files, seed=settings.seed, keep=keep)
    return tally, report(tally, settings.files, settings.seed, len(sources))


if __name__ == "__main__":
    sys.exit(main())

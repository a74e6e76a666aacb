"""Memory of indexing over the length of a recording: `python -m benchmarks.memory [--hours 10] [--container mp4]`.

One recording of that many hours is made, `egosearch index` is run on it with the default encoders, and the memory of
the program and of its workers is added up twice a second (`footprint.py`). The table shows the curve at twenty moments,
each the most since the one before, and the most of all. It should be flat: a slice takes as much in the ninth hour as
in the first. How much that is does depend on the container: an MP4 file lists every packet at its end, and FFmpeg holds
that list, 11 MB for each hour, in every process that decodes. Matroska lists key frames only, and so do the pieces that
cameras write. `--container` takes one or the other.

The recording is a minute of a moving camera (`footage.py`), its packets copied over and over: 1080p, 30 frames/s, AAC.
It is coded more coarsely than cameras do, 1 instead of 16 Mbit/s, so that ten hours take 5 GB; memory depends on
the size of frames and on how many packets there are, hardly on how large these are.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from benchmarks.footage import clip, lengthen
from benchmarks.footprint import Footprint
from benchmarks.libraries import index
from benchmarks.processes import Cost
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings

Container = Literal["mkv", "mp4"]
CLIP_S = 60
COARSENESS = 40.0
ROWS = 20
LIMIT_MB = 600
"""What a whole run with two jobs may hold."""
MB = 1e6
HEADER = ("after, s", "all, MB", "program", "largest worker", "resident, all")


def run(
    settings: Settings, *, hours: float = 1.0, jobs: int = 2, height_px: int = 1080, container: Container = "mkv"
) -> Report:
    """Index a recording of so many hours and show the curve."""
    repeats = max(1, round(hours * 3600 / CLIP_S))
    short = clip(settings.cache, CLIP_S, height_px=height_px, coarseness=COARSENESS)
    recording = lengthen(short, settings.work / f"long.{container}", times=repeats, title="long", period_s=CLIP_S)
    size_bytes = recording.stat().st_size
    library = settings.work / "library-memory"
    shutil.rmtree(library, ignore_errors=True)
    cost = index(library, [recording], jobs=jobs)
    recording.unlink()
    shutil.rmtree(library)
    seconds = repeats * CLIP_S
    return report(cost, seconds, f"{container} file of {size_bytes / 1e9:.1f} GB", jobs)


def report(cost: Cost, seconds: float, recording: str, jobs: int) -> Report:
    """Return what a run over so many seconds of recording showed."""
    caption = f"Memory while {seconds / 3600:.2g} h are indexed with {jobs} jobs"
    notes = [f"One {recording}, indexed at {seconds / cost.wall_s:.0f} x real time."]
    rows = [_row(f"{part[-1].at_s:.0f}", part) for part in parts(cost.footprints, ROWS)]
    if cost.footprints:
        rows.append(_row("most", cost.footprints))
        notes.append(
            f"All processes together held at most {cost.most_bytes / MB:.0f} MB at once, shared pages counted once; "
            f"to stay under: {LIMIT_MB} MB. Each column is a maximum of its own."
        )
    else:
        notes.append("This system does not say how much memory processes hold.")
    return Report("Memory", (Table(caption, HEADER, tuple(rows)),), tuple(notes))


def parts(footprints: Sequence[Footprint], count: int) -> list[list[Footprint]]:
    """Cut what was seen, in the order of time, into parts of equal length; those without a footprint are left out."""
    found: dict[int, list[Footprint]] = {}
    for one in footprints:
        found.setdefault(min(count - 1, int(count * one.at_s / footprints[-1].at_s)), []).append(one)
    return list(found.values())


def _row(label: str, part: Sequence[Footprint]) -> tuple[Cell, ...]:
    largest = max((one.workers_bytes[0] for one in part if one.workers_bytes), default=0)
    sizes = (
        max(one.total_bytes for one in part),
        max(one.program_bytes for one in part),
        largest,
        max(one.resident_bytes for one in part),
    )
    return (label, *(f"{size / MB:.0f}" for size in sizes))


def main(arguments: list[str] | None = None) -> int:
    """Run it as a program of its own; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description="Memory over a long recording.")
    parser.add_argument("--hours", type=float, default=10.0, metavar="N", help="length of the recording")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="workers of the run")
    parser.add_argument("--container", choices=("mkv", "mp4"), default="mkv", help="how the file is made")
    parser.add_argument("--height", type=int, default=1080, metavar="PX", help="of its frames, of 16 : 9")
    options = parser.parse_args(arguments)
    cache = Path(tempfile.gettempdir()) / "egosearch-benchmarks"
    with tempfile.TemporaryDirectory(prefix="egosearch-benchmarks-") as work:
        settings = Settings(None, Path(work), cache)
        made = run(
            settings, hours=options.hours, jobs=options.jobs, height_px=options.height, container=options.container
        )
    print(made.markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Speed, memory and disk of indexing, against decoding alone in the same run.

Two sets: the bench's recordings (512 x 288, 12 frames/s) and generated footage as cameras make it (1080p, 30 frames/s,
key frames every 2 s; a clip put twice after itself, in two files, so that both workers have one). `egosearch index`
with two jobs is run from start to end, start-up of the program and of the workers included; then every frame and sample
is decoded and thrown away, in two processes of one thread each (`decoding.py`), and, where there is an `ffmpeg`, a
picture a second is taken with it. The CPU seconds are those of the same work in one process, with the clock around each
stage; *other* is the rest: levels, quality, looking at the files. Machines are noisy: compare within one run.
"""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.footage import GROUP_S, clip, lengthen
from benchmarks.libraries import index
from benchmarks.processes import Cost, measure
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, Skipped
from benchmarks.stopwatch import timing
from egosearch import pool
from egosearch.catalog import Catalog
from egosearch.library import Library
from egosearch.scan import ScanCache
from egosearch.stores import EmbeddedStore
from egosearch.types import IndexOptions
from indexers.encoders import load_encoder
from indexers.media import discover, probe
from indexers.types import Modality

JOBS = 2
LOOPS = 2
MB = 1e6
SPEED_HEADER = (
    "recordings",
    "program",
    "seconds",
    "x real time",
    "CPU s per hour",
    "x decoding, time",
    "x decoding, CPU",
)
CPU_HEADER = ("recordings", "demux", "pictures", "scaling", "sound", "sound network", "picture networks", "store")


def run(settings: Settings) -> Report:
    """Index both sets, or the one that is there."""
    sets, notes = _sets(settings)
    speed: list[tuple[Cell, ...]] = []
    cpu: list[tuple[Cell, ...]] = []
    memory: list[tuple[Cell, ...]] = []
    disk: list[tuple[Cell, ...]] = []
    for name, (library, paths) in sets.items():
        seconds = sum(probe(path).duration_s for path in paths)
        shutil.rmtree(library, ignore_errors=True)
        indexed = index(library, paths, jobs=JOBS)
        speed += _speeds(name, seconds, indexed, paths)
        cpu.append((name, *cpu_by_stage(settings.work / "library-split", paths, seconds / 3600)))
        peaks = [indexed.peak_bytes, *indexed.worker_peaks_bytes]
        memory.append((name, f"{peaks[0] / MB:.0f}", f"{max(peaks[1:], default=0) / MB:.0f}", f"{sum(peaks) / MB:.0f}"))
        with Library.open(library, read_only=True) as opened:
            stats = opened.stats()
        parts = [stats.size_bytes, *stats.bytes_by_part.values()]
        disk.append((name, *(f"{part / MB / (seconds / 3600):.1f}" for part in parts)))
        disk_header = ("recordings", "all", *stats.bytes_by_part)
    tables = (
        Table(f"Speed, {JOBS} jobs", SPEED_HEADER, tuple(speed)),
        Table("CPU seconds per hour of recording, by stage", (*CPU_HEADER, "other", "all"), tuple(cpu)),
        Table("Peak resident memory, MB", ("recordings", "program", "largest worker", "all processes"), tuple(memory)),
        Table("Library, MB per hour of recording", disk_header, tuple(disk)),
    )
    return Report("Indexing", tables, tuple(notes))


def _sets(settings: Settings) -> tuple[dict[str, tuple[Path, list[Path]]], list[str]]:
    """Return for each set where its library goes and its files."""
    sets, notes = {}, []
    try:
        folder = settings.need("bench/recordings", "the bench's recordings")
        sets["bench"] = settings.work / "library-bench", list(discover([folder]))
    except Skipped as skipped:
        notes.append(f"The bench's recordings are left out: {skipped}.")
    short = clip(settings.cache, settings.footage_s)
    megabits = short.stat().st_size * 8 / settings.footage_s / 1e6
    minutes = 2 * LOOPS * settings.footage_s / 60
    notes.append(
        f"The 1080p footage is {minutes:.0f} minutes at {megabits:.0f} Mbit/s, key frames every {GROUP_S:.0f} s."
    )
    if shutil.which("ffmpeg") is None:
        notes.append("There is no program `ffmpeg` here to compare with.")
    long = [
        lengthen(short, settings.work / f"{title}.mp4", times=LOOPS, title=title, period_s=settings.footage_s)
        for title in ("first", "second")
    ]
    sets["1080p"] = settings.work / "library-1080p", long
    return sets, notes


def _speeds(name: str, seconds: float, indexed: Cost, paths: Sequence[Path]) -> list[tuple[Cell, ...]]:
    files = [str(path.absolute()) for path in paths]
    decoded = measure([sys.executable, "-m", "benchmarks.decoding", str(JOBS), *files])
    costs = {"egosearch index": indexed, "decoding everything": decoded}
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg:
        costs["ffmpeg, a picture a second"] = _one_after_another(ffmpeg, files)
    return [
        (
            name,
            label,
            f"{cost.wall_s:.1f}",
            f"{seconds / cost.wall_s:.1f}",
            round(cost.cpu_s / (seconds / 3600)),
            f"{decoded.wall_s / cost.wall_s:.2f}",
            f"{decoded.cpu_s / cost.cpu_s:.2f}",
        )
        for label, cost in costs.items()
    ]


def _one_after_another(ffmpeg: str, files: Sequence[str]) -> Cost:
    """Take a picture a second of each file, with as many threads as there are jobs."""
    options = ["-nostdin", "-v", "error", "-threads", str(JOBS), "-i"]
    small = ["-an", "-vf", "fps=1,scale=-2:320", "-f", "null", os.devnull]
    costs = [measure([ffmpeg, *options, file, *small]) for file in files]
    wall_s, cpu_s = sum(cost.wall_s for cost in costs), sum(cost.cpu_s for cost in costs)
    return Cost(wall_s, cpu_s, max(cost.peak_bytes for cost in costs), (), 0, "")


def cpu_by_stage(library: Path, paths: Sequence[Path], hours: float) -> tuple[int, ...]:
    """Index in this process and return CPU seconds per hour: the columns of `CPU_HEADER`, other, and all."""
    encoders = {sense: load_encoder("concepts", sense) for sense in (Modality.AUDIO, Modality.VISUAL)}
    for encoder in encoders.values():
        encoder.encode([])
    places = [
        (pool, "index_slice", "slices"),
        (encoders[Modality.AUDIO], "encode", "sound network"),
        (encoders[Modality.VISUAL], "encode", "picture networks"),
        *((EmbeddedStore, name, "store") for name in ("upsert", "flush", "compact", "close")),
        (Catalog, "commit_slice", "store"),
        (ScanCache, "refresh", "store"),
    ]
    shutil.rmtree(library, ignore_errors=True)
    with ExitStack() as stack:
        watch = stack.enter_context(timing(time.process_time, *places, keep=frozenset(["slices"])))
        began = time.process_time()
        with Library.open(library) as opened:
            opened.index(paths, options=IndexOptions(jobs=1))
        total = time.process_time() - began
    decoded = [result.stats for result in watch.results["slices"]]
    stages = [
        sum(stats.demux_cpu_s for stats in decoded),
        sum(stats.pictures_cpu_s for stats in decoded),
        sum(stats.scaling_cpu_s for stats in decoded),
        sum(stats.sound_cpu_s for stats in decoded),
        *(watch.seconds[name] for name in ("sound network", "picture networks", "store")),
    ]
    return tuple(round(seconds / hours) for seconds in (*stages, total - sum(stages), total))

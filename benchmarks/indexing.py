"""Speed, memory and disk of indexing, against decoding alone in the same run.

Three sets: the bench's recordings (512 x 288, 12 frames/s) and generated footage as cameras make it (1080p, 30
frames/s, a key frame exactly every 2 s), of a camera that never rests and of one that was put down; a clip put twice
after itself, in two files, so that both workers have one. `egosearch index` with two jobs is run from start to end,
start-up of the program and of the workers included. Then the same files are taken apart and thrown away: by FFmpeg, a
picture a second and the sound, where there is an `ffmpeg`, and every frame and sample of them (`decoding.py`).

The CPU seconds are those of the same work in one process, with the clock around each stage, which takes some of them
itself. *sound network* takes its spectra along; *input* is what is done to a picture before its networks and to their
answers after; *quality* is sharpness, exposure and levels, and comparing pictures with those before; *survey* is
looking at the files; *other* is the rest, mostly Python between the stages. Memory *all at once* counts pages that
processes share once; the others are the kernel's own peaks. Machines are noisy: compare within one run.
"""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.footage import GROUP_S, MOTIONS, clip, lengthen
from benchmarks.libraries import index
from benchmarks.processes import Cost, measure
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, Skipped
from benchmarks.stopwatch import timing
from egosearch.catalog import Catalog
from egosearch.indexing import pool
from egosearch.indexing.survey import Surveyor
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.scan import ScanCache
from egosearch.stores import EmbeddedStore
from indexers import seeing, slices
from indexers.encoders import load_encoder
from indexers.encoders.concepts.encoders import SightConcepts
from indexers.media import container, discover, probe
from indexers.media.decode_pictures import PictureDecoder, Scaler
from indexers.media.decode_sound import SoundDecoder
from indexers.types import Modality

JOBS = 2
LOOPS = 3
MB = 1e6
SPEED_HEADER = (
    "recordings",
    "program",
    "seconds",
    "x real time",
    "CPU s per hour",
    "x FFmpeg, time",
    "x decoding, time",
    "x decoding, CPU",
)
FFMPEG = "ffmpeg, a picture a second and the sound"
EVERYTHING = "decoding everything"
CPU_HEADER = (
    "recordings",
    "demux",
    "decode",
    "scale",
    "sound",
    "sound network",
    "classifier",
    "detector",
    "input",
    "quality",
    "survey",
    "store",
)
MEMORY_HEADER = ("recordings", "all at once", "program", "largest worker", "sum of peaks")
PICTURES_HEADER = ("recordings", "frames decoded", "pictures", "bridged", "looked at")


@dataclass(frozen=True)
class Split:
    """What indexing in one process did, per hour of recording."""

    stages: tuple[int, ...]
    """CPU seconds: the columns of `CPU_HEADER`, other, and all."""
    pictures: tuple[int, ...]
    """Counts: the columns of `PICTURES_HEADER`."""


def run(settings: Settings) -> Report:
    """Index both sets, or the one that is there."""
    sets, notes = _sets(settings)
    speed: list[tuple[Cell, ...]] = []
    cpu: list[tuple[Cell, ...]] = []
    pictures: list[tuple[Cell, ...]] = []
    memory: list[tuple[Cell, ...]] = []
    disk: list[tuple[Cell, ...]] = []
    for name, (library, paths) in sets.items():
        seconds = sum(probe(path).duration_s for path in paths)
        shutil.rmtree(library, ignore_errors=True)
        indexed = index(library, paths, jobs=JOBS)
        speed += _speeds(name, seconds, indexed, paths)
        split = cpu_by_stage(settings.work / "library-split", paths, seconds / 3600)
        cpu.append((name, *split.stages))
        pictures.append((name, *split.pictures))
        peaks = [indexed.peak_bytes, *indexed.worker_peaks_bytes]
        held = (indexed.most_bytes, peaks[0], max(peaks[1:], default=0), sum(peaks))
        memory.append((name, *(f"{size / MB:.0f}" for size in held)))
        with Library.open(library, read_only=True) as opened:
            stats = opened.stats()
        parts = [stats.size_bytes, *stats.bytes_by_part.values()]
        disk.append((name, *(f"{part / MB / (seconds / 3600):.1f}" for part in parts)))
        disk_header = ("recordings", "all", *stats.bytes_by_part)
    tables = (
        Table(f"Speed, {JOBS} jobs", SPEED_HEADER, tuple(speed)),
        Table("CPU seconds per hour of recording, by stage", (*CPU_HEADER, "other", "all"), tuple(cpu)),
        Table("Pictures per hour of recording", PICTURES_HEADER, tuple(pictures)),
        Table("Peak memory, MB", MEMORY_HEADER, tuple(memory)),
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
    if shutil.which("ffmpeg") is None:
        notes.append("There is no program `ffmpeg` here to compare with; decoding everything with PyAV stands in.")
    for motion in MOTIONS:
        short = clip(settings.cache, settings.footage_s, motion=motion)
        megabits = short.stat().st_size * 8 / settings.footage_s / 1e6
        minutes = 2 * LOOPS * settings.footage_s / 60
        name = f"1080p, {motion}"
        notes.append(f"*{name}*: {minutes:.0f} minutes at {megabits:.0f} Mbit/s, key frames every {GROUP_S:.0f} s.")
        long = [
            lengthen(
                short,
                settings.work / f"{motion}-{i}.mp4",
                times=LOOPS,
                title=f"{motion} {i}",
                period_s=settings.footage_s,
            )
            for i in range(JOBS)
        ]
        sets[name] = settings.work / f"library-{motion}", long
    os.sync()  # writing gigabytes down must not go on while they are read
    return sets, notes


def _speeds(name: str, seconds: float, indexed: Cost, paths: Sequence[Path]) -> list[tuple[Cell, ...]]:
    files = [str(path.absolute()) for path in paths]
    program = [sys.executable, "-m", "benchmarks.decoding"]
    costs = {"egosearch index": indexed}
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg:
        costs[FFMPEG] = measure([*program, "--ffmpeg", ffmpeg, str(JOBS), *files])
    costs[EVERYTHING] = measure([*program, str(JOBS), *files])
    decoded, taken_out = costs[EVERYTHING], costs.get(FFMPEG)
    return [
        (
            name,
            label,
            f"{cost.wall_s:.1f}",
            f"{seconds / cost.wall_s:.1f}",
            round(cost.cpu_s / (seconds / 3600)),
            "-" if taken_out is None else f"{taken_out.wall_s / cost.wall_s:.2f}",
            f"{decoded.wall_s / cost.wall_s:.2f}",
            f"{decoded.cpu_s / cost.cpu_s:.2f}",
        )
        for label, cost in costs.items()
    ]


def cpu_by_stage(library: Path, paths: Sequence[Path], hours: float) -> Split:
    """Index in this process and say what it took."""
    encoders = {sense: load_encoder("concepts", sense) for sense in (Modality.AUDIO, Modality.VISUAL)}
    sight = encoders[Modality.VISUAL]
    if not isinstance(sight, SightConcepts):
        raise TypeError("the default encoder of pictures is another one: the benchmark has to follow")
    classifier, detector = sight._sessions  # opens them, too
    encoders[Modality.AUDIO].encode([])
    places = [
        (pool, "index_slice", "slices"),
        (container, "read", "demux"),
        (PictureDecoder, "_decoded", "decode"),
        (Scaler, "scale", "scale"),
        *((SoundDecoder, name, "sound") for name in ("take", "finish")),
        (encoders[Modality.AUDIO], "encode", "sound network"),
        (sight, "encode", "pictures"),
        (classifier, "run", "classifier"),
        (detector, "run", "detector"),
        *((seeing, name, "quality") for name in ("picture_quality", "cell_means")),
        *((slices, name, "quality") for name in ("sound_levels", "noise_floor", "window_sound_quality")),
        (Surveyor, "examine", "survey"),
        *((EmbeddedStore, name, "store") for name in ("upsert", "flush", "compact", "close")),
        (Catalog, "commit_slice", "store"),
        (ScanCache, "refresh", "store"),
    ]
    shutil.rmtree(library, ignore_errors=True)
    with ExitStack() as stack:
        watch = stack.enter_context(timing(time.process_time, *places, keep=frozenset(["slices", "classifier"])))
        began = time.process_time()
        with Library.open(library) as opened:
            opened.index(paths, options=IndexOptions(jobs=1), executor=pool.index_here)
        total = time.process_time() - began
    decoded = [result.stats for result in watch.results["slices"]]
    took = watch.seconds
    stages = [
        *(took[name] for name in ("demux", "decode", "scale", "sound", "sound network", "classifier", "detector")),
        took["pictures"] - took["classifier"] - took["detector"],
        *(took[name] for name in ("quality", "survey", "store")),
    ]
    counts = (
        sum(stats.frames for stats in decoded),
        sum(stats.pictures for stats in decoded),
        sum(stats.bridged for stats in decoded),
        len(watch.results["classifier"]),
    )
    in_all = (*stages, total - sum(stages), total)
    return Split(tuple(round(s / hours) for s in in_all), tuple(round(count / hours) for count in counts))

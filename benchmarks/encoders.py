"""The big encoders in torch and exported: speed, memory, start-up and size, each in a process of its own.

With random weights in the real architectures, which compute as long and take as much memory as trained ones. How well
a model finds things is not measured here: that takes its weights.
"""

import json
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.encoding import LAION_CLAP, OPEN_CLIP, PRECISIONS, open_clip_weights
from benchmarks.processes import measure
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, Skipped

NEEDED = {"open_clip": "clip", "laion_clap": "clap", "onnx": "export"}
"""Packages, and the extras that bring them."""
MB = 1e6


def run(settings: Settings) -> Report:
    """Measure ViT-B-32 and HTSAT-tiny with RoBERTa.

    Raises:
        Skipped: An extra is not installed.
    """
    missing = [extra for package, extra in NEEDED.items() if find_spec(package) is None]
    if missing:
        raise Skipped(f"it needs the extras of the big encoders: pip install 'egosearch[{','.join(missing)}]'")
    folder = _models(settings.cache / "encoders")
    os.environ["EGOSEARCH_MODELS"] = str(folder)
    weights = open_clip_weights(folder)
    shown = (
        ("visual", f"OpenCLIP {OPEN_CLIP}", f"open-clip:{OPEN_CLIP}/{weights}", f"{OPEN_CLIP}-{weights.stem}", weights),
        (
            *("audio", "LAION-CLAP HTSAT-tiny", f"laion-clap:{LAION_CLAP}", LAION_CLAP),
            folder / "laion-clap" / f"{LAION_CLAP}.pt",
        ),
    )
    rows = []
    for modality, title, source, exported, file in shown:
        rows.append(_row(title, "torch", modality, source, file.stat().st_size))
        for precision in PRECISIONS:
            place = folder / "exported" / f"{exported}-{precision}"
            size = sum(one.stat().st_size for one in place.iterdir())
            rows.append(_row(title, f"exported, {precision}", modality, f"exported:{place.name}", size))
    header = (
        "model",
        "run by",
        "windows/s",
        "first window, s",
        "peak MB",
        "query ms",
        "first query, s",
        "asking, MB",
        "on disk, MB",
    )
    return Report(
        "The big encoders, in torch and exported",
        (Table("One thread, no GPU, processor time; each figure from a fresh process", header, tuple(rows)),),
        (
            "Random weights in the real architectures. *torch* is the model in single precision, as the extra runs it.",
            "A window is one picture of 16:9, or 2 s of sound, preparing it included. *First* counts from the start of"
            " the process: imports, loading, and the first result; the disk's own time is not in it.",
            "*Peak* is resident memory while windows are encoded, *asking* while queries are; each tower is loaded only"
            " where it is used. On disk are both.",
        ),
    )


def _models(folder: Path) -> Path:
    """Return the folder of models, made where it is not there whole."""
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        measure([sys.executable, "-m", "benchmarks.encoding", "build", str(folder)])
        done.touch()
    return folder


def _row(title: str, how: str, modality: str, name: str, size_bytes: int) -> tuple[Cell, ...]:
    windows, windows_bytes = _measured("windows", modality, name)
    texts, texts_bytes = _measured("texts", modality, name)
    return (
        title,
        how,
        round(windows["per_s"], 1),
        round(windows["first_s"], 1),
        round(windows_bytes / MB),
        round(texts["query_s"] * 1000),
        round(texts["first_s"], 1),
        round(texts_bytes / MB),
        round(size_bytes / MB),
    )


def _measured(what: str, modality: str, name: str) -> tuple[dict[str, float], int]:
    """Return what a process printed, and its peak memory."""
    cost = measure([sys.executable, "-m", "benchmarks.encoding", what, modality, name])
    found: dict[str, float] = json.loads(cost.output.splitlines()[-1])
    return found, cost.peak_bytes

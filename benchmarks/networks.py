"""How fast each of the default networks is: windows a second, one thread, nothing decoded.

Sound is noise and pictures are noise that changes, of the size that indexing hands over; what a network computes does
not depend on them. Seconds are CPU seconds of this process: others on the machine disturb them less. An hour has 7,500
windows of sound and 3,600 of pictures; how many pictures are looked at is in `indexing`.
"""

import time

import numpy as np

from benchmarks.report import Cell, Report, Table
from benchmarks.settings import QUERIES, Settings
from benchmarks.stopwatch import timing
from indexers.base import SoundInput
from indexers.encoders import load_encoder
from indexers.encoders.concepts.encoders import SightConcepts
from indexers.types import Clip, Modality, Span

WINDOWS = 128
PICTURES = 24
PICTURE_PX = (320, 568)
"""Height and width: what of 1080p is handed to the networks."""
HEADER = ("network", "windows", "windows/s", "CPU s, an hour's windows")


def run(settings: Settings) -> Report:  # noqa: ARG001 - nothing is needed
    """Run every network over noise."""
    rows = (*_heard(), *_seen(), *_asked())
    notes = (
        "*Input* is scaling, log-mel spectra and the like: what is done to a window before its networks and after.",
    )
    return Report("Networks", (Table("The default encoders, one thread", HEADER, rows),), notes)


def _heard() -> list[tuple[Cell, ...]]:
    encoder = load_encoder("concepts", Modality.AUDIO)
    if not isinstance(encoder.input, SoundInput):
        raise TypeError("the default encoder of sound is another one: the benchmark has to follow")
    random, space = np.random.default_rng(1), encoder.space
    samples = random.standard_normal((WINDOWS, round(space.window_s * encoder.input.sample_rate_hz)), np.float32) / 10
    clips = [
        Clip(Span(i * space.hop_s, i * space.hop_s + space.window_s), samples=one) for i, one in enumerate(samples)
    ]
    encoder.encode(clips[:1])  # opens the network
    began = time.process_time()
    encoder.encode(clips)
    return [_row("sound, with its input", WINDOWS, time.process_time() - began, 3600 / space.hop_s)]


def _seen() -> list[tuple[Cell, ...]]:
    encoder = load_encoder("concepts", Modality.VISUAL)
    if not isinstance(encoder, SightConcepts):
        raise TypeError("the default encoder of pictures is another one: the benchmark has to follow")
    pictures = np.random.default_rng(2).integers(0, 256, (PICTURES, *PICTURE_PX, 3), np.uint8)
    clips = [Clip(Span(i, i + 1.0), pictures=(one,)) for i, one in enumerate(pictures)]
    encoder.encode(clips[:1])
    names = ("classifier", "detector")
    places = [(session, "run", name) for session, name in zip(encoder._sessions, names, strict=True)]
    with timing(time.process_time, *places) as watch:
        began = time.process_time()
        encoder.encode(clips)
        total_s = time.process_time() - began
    taken = {**watch.seconds, "pictures, input": total_s - sum(watch.seconds.values()), "pictures, all": total_s}
    return [_row(name, PICTURES, seconds, 3600 / encoder.space.hop_s) for name, seconds in taken.items()]


def _asked() -> list[tuple[Cell, ...]]:
    encoder = load_encoder("concepts", Modality.AUDIO)
    encoder.encode_text(["something else than what will be asked"])
    began = time.process_time()
    for text in QUERIES:
        encoder.encode_text([text])
    return [_row("sentences (a query)", len(QUERIES), time.process_time() - began, None)]


def _row(name: str, count: int, seconds: float, an_hour: float | None) -> tuple[Cell, ...]:
    rate = count / max(seconds, 1e-9)
    return (name, count, f"{rate:.0f}", "-" if an_hour is None else f"{an_hour / rate:.0f}")

"""A library of toy encoders with three recordings, made once for all that cut, draw and report."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

COLOURS = (RED, RED, RED, BLUE, BLUE, BLUE, GREEN, GREEN, GREEN, YELLOW)
BLUE_S = (3.0, 6.0)
"""When the kitchen is blue."""


@cache
def made() -> Path:
    """Return a folder with `films` (kitchen.mp4, mute.mp4, voice.m4a) and their `library`; to be read only."""
    folder = Path(mkdtemp(prefix="egosearch-clips-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    films = folder / "films"
    films.mkdir()
    tone = Tone(3.0, 4.0, 1200.0)
    make_recording(
        films / "kitchen.mp4",
        RecordingOptions(
            seconds=10, colours=COLOURS, tones=(tone,), metadata={"creation_time": "2026-05-03T08:30:00Z"}
        ),
    )
    make_recording(films / "mute.mp4", RecordingOptions(seconds=6, colours=(GREEN,), has_audio=False))
    make_recording(films / "voice.m4a", RecordingOptions(seconds=6, colours=(), tones=(Tone(2.0, 3.0, 300.0),)))
    encoders = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
    with Library.open(folder / "library") as library:
        library.index([films], options=IndexOptions(encoders=encoders, jobs=1))
    return folder

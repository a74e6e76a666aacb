"""Two films of a minute, indexed with the toy encoders, and where moments of them begin."""

from collections.abc import Iterator

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Moment
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

WHISTLE_HZ, LOW_HZ = 2500, 200
DAY = {"creation_time": "2026-11-20T18:00:00Z"}
CHANCE = 0.2
"""Scores below it are no more: what is not there at all has 0 of these encoders."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two films of a minute.

    first.mp4: a whistle at 10 s, blue from 14 to 18, a low tone at 40, blue from 50 to 54 with a whistle at 51.
    second.mp4: blue from 5 to 9, a whistle at 30, green from 40 to 44.
    """
    folder = tmp_path_factory.mktemp("films")
    first = RecordingOptions(
        seconds=60,
        colours=(*[RED] * 14, *[BLUE] * 4, *[RED] * 32, *[BLUE] * 4, *[RED] * 6),
        tones=(Tone(10, 11, WHISTLE_HZ), Tone(40, 41, LOW_HZ), Tone(51, 52, WHISTLE_HZ)),
        metadata=DAY,
    )
    second = RecordingOptions(
        seconds=60,
        colours=(*[YELLOW] * 5, *[BLUE] * 4, *[YELLOW] * 31, *[GREEN] * 4, *[YELLOW] * 16),
        tones=(Tone(30, 31, WHISTLE_HZ),),
        metadata={"creation_time": "2026-11-21T09:00:00Z"},
    )
    paths = [make_recording(folder / "first.mp4", first), make_recording(folder / "second.mp4", second)]
    with Library.open(folder / "library") as library:
        library.index(paths, options=IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1))
        for one in library.recordings():
            library.set_time_zone(one.recording_id, "UTC")
        yield library


def starts(moments: list[Moment] | tuple[Moment, ...]) -> list[tuple[str, int]]:
    """Return where the moments begin that are there at all; pictures of one colour are never trusted much."""
    return [(one.path.stem, round(one.span.start_s)) for one in moments if one.evidence[0].score > CHANCE]

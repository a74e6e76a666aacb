"""The demo recording: what happens in it, what to ask about it, and how to make it.

80 seconds of a morning as worn glasses might record it, drawn by `egosearch.demo.scenes` and synthesised by
`egosearch.demo.sounds`. The same file every time on one machine, so that indexing it again costs nothing.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch.demo import scenes, sounds
from indexers.media.write import write_recording

if TYPE_CHECKING:
    from PIL.Image import Image

DURATION_S = 80.0
FRAME_SIZE = (640, 360)
"""Width and height, px."""
FRAME_RATE_HZ = 12
RECORDED_AT = datetime(2025, 5, 3, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class DemoMoment:
    """Something that happens in the demo recording, from its first sound or sight to its last."""

    text: str
    start_s: float
    end_s: float
    heard: bool
    seen: bool


MOMENTS = (
    DemoMoment("the alarm clock beeps", 7.0, 13.0, heard=True, seen=False),
    DemoMoment("hands are washed at the basin", 16.0, 26.0, heard=True, seen=True),
    DemoMoment("a mug of coffee stands on the table", 29.0, 35.0, heard=False, seen=True),
    DemoMoment("somebody types on a computer keyboard", 37.0, 50.0, heard=True, seen=True),
    DemoMoment("the doorbell rings twice", 52.0, 57.0, heard=True, seen=False),
    DemoMoment("the traffic light is red, then green", 63.0, 72.0, heard=False, seen=True),
)
"""What happens when, in order. Where something is heard and seen, the sound comes a few seconds before the sight."""

QUESTIONS = (
    "when the timer went off",
    "who rang at the front door",
    "washing my hands",
    "working at the keyboard",
    "waiting at the traffic light",
)
"""What a newcomer might ask: two are answered by sound alone, two by both senses, the last by pictures alone."""

ABSENT_QUESTION = "a dog barking"
"""Asks for what is not there: nothing should be found."""


@dataclass(frozen=True)
class _Shot:
    """One scene, looked at from `start_s` until the next shot starts."""

    start_s: float
    draw: "Callable[[], Image]"


@dataclass(frozen=True)
class _Sound:
    start_s: float
    duration_s: float
    synthesise: Callable[[float], sounds.Samples]
    peak: float


_SHOTS = (
    _Shot(0.0, scenes.window),
    _Shot(6.0, scenes.landing),
    _Shot(14.0, scenes.tiles),
    _Shot(18.0, scenes.washbasin),
    _Shot(26.0, scenes.landing),
    _Shot(29.0, scenes.coffee_mug),
    _Shot(35.0, scenes.landing),
    _Shot(40.0, scenes.keyboard),
    _Shot(50.0, scenes.bookshelf),
    _Shot(58.0, scenes.street),
    _Shot(63.0, lambda: scenes.traffic_light(0)),
    _Shot(69.0, lambda: scenes.traffic_light(2)),
    _Shot(72.0, scenes.street),
)

_SOUNDS = (
    _Sound(7.0, 6.0, sounds.alarm_clock, 0.25),
    _Sound(16.0, 9.0, sounds.running_water, 0.25),
    _Sound(37.0, 12.0, sounds.typing, 0.15),
    _Sound(52.0, 5.0, sounds.doorbell, 0.25),
)

_ROOM_TONE_PEAK = 0.012
"""About -51 dB RMS."""
_TURN_S = 0.5
"""How long turning from one scene to the next takes."""


def make_demo_recording(path: Path) -> None:
    """Write the demo recording, an MP4 file of about 2.4 MB, in a few seconds.

    Raises:
        MediaError: If it cannot be written there, or this PyAV lacks an encoder.
    """
    write_recording(
        path,
        frames=_frames(),
        frame_rate_hz=FRAME_RATE_HZ,
        samples=_samples(),
        sample_rate_hz=sounds.SAMPLE_RATE_HZ,
        recorded_at=RECORDED_AT,
    )


def _samples() -> sounds.Samples:
    mixed = _ROOM_TONE_PEAK * sounds.room_tone(DURATION_S)
    for sound in _SOUNDS:
        start = int(sound.start_s * sounds.SAMPLE_RATE_HZ)
        heard = sound.synthesise(sound.duration_s)
        mixed[start : start + len(heard)] += sound.peak * heard
    return mixed.astype(np.float32)


def _frames() -> Iterator[NDArray[np.uint8]]:
    """Look at one scene after the other; at each change, the last view fades into the next one."""
    ends_s = [shot.start_s for shot in _SHOTS[1:]] + [DURATION_S]
    before: NDArray[np.uint8] | None = None
    for shot, end_s in zip(_SHOTS, ends_s, strict=True):
        scene = shot.draw().reduce(2)  # a quarter of the pixels: 3 ms less for each view
        for number in range(round(shot.start_s * FRAME_RATE_HZ), round(end_s * FRAME_RATE_HZ)):
            time_s = number / FRAME_RATE_HZ
            view = _view(scene, time_s)
            turned = (time_s - shot.start_s + 1 / FRAME_RATE_HZ) / _TURN_S
            yield view if before is None or turned >= 1 else (before * (1 - turned) + view * turned).astype(np.uint8)
        before = view


def _view(scene: "Image", time_s: float) -> NDArray[np.uint8]:
    """Return what is in view, (h, w, 3): the gaze drifts, nods a little, and leans in and out."""
    from PIL import Image

    width = 645 + 35 * math.sin(time_s / 2.1)
    height = width * FRAME_SIZE[1] / FRAME_SIZE[0]
    left = (scene.width - width) / 2 + 50 * math.sin(time_s / 1.7)
    top = (scene.height - height) / 2 + 15 * math.sin(time_s / 1.3) + 2.5 * math.sin(5 * time_s)
    box = (left, top, left + width, top + height)
    return np.asarray(scene.resize(FRAME_SIZE, Image.Resampling.BILINEAR, box=box))

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexers.errors import MediaError
from indexers.media import probe
from indexers.media.frame import frame_at
from indexers.types import Picture
from tests.media import BLUE, GREEN, RED, YELLOW, Colour, RecordingOptions, make_recording


def colour_of(picture: Picture | None) -> Colour:
    assert picture is not None
    red, green, blue = (round(float(x)) for x in picture.rgb.mean(axis=(0, 1)))
    return red, green, blue


@pytest.mark.parametrize(
    ("time_s", "colour"),
    [(0.0, RED), (0.95, RED), (1.0, GREEN), (1.5, GREEN), (2.05, BLUE), (3.9, YELLOW), (-1.0, RED), (99.0, YELLOW)],
)
@pytest.mark.parametrize("options", [RecordingOptions(), RecordingOptions(group_s=4.0, b_frames=2)])
def test_it_is_the_picture_of_that_time(
    tmp_path: Path, options: RecordingOptions, time_s: float, colour: Colour
) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    assert colour_of(frame_at(recording, time_s, 48)) == pytest.approx(colour, abs=12)


def test_it_is_scaled_down_and_upright(tmp_path: Path) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4", RecordingOptions(rotation_deg=90)))
    picture = frame_at(recording, 1.0, 24)
    assert picture is not None
    assert picture.rgb.shape == (32, 24, 3)
    assert picture.rgb.dtype == np.uint8


def test_a_frame_now_and_then_is_found_from_afar(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=9, frame_times_s=(0.0, 4.0, 8.0), has_audio=False)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    assert frame_at(recording, 7.0, 48) is not None


def test_sound_has_none(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.wav", RecordingOptions(colours=(), audio_codec="pcm_s16le"))
    assert frame_at(probe(path), 1.0, 48) is None


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4"))
    with pytest.raises(MediaError, match="there is no such file"):
        frame_at(replace(recording, path=tmp_path / "b.mp4"), 1.0, 48)

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexers.errors import MediaError
from indexers.media import example
from indexers.media.example import read_picture, read_sound
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording, tone_samples

ORIENTATION = 0x0112
TONE = RecordingOptions(seconds=3, colours=(), tones=(Tone(1, 2, 440.0),))


def test_a_picture_comes_upright_and_scaled_down(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 200), RED)
    picture.paste(BLUE, (0, 0, 200, 200))  # the left half, which is shown above the other once turned
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    rgb = read_picture(tmp_path / "turned.jpg", 5_000)
    assert rgb.shape == (100, 50, 3)
    assert np.abs(rgb[10].mean(axis=0) - BLUE).max() < 6
    assert np.abs(rgb[-10].mean(axis=0) - RED).max() < 6


def test_a_small_picture_stays(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), GREEN).save(tmp_path / "small.webp", lossless=True)
    assert read_picture(tmp_path / "small.webp", 10_000).shape == (30, 40, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_every_kind_of_picture_is_rgb(tmp_path: Path, mode: str) -> None:
    name = "picture.tif" if mode == "CMYK" else "picture.png"
    Image.new(mode, (16, 16)).save(tmp_path / name)
    rgb = read_picture(tmp_path / name, 1_000)
    assert rgb.shape == (16, 16, 3)
    assert rgb.dtype == np.uint8


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (read_picture(tmp_path / "clear.png", 1_000) == 255).all()


def test_of_a_video_it_is_the_middle(tmp_path: Path) -> None:
    video = make_recording(tmp_path / "video.mp4", RecordingOptions(seconds=3, colours=(RED, GREEN, BLUE)))
    rgb = read_picture(video, 1_000)
    assert np.abs(rgb.mean(axis=(0, 1)) - GREEN).max() < 20
    assert rgb.shape[0] * rgb.shape[1] <= 1_100


@pytest.mark.parametrize("suffix", ["m4a", "wav", "mp4"])
def test_a_sound_comes_at_the_rate_asked_for(tmp_path: Path, suffix: str) -> None:
    codec = "pcm_s16le" if suffix == "wav" else "aac"
    options = RecordingOptions(
        seconds=3, colours=(RED,) if suffix == "mp4" else (), tones=TONE.tones, audio_codec=codec
    )
    samples = read_sound(make_recording(tmp_path / f"tone.{suffix}", options), 8_000)
    assert len(samples) / 8_000 == pytest.approx(3, abs=0.1)
    expected = tone_samples(options, 8_000)
    assert np.sqrt(np.mean(samples[9_000:15_000] ** 2)) == pytest.approx(
        np.sqrt(np.mean(expected[9_000:15_000] ** 2)), rel=0.05
    )
    assert np.abs(samples[:7_000]).max() < 0.01


def test_of_a_long_sound_the_beginning_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "LONGEST_SOUND_S", 1.5)
    assert len(read_sound(make_recording(tmp_path / "tone.m4a", TONE), 8_000)) == 12_000


def test_what_cannot_be_used_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MediaError, match="there is no such file; check the path"):
        read_picture(tmp_path / "none.jpg", 1_000)
    with pytest.raises(MediaError, match="it is a folder"):
        read_picture(tmp_path, 1_000)
    with pytest.raises(MediaError, match="it has no picture; name a picture, or a video"):
        read_picture(make_recording(tmp_path / "tone.m4a", TONE), 1_000)
    with pytest.raises(MediaError, match="it has no sound; name a file with a sound in it"):
        read_sound(make_recording(tmp_path / "mute.mp4", RecordingOptions(has_audio=False)), 8_000)
    Image.new("RGB", (64, 64)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    with pytest.raises(MediaError, match="larger than any camera makes them; scale it down"):
        read_picture(tmp_path / "large.png", 1_000)


def test_a_picture_cut_short_is_damaged(tmp_path: Path) -> None:
    Image.effect_noise((64, 64), 50).save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:900])
    with pytest.raises(MediaError, match="it is damaged"):
        read_picture(tmp_path / "cut.jpg", 1_000)

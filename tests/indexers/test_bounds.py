"""What files claim and no camera makes: each claim costs one refusal, and neither memory nor time."""

import struct
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexers.errors import MediaError
from indexers.media import DecodeStats, decode, probe
from indexers.media.bounds import MAX_PIXELS, is_plausible_picture, is_plausible_sound, plausible_pixel_aspect
from indexers.media.decode_pictures import Scaler, scaled_size
from indexers.types import Picture, Recording, Slice, SoundBlock
from tests.doctored import ENTRY, box, found, make_jpegs, make_raw, make_wav, replaced, with_tracks
from tests.media import GREEN, RED, RecordingOptions, Tone, make_recording

TONE = (Tone(0, 4, 440.0),)


def pieces_of(recording: Recording, stats: DecodeStats | None = None) -> list[SoundBlock | Picture]:
    piece = Slice(recording, 0, 0.0, recording.duration_s)
    return list(
        decode(piece, sample_rates_hz=[8_000], picture_hop_s=1.0, short_side_px=32, extra_sound_s=0.0, stats=stats)
    )


def loudness_of(recording: Recording) -> float:
    blocks = [piece.samples for piece in pieces_of(recording) if isinstance(piece, SoundBlock)]
    return float(np.sqrt(np.mean(np.square(np.concatenate(blocks)))))


@pytest.mark.parametrize(("width_px", "height_px"), [(10_000, 10_000), (16_000, 10_000), (60_000, 20)])
def test_frames_that_no_camera_makes_are_refused_by_the_header(tmp_path: Path, width_px: int, height_px: int) -> None:
    options = RecordingOptions(has_audio=False, video_codec="ffv1", size_px=(320, 320))
    path = make_recording(tmp_path / "a.mkv", options)
    stored = b"\xb0\x82\x01\x40\xba\x82\x01\x40"  # width and height, two bytes each
    claimed = struct.pack(">2sH2sH", b"\xb0\x82", width_px, b"\xba\x82", height_px)
    assert stored in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(stored, claimed))
    with pytest.raises(MediaError, match=f"claim to be {width_px} x {height_px} pixels"):
        probe(path)


def test_a_frame_that_is_larger_than_the_header_says_is_left_out(tmp_path: Path) -> None:
    stats = DecodeStats()
    recording = probe(make_jpegs(tmp_path / "a.mkv", [64, 64, 9_000, 64]))
    pictures = [piece for piece in pieces_of(recording, stats) if isinstance(piece, Picture)]
    assert [picture.time_s for picture in pictures] == [0, 1, 2, 3], "the one before stands for it"
    assert {picture.rgb.shape for picture in pictures} == {(32, 32, 3)}
    assert stats.skipped_packets == 1


def test_pictures_that_are_all_too_large_are_none(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="none of its video can be decoded"):
        probe(make_jpegs(tmp_path / "a.mkv", [9_000] * 4))


def test_pictures_of_several_sizes_are_each_scaled(tmp_path: Path) -> None:
    first = make_recording(tmp_path / "a.ts", RecordingOptions(colours=(RED,), has_audio=False))
    times_s = tuple(4 + k / 10 for k in range(40))
    second = RecordingOptions(colours=(GREEN,), has_audio=False, size_px=(96, 128), frame_times_s=times_s)
    first.write_bytes(first.read_bytes() + make_recording(tmp_path / "b.ts", second).read_bytes())
    pictures = [piece for piece in pieces_of(probe(first)) if isinstance(piece, Picture)]
    assert {picture.rgb.shape[:2] for picture in pictures} == {(32, 43), (43, 32)}


def test_pictures_that_cannot_be_scaled_are_none(tmp_path: Path) -> None:
    assert probe(make_raw(tmp_path / "a.nut", "rgb24")).video is not None
    with pytest.raises(MediaError, match="none of its video can be decoded"):
        probe(make_raw(tmp_path / "b.nut", "rgb4"))


def test_a_picture_that_cannot_be_scaled_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(scaler: Scaler, frame: av.VideoFrame) -> NDArray[np.uint8]:
        scaled.append(frame)
        if len(scaled) == 2:
            raise av.error.FFmpegError(95, "Operation not supported")
        return scale(scaler, frame)

    scaled: list[av.VideoFrame] = []
    recording, scale, stats = probe(make_raw(tmp_path / "a.nut", "rgb24")), Scaler.scale, DecodeStats()
    monkeypatch.setattr(Scaler, "scale", refuse)
    pictures = [piece for piece in pieces_of(recording, stats) if isinstance(piece, Picture)]
    assert [picture.time_s for picture in pictures] == [0, 2]
    assert (stats.skipped_packets, stats.pictures) == (1, 2)


@pytest.mark.parametrize("channels", [8, 9, 30, 64])
def test_many_channels_are_mixed(tmp_path: Path, channels: int) -> None:
    recording = probe(make_wav(tmp_path / "a.wav", channels=channels))
    assert recording.audio is not None
    assert recording.audio.channels == channels
    assert loudness_of(recording) == pytest.approx(8_000 / 32_768 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize(
    ("channels", "rate_hz", "why"),
    [
        (65, 8_000, "65 channels"),
        (1_000, 8_000, "none of its audio can be decoded|1000 channels"),
        (1, 4, "1 channels of 4 samples a second"),
        (1, 2_000_000_000, "2000000000 samples a second"),
        (1, 0, "is damaged"),
    ],
)
def test_sound_that_no_recorder_makes_is_refused(tmp_path: Path, channels: int, rate_hz: int, why: str) -> None:
    with pytest.raises(MediaError, match=why):
        probe(make_wav(tmp_path / "a.wav", channels=channels, rate_hz=rate_hz))


def test_a_rate_that_changes_on_the_way_is_brought_to_the_first(tmp_path: Path) -> None:
    tones = (Tone(0, 8, 440.0),)
    fast = make_recording(tmp_path / "a.ts", RecordingOptions(colours=(), tones=tones))
    options = RecordingOptions(seconds=8, colours=(), tones=tones, audio_start_s=4.0, sample_rate_hz=16_000)
    fast.write_bytes(fast.read_bytes() + make_recording(tmp_path / "b.ts", options).read_bytes())
    samples = np.concatenate([one.samples for one in pieces_of(probe(fast)) if isinstance(one, SoundBlock)])
    assert len(samples) == pytest.approx(8 * 8_000, rel=0.03)
    for second in (1, 5):
        spectrum = np.abs(np.fft.rfft(samples[second * 8_000 : (second + 2) * 8_000]))
        assert spectrum.argmax() / 2 == pytest.approx(440, abs=2)


def test_channels_in_an_order_of_their_own_do_not_end_the_process(tmp_path: Path) -> None:
    """PyAV would free the list of such an order twice. In a process of its own, should it ever do so again."""
    path = make_recording(
        tmp_path / "a.mov", RecordingOptions(colours=(), audio_codec="pcm_s16le", layout="stereo", tones=TONE)
    )
    data = path.read_bytes()
    right, left = (struct.pack(">IIfff", label, 0, 0, 0, 0) for label in (2, 1))
    order = box("chan", struct.pack(">IIII", 0, 0, 0, 2) + right + left)
    path.write_bytes(replaced(data, found(data, "chan"), order, [*ENTRY, "sowt"]))
    described = subprocess.run(
        [sys.executable, "-c", "import sys; from tests.indexers import test_bounds as t; t.tell(sys.argv[1])", path],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    channels, loudness = described.stdout.split()
    assert int(channels) == 2
    assert float(loudness) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


def tell(path: str) -> None:
    """Print how many channels a file has and how loud it is."""
    recording = probe(Path(path))
    assert recording.audio is not None
    print(recording.audio.channels, loudness_of(recording))


def test_of_hundreds_of_streams_two_are_read(tmp_path: Path) -> None:
    recording = probe(with_tracks(tmp_path / "a.mp4", 300))
    assert recording.duration_s == pytest.approx(4, abs=0.05)
    pictures = [piece for piece in pieces_of(recording) if isinstance(piece, Picture)]
    assert len(pictures) == 4


def test_thousands_of_streams_are_refused(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(MediaError, match="holds more streams"):
        probe(with_tracks(tmp_path / "a.mp4", 3_000))
    assert time.monotonic() - began < 5


@given(st.integers(-1, 70_000), st.integers(-1, 70_000))
def test_a_plausible_picture_is_small_when_scaled(width_px: int, height_px: int) -> None:
    if is_plausible_picture(width_px, height_px):
        assert 0 < width_px * height_px <= MAX_PIXELS
        scaled = scaled_size(width_px, height_px, plausible_pixel_aspect(0.0001), 32)
        assert max(scaled) <= 32 * 16 + 1
    else:
        assert not is_plausible_picture(height_px, width_px)


@pytest.mark.parametrize(("aspect", "used"), [(1.0, 1.0), (2.0, 2.0), (0.5, 0.5), (1e-6, 1.0), (1e6, 1.0)])
def test_pixels_have_a_plausible_shape(aspect: float, used: float) -> None:
    assert plausible_pixel_aspect(aspect) == used


def test_what_cameras_make_is_plausible() -> None:
    assert is_plausible_picture(7_680, 4_320)  # 8K
    assert is_plausible_picture(10_560, 5_280)  # all around
    assert is_plausible_sound(8_000, 1)
    assert is_plausible_sound(192_000, 16)

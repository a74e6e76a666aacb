"""Copies of spans: the recording's own packets, from a key frame on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from indexers.errors import MediaError
from indexers.facts import Recording, Span
from indexers.media import probe
from indexers.media.clip_copy import copy_clip, ending_for_copy
from tests.indexers.test_clip import is_like, recording, seen
from tests.media import RED, RecordingOptions, Tone, make_recording


@pytest.fixture
def turned(tmp_path: Path) -> Recording:
    """Return eight seconds with key frames every two, frames out of order, and a turn by a quarter."""
    options = RecordingOptions(seconds=8, group_s=2, b_frames=2, rotation_deg=90, tones=(Tone(0.0, 8.0),))
    return recording(tmp_path, options)


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_a_copy_begins_with_the_key_frame_before(turned: Recording, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"copy{ending}"
    held = copy_clip(path, turned, Span(4.7, 6.3))
    assert held.start_s == pytest.approx(4.0, abs=0.01)
    assert held.end_s == 6.3
    copy = seen(path)
    assert copy.times_s[0] == pytest.approx(0.0, abs=0.03)
    assert is_like(copy.colours[0], RED)
    assert 2.2 <= copy.times_s[-1] <= 2.6
    assert 2.2 <= len(copy.samples) / copy.rate_hz <= 2.5
    again = probe(path)
    assert again.video is not None
    assert again.video.rotation_deg == 90


def test_packets_are_those_of_the_recording(turned: Recording, tmp_path: Path) -> None:
    copy_clip(tmp_path / "copy.mp4", turned, Span(0.0, 8.0))

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as file:
            return [bytes(packet) for packet in file.demux(video=0) if packet.size]

    assert packets(tmp_path / "copy.mp4") == packets(turned.path)


def test_sound_alone_can_be_copied(tmp_path: Path) -> None:
    spoken = recording(tmp_path, RecordingOptions(colours=(), tones=(Tone(0.0, 4.0),)), "spoken.m4a")
    held = copy_clip(tmp_path / "copy.m4a", spoken, Span(1.5, 2.5))
    assert 1.4 <= held.start_s <= 1.5
    copy = seen(tmp_path / "copy.m4a")
    assert len(copy.samples) / copy.rate_hz == pytest.approx(held.duration_s, abs=0.06)


def test_the_time_told_is_that_of_its_own_beginning(turned: Recording, tmp_path: Path) -> None:
    at = datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
    held = copy_clip(tmp_path / "copy.mp4", turned, Span(5.0, 6.0), recorded_at=at)
    began = probe(tmp_path / "copy.mp4").recorded_at
    assert began is not None
    assert abs(began - (at - timedelta(seconds=5.0 - held.start_s))) < timedelta(milliseconds=2)


def test_what_a_container_cannot_hold_is_refused(tmp_path: Path) -> None:
    options = RecordingOptions(video_codec="libvpx", has_audio=False)
    odd = probe(make_recording(tmp_path / "odd.webm", options))
    with pytest.raises(MediaError, match=r"\.mkv"):
        copy_clip(tmp_path / "copy.mp4", odd, Span(0.0, 1.0))
    assert copy_clip(tmp_path / "copy.mkv", odd, Span(0.0, 1.0)).start_s == 0.0


def test_a_transport_stream_goes_into_matroska(tmp_path: Path) -> None:
    stream = probe(make_recording(tmp_path / "a.ts", RecordingOptions(seconds=4)))
    assert ending_for_copy(stream.path) == ".mkv"
    copy_clip(tmp_path / "copy.mkv", stream, Span(2.5, 3.5))
    copy = seen(tmp_path / "copy.mkv")
    assert copy.times_s[0] == pytest.approx(0.0, abs=0.05)
    assert copy.times_s[-1] > 1.0

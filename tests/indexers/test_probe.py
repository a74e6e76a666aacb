import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexers.errors import MediaError
from indexers.media.fingerprint import fingerprint
from indexers.media.probe import device, probe
from tests.media import RecordingOptions, make_recording


def test_a_recording_is_described(tmp_path: Path) -> None:
    metadata = {"creation_time": "2024-03-02T10:00:00Z", "make": "Acme", "model": "Cam 3"}
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=3, metadata=metadata))
    recording = probe(path)
    assert recording.recording_id == fingerprint(path)
    assert (recording.path, recording.size_bytes) == (path, path.stat().st_size)
    assert recording.duration_s == pytest.approx(3, abs=0.05)
    assert recording.recorded_at == datetime(2024, 3, 2, 10, tzinfo=UTC)
    assert recording.recorded_at_source == "container"
    assert recording.device == "Acme Cam 3"
    assert recording.video is not None
    assert (recording.video.codec, recording.video.width_px, recording.video.height_px) == ("h264", 64, 48)
    assert (recording.video.rotation_deg, recording.video.frame_rate_hz) == (0, 10)
    assert recording.audio is not None
    assert (recording.audio.codec, recording.audio.sample_rate_hz, recording.audio.channels) == ("aac", 48_000, 1)


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_the_rotation_is_the_turn_that_shows_it_upright(tmp_path: Path, rotation_deg: int) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=1, rotation_deg=rotation_deg)))
    assert recording.video is not None
    assert recording.video.rotation_deg == rotation_deg


def test_sound_may_start_late(tmp_path: Path) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4", RecordingOptions(audio_start_s=1.5)))
    assert recording.audio is not None
    assert recording.audio.start_s == pytest.approx(1.5, abs=0.03)  # AAC begins with a frame of priming
    assert recording.audio.start_s + recording.audio.duration_s == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.mp4", "a.mov"])
def test_either_stream_may_be_missing(tmp_path: Path, name: str) -> None:
    silent = probe(make_recording(tmp_path / name, RecordingOptions(has_audio=False)))
    assert silent.audio is None
    assert silent.video is not None
    assert silent.duration_s == pytest.approx(4, abs=0.05)
    blind = probe(make_recording(tmp_path / f"blind{name}", RecordingOptions(colours=())))
    assert blind.video is None
    assert blind.audio is not None
    assert blind.duration_s == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.flac", "flac"), ("a.mp3", "mp3")])
def test_eight_channels_and_plain_sound(tmp_path: Path, name: str, codec: str) -> None:
    layout = "stereo" if codec == "mp3" else "7.1"
    recording = probe(make_recording(tmp_path / name, RecordingOptions(colours=(), audio_codec=codec, layout=layout)))
    assert recording.audio is not None
    assert recording.audio.channels == (2 if codec == "mp3" else 8)
    assert recording.duration_s == pytest.approx(4, abs=0.05)


def test_a_file_cut_short_is_as_long_as_what_is_left(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mkv", RecordingOptions(has_audio=False, seconds=8))
    os.truncate(path, path.stat().st_size * 6 // 10)
    assert 0 < probe(path).duration_s <= 8


def assert_refused(path: Path, reason: str) -> None:
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert caught.value.path == path
    assert reason in caught.value.reason
    assert caught.value.remedy
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_what_is_no_recording_is_refused_with_the_reason(tmp_path: Path) -> None:
    empty, text, cut = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "cut.mp4"
    empty.touch()
    text.write_text("not a video\n")
    make_recording(cut)
    os.truncate(cut, cut.read_bytes().index(b"moov") - 4)
    assert_refused(empty, "it is empty")
    assert_refused(text, "not a media file")
    assert_refused(cut, "index (the moov box) is missing")
    assert_refused(tmp_path / "missing.mp4", "there is no such file")
    assert_refused(tmp_path, "it is a folder")


def test_a_playlist_is_not_followed(tmp_path: Path) -> None:
    make_recording(tmp_path / "a.ts", RecordingOptions(seconds=1))
    playlist = tmp_path / "a.mp4"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://localhost:1/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError):
        probe(playlist)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4")
    path.chmod(0)
    assert_refused(path, "may not be read")


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, None),
        ({"make": "Acme"}, "Acme"),
        ({"model": "Cam"}, "Cam"),
        ({"com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 13"}, "Apple iPhone 13"),
        ({"make": "Acme", "model": "ACME Cam"}, "ACME Cam"),
        ({"handler_name": "\x0bGoPro AVC"}, "GoPro"),
        ({"make": " "}, None),
        ({"model": "x" * 100_000}, "x" * 100),
    ],
)
def test_the_device_is_make_and_model(metadata: dict[str, str], expected: str | None) -> None:
    assert device(metadata) == expected

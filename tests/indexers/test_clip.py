"""Clips: exactly the frames and the samples of their spans, whatever the recording is like."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexers.errors import MediaError
from indexers.facts import Recording, Span
from indexers.media import probe
from indexers.media.clip import Look, Piece, write_clip
from indexers.media.clip_captions import Caption
from tests.media import BLUE, GREEN, RED, Colour, RecordingOptions, Tone, colour_at, make_recording

LOUD = 0.05


@dataclass(frozen=True)
class Seen:
    """What a file shows and plays."""

    times_s: list[float]
    colours: list[Colour]
    """Of the middle of each frame."""
    size_px: tuple[int, int] | None
    end_s: float
    """Of the last frame."""
    samples: np.ndarray
    """Shape (t,), mono."""
    rate_hz: int
    channels: int


def seen(path: Path) -> Seen:
    times_s: list[float] = []
    colours: list[Colour] = []
    end_s = 0.0
    size_px = None
    with av.open(str(path)) as file:
        if file.streams.video:
            stream = file.streams.video[0]
            size_px = stream.width, stream.height
            for packet in file.demux(stream):
                if packet.pts is not None and packet.duration is not None and packet.time_base is not None:
                    end_s = max(end_s, float((packet.pts + packet.duration) * packet.time_base))
    with av.open(str(path)) as file:
        for frame in file.decode(video=0) if size_px else ():
            rgb = frame.to_ndarray(format="rgb24")
            times_s.append(round(float(frame.time or 0), 3))
            red, green, blue = (int(value) for value in rgb[rgb.shape[0] // 2, rgb.shape[1] // 2])
            colours.append((red, green, blue))
    parts, rate_hz, channels = [np.zeros(0)], 0, 0
    with av.open(str(path)) as file:
        for sound in file.decode(audio=0) if file.streams.audio else ():
            array = sound.to_ndarray().astype(np.float64)
            rate_hz, channels = sound.sample_rate, len(sound.layout.channels)
            scale = 32768 if sound.format.name.startswith("s16") else 1
            parts.append((array[0] if sound.format.is_planar else array.reshape(-1, channels)[:, 0]) / scale)
    return Seen(times_s, colours, size_px, end_s, np.concatenate(parts), rate_hz, channels)


def is_like(colour: Colour, expected: Colour) -> bool:
    return all(abs(int(one) - other) < 30 for one, other in zip(colour, expected, strict=True))


def recording(folder: Path, options: RecordingOptions, name: str = "a.mp4") -> Recording:
    return probe(make_recording(folder / name, options))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return eight seconds of colours with frames out of order and rare key frames, a tone in second 2."""
    options = RecordingOptions(seconds=8, tones=(Tone(2.0, 3.0),), frame_rate_hz=20, b_frames=2, group_s=4)
    return recording(tmp_path_factory.mktemp("long"), options)


@given(
    start=st.integers(0, 7500).map(lambda ms: ms / 1000),
    length=st.integers(50, 2000).map(lambda ms: ms / 1000),
)
@settings(max_examples=12, deadline=None)
def test_a_clip_shows_what_was_on_the_screen_and_lasts_as_long(
    long: Recording, tmp_path_factory: pytest.TempPathFactory, start: float, length: float
) -> None:
    span = Span(start, min(8.0, start + length))
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_clip(path, [Piece(long, span)])
    clip = seen(path)
    assert clip.times_s[0] == 0.0
    assert clip.end_s == pytest.approx(span.duration_s, abs=0.001)
    options = RecordingOptions()
    for time_s, colour in zip(clip.times_s, clip.colours, strict=True):
        shown_s = int((start + time_s) * 20 + 1e-3) / 20  # the frame on the screen then
        assert is_like(colour, colour_at(options, shown_s)), (time_s, colour)
    expected = sum(span.start_s < k / 20 - 1e-4 and k / 20 < span.end_s - 1e-4 for k in range(161)) + 1
    assert abs(len(clip.times_s) - expected) <= 1  # on an edge a millisecond decides


def test_sound_is_exact_to_the_sample(long: Recording, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.wav", [Piece(long, Span(1.5, 3.25))])
    clip = seen(tmp_path / "clip.wav")
    assert len(clip.samples) == round(1.75 * 48_000)
    loud = np.flatnonzero(np.abs(clip.samples) > LOUD)
    assert loud[0] / clip.rate_hz == pytest.approx(0.5, abs=0.002)
    assert loud[-1] / clip.rate_hz == pytest.approx(1.5, abs=0.002)


def test_sound_and_pictures_stay_together(long: Recording, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", [Piece(long, Span(1.5, 3.5))])
    clip = seen(tmp_path / "clip.mp4")
    blue_s = next(time_s for time_s, colour in zip(clip.times_s, clip.colours, strict=True) if is_like(colour, BLUE))
    loud_s = np.flatnonzero(np.abs(clip.samples) > LOUD)[0] / clip.rate_hz
    assert blue_s == pytest.approx(0.5, abs=0.001)
    assert loud_s == pytest.approx(blue_s, abs=0.01)


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_pictures_come_upright(tmp_path: Path, rotation_deg: int) -> None:
    turned = recording(tmp_path, RecordingOptions(seconds=1, size_px=(96, 64), rotation_deg=rotation_deg))
    write_clip(tmp_path / "clip.mp4", [Piece(turned, Span(0.0, 0.5))])
    clip = probe(tmp_path / "clip.mp4")
    assert clip.video is not None
    assert (clip.video.width_px, clip.video.height_px) == ((64, 96) if rotation_deg % 180 else (96, 64))
    assert clip.video.rotation_deg == 0


def test_a_turned_picture_is_turned_the_way_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "corner.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(90)
        rgb = np.zeros((64, 96, 3), np.uint8)
        rgb[:20, -30:] = RED  # counter-clockwise by a quarter: the upper right corner goes to the upper left
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        output.mux(stream.encode(None))
    write_clip(tmp_path / "clip.mp4", [Piece(probe(path), Span(0.0, 0.4))])
    with av.open(str(tmp_path / "clip.mp4")) as file:
        upright = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert is_like(tuple(upright[8, 8]), RED)
    assert upright[-8:, -8:].max() < 40


def test_odd_sizes_become_even(tmp_path: Path) -> None:
    odd = tmp_path / "odd.mkv"
    with av.open(str(odd), "w") as output:
        stream = output.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 65, 49, "yuvj420p"
        for _ in range(10):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((49, 65, 3), RED, np.uint8), "rgb24")))
        output.mux(stream.encode(None))
    write_clip(tmp_path / "clip.mp4", [Piece(probe(odd), Span(0.0, 0.5))])
    clip = seen(tmp_path / "clip.mp4")
    assert clip.size_px == (64, 48)
    assert is_like(clip.colours[0], RED), "full-range colours keep their strength"


@pytest.mark.parametrize("ending", [".ts", ".mkv", ".avi"])
def test_other_containers_are_exact_too(tmp_path: Path, ending: str) -> None:
    options = RecordingOptions(seconds=6, tones=(Tone(3.0, 4.0),), group_s=2)
    if ending == ".avi":  # which knows no frames out of order, nor H.264 as it is in others
        options = replace(options, video_codec="mpeg4", audio_codec="mp3")
    write_clip(tmp_path / "clip.mp4", [Piece(recording(tmp_path, options, f"a{ending}"), Span(3.5, 5.5))])
    clip = seen(tmp_path / "clip.mp4")
    assert clip.end_s == pytest.approx(2.0, abs=0.001)
    for time_s, colour in zip(clip.times_s, clip.colours, strict=True):
        if abs((3.5 + time_s) % 1) > 0.11:  # some containers round their clocks
            assert is_like(colour, colour_at(options, 3.5 + time_s)), time_s


def test_irregular_frames_keep_their_times(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=4, frame_times_s=(0.0, 0.1, 0.7, 1.3, 1.35, 2.9, 3.5))
    write_clip(tmp_path / "clip.mp4", [Piece(recording(tmp_path, options), Span(0.5, 3.0))])
    clip = seen(tmp_path / "clip.mp4")
    assert clip.times_s == pytest.approx([0.0, 0.2, 0.8, 0.85, 2.4], abs=0.001)
    assert clip.end_s == pytest.approx(2.5, abs=0.001)


def test_a_recording_without_sound_and_one_without_pictures(tmp_path: Path) -> None:
    mute = recording(tmp_path, RecordingOptions(has_audio=False), "mute.mp4")
    write_clip(tmp_path / "mute-clip.mp4", [Piece(mute, Span(1.0, 2.0))])
    assert seen(tmp_path / "mute-clip.mp4").channels == 0
    spoken = recording(tmp_path, RecordingOptions(colours=(), layout="stereo", tones=(Tone(0.0, 4.0),)), "spoken.m4a")
    write_clip(tmp_path / "spoken-clip.mp4", [Piece(spoken, Span(1.0, 2.0))])
    clip = seen(tmp_path / "spoken-clip.mp4")
    assert (clip.size_px, clip.channels) == (None, 2)
    assert np.abs(clip.samples).max() == pytest.approx(0.5, abs=0.1)


def test_sound_alone_of_a_mute_recording_is_refused(tmp_path: Path) -> None:
    mute = recording(tmp_path, RecordingOptions(has_audio=False))
    with pytest.raises(MediaError, match="it has no sound"):
        write_clip(tmp_path / "clip.wav", [Piece(mute, Span(0.0, 1.0))])


@pytest.mark.parametrize("layout", ["5.1", "7.1"])
def test_many_channels_become_two_within_full_scale(tmp_path: Path, layout: str) -> None:
    many = RecordingOptions(seconds=2, layout=layout, tones=(Tone(0.0, 2.0, amplitude=0.9),), audio_codec="flac")
    write_clip(tmp_path / "clip.wav", [Piece(recording(tmp_path, many, "many.mkv"), Span(0.5, 1.5))])
    clip = seen(tmp_path / "clip.wav")
    assert clip.channels == 2
    assert 0.3 < np.abs(clip.samples).max() <= 1.0
    clipped = np.mean(np.abs(clip.samples) > 0.999)
    assert clipped < 0.001


def test_a_late_track_and_a_short_one_are_filled_with_silence(tmp_path: Path) -> None:
    options = RecordingOptions(tones=(Tone(0.0, 4.0),), audio_start_s=1.0, audio_end_s=2.0)
    write_clip(tmp_path / "clip.wav", [Piece(recording(tmp_path, options), Span(0.5, 3.0))])
    clip = seen(tmp_path / "clip.wav")
    assert len(clip.samples) == round(2.5 * clip.rate_hz)
    loud = np.flatnonzero(np.abs(clip.samples) > LOUD) / clip.rate_hz
    assert loud[0] == pytest.approx(0.5, abs=0.03)
    assert loud[-1] == pytest.approx(1.5, abs=0.05)


def test_several_are_joined_with_captions_and_chapters(long: Recording, tmp_path: Path) -> None:
    small = recording(tmp_path, RecordingOptions(size_px=(48, 96), colours=(GREEN,), has_audio=False), "small.mp4")
    spoken = recording(tmp_path, RecordingOptions(colours=(), tones=(Tone(0.0, 4.0),), sample_rate_hz=44_100), "c.m4a")
    pieces = [
        Piece(long, Span(2.0, 3.0), (Caption(2.0, "long.mp4 · 0:02\nheard: {a tone} \\N"),)),
        Piece(small, Span(0.5, 1.25), (Caption(0.5, "small.mp4"),)),
        Piece(spoken, Span(1.0, 1.5), (Caption(1.0, "c.m4a"),)),
    ]
    write_clip(tmp_path / "reel.mp4", pieces, title="a reel")
    clip = seen(tmp_path / "reel.mp4")
    assert clip.size_px == (64, 48)
    assert clip.end_s == pytest.approx(2.25, abs=0.001)
    of = dict(zip(clip.times_s, clip.colours, strict=True))
    assert is_like(of[0.0], BLUE)
    assert is_like(of[1.0], GREEN)
    assert is_like(of[1.75], (0, 0, 0))
    assert clip.rate_hz == 48_000
    quiet = np.abs(clip.samples[round(1.1 * 48_000) : round(1.7 * 48_000)])
    assert quiet.max() < 0.01
    assert np.abs(clip.samples[round(1.8 * 48_000) : round(2.2 * 48_000)]).max() > 0.3
    with av.open(str(tmp_path / "reel.mp4")) as file:
        assert [one["metadata"]["title"] for one in file.chapters()] == [
            "long.mp4 · 0:02 · heard: {a tone} \\N",
            "small.mp4",
            "c.m4a",
        ]
        texts = [bytes(packet)[2:].decode() for packet in file.demux(subtitles=0) if packet.size > 2]
    assert texts == ["long.mp4 · 0:02\nheard: (a tone) /N", "small.mp4", "c.m4a"]


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 96_000])
def test_other_rates_keep_their_time(long: Recording, tmp_path: Path, rate_hz: int) -> None:
    options = RecordingOptions(tones=(Tone(2.0, 2.5),), sample_rate_hz=rate_hz, layout="stereo", audio_codec="flac")
    other = recording(tmp_path, options, "other.mkv")
    write_clip(tmp_path / "reel.wav", [Piece(long, Span(0.0, 1.0)), Piece(other, Span(1.25, 3.0))])
    reel = seen(tmp_path / "reel.wav")
    assert (reel.rate_hz, reel.channels, len(reel.samples)) == (48_000, 2, round(2.75 * 48_000))
    loud = np.flatnonzero(np.abs(reel.samples) > LOUD) / 48_000
    assert loud[0] == pytest.approx(1.75, abs=0.002)
    assert loud[-1] == pytest.approx(2.25, abs=0.002)
    assert np.abs(reel.samples).max() == pytest.approx(0.5, abs=0.05)


def test_it_is_scaled_down_but_never_up(tmp_path: Path) -> None:
    wide = recording(tmp_path, RecordingOptions(seconds=1, size_px=(320, 180)))
    for side_px, expected in ((90, (160, 90)), (500, (320, 180))):
        write_clip(tmp_path / "clip.mp4", [Piece(wide, Span(0.0, 0.5))], look=Look(short_side_px=side_px))
        assert seen(tmp_path / "clip.mp4").size_px == expected


def test_it_says_what_it_is_and_when_it_was(long: Recording, tmp_path: Path) -> None:
    at = datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
    write_clip(tmp_path / "clip.mp4", [Piece(long, Span(1.0, 2.0))], title="kitchen", recorded_at=at)
    assert probe(tmp_path / "clip.mp4").recorded_at == at


def test_progress_reaches_the_end(long: Recording, tmp_path: Path) -> None:
    told: list[float] = []
    write_clip(
        tmp_path / "clip.mp4", [Piece(long, Span(1.0, 2.0)), Piece(long, Span(3.0, 5.0))], on_progress=told.append
    )
    assert told == sorted(told)
    assert told[-1] == 3.0
    assert len(told) > 10


def test_a_damaged_recording_gives_what_there_is(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=6, frame_rate_hz=30, tones=(Tone(0.0, 6.0),)))
    known = probe(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    path.write_bytes(data)
    write_clip(tmp_path / "clip.mp4", [Piece(known, Span(0.5, 5.5))])
    clip = seen(tmp_path / "clip.mp4")
    assert clip.end_s == pytest.approx(5.0, abs=0.001)
    assert len(clip.samples) >= 5.0 * clip.rate_hz


def test_a_recording_that_is_gone_is_named(long: Recording, tmp_path: Path) -> None:
    options = RecordingOptions(seconds=1)
    gone = recording(tmp_path, options, "gone.mp4")
    gone.path.unlink()
    with pytest.raises(MediaError, match=r"gone\.mp4: there is no such file"):
        write_clip(tmp_path / "clip.mp4", [Piece(gone, Span(0.0, 1.0))])


def test_a_folder_that_is_not_there_is_named(long: Recording, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        write_clip(tmp_path / "nowhere" / "clip.mp4", [Piece(long, Span(0.0, 1.0))])


def test_an_unknown_ending_is_refused(long: Recording, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.mkv"):
        write_clip(tmp_path / "clip.avi", [Piece(long, Span(0.0, 1.0))])

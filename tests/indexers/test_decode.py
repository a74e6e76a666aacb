import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from indexers.errors import MediaError
from indexers.media import DecodeStats, decode, probe
from indexers.media.decode_pictures import Scaler, scaled_size
from indexers.media.planning import REUSE_S, Chooser, KeyFrames, packets_to_decode, window_at, windows_in
from indexers.media.timeline import Timeline
from indexers.types import Floats, Picture, Recording, Slice, SoundBlock
from tests.media import BLUE, RED, Colour, RecordingOptions, Tone, colour_at, make_recording, tone_samples


def decoded(
    recording: Recording,
    bounds_s: Sequence[float],
    *,
    rates: Sequence[int] = (16_000,),
    hop_s: float | None = 1.0,
    extra_s: float = 0.0,
    stats: DecodeStats | None = None,
) -> tuple[dict[int, Floats], list[Picture]]:
    """Decode slices that end at each of the bounds and put them together."""
    blocks: dict[int, list[SoundBlock]] = {rate: [] for rate in rates}
    pictures: list[Picture] = []
    for i, (start_s, end_s) in enumerate(pairwise(bounds_s)):
        slice_ = Slice(recording, i, start_s, end_s)
        for item in decode(
            slice_, sample_rates_hz=rates, picture_hop_s=hop_s, short_side_px=32, extra_sound_s=extra_s, stats=stats
        ):
            if isinstance(item, Picture):
                pictures.append(item)
            else:
                blocks[item.sample_rate_hz].append(item)
    sound = {}
    for rate, run in blocks.items():
        at = 0
        for block in run:
            assert round(block.start_s * rate) == at, "blocks follow each other"
            at += len(block.samples)
        sound[rate] = np.concatenate([block.samples for block in run]) if run else np.zeros(0, np.float32)
    return sound, pictures


def is_colour(picture: Picture, colour: Colour) -> bool:
    return bool(np.abs(picture.rgb.reshape(-1, 3).mean(axis=0) - colour).max() < 25)


TONES = (Tone(0.5, 1.7, 440.0), Tone(2.2, 3.9, 1000.0, 0.3), Tone(4.4, 6.6, 300.0))
CONTAINERS = {
    "a.mp4": RecordingOptions(seconds=7, tones=TONES),
    "b.mp4": RecordingOptions(seconds=7, tones=TONES, b_frames=2, group_s=2.5, sample_rate_hz=44_100, layout="stereo"),
    "c.mov": RecordingOptions(seconds=7, tones=TONES, group_s=10, frame_rate_hz=5, sample_rate_hz=44_100),
    "d.ts": RecordingOptions(seconds=7, tones=TONES, group_s=2),
    "e.mkv": RecordingOptions(seconds=7, tones=TONES, audio_codec="flac"),
    "f.webm": RecordingOptions(seconds=7, tones=TONES, video_codec="libvpx-vp9", audio_codec="libopus", group_s=3),
    "g.wav": RecordingOptions(seconds=7, tones=TONES, colours=(), audio_codec="pcm_s16le", sample_rate_hz=22_050),
    "h.mp3": RecordingOptions(seconds=7, tones=TONES, colours=(), audio_codec="mp3", sample_rate_hz=44_100),
    "i.flac": RecordingOptions(seconds=7, tones=TONES, colours=(), audio_codec="flac", layout="7.1"),
    "j.mp4": RecordingOptions(seconds=7, tones=TONES, layout="7.1", sample_rate_hz=44_100),
    "k.avi": RecordingOptions(seconds=7, tones=TONES, video_codec="mpeg4", audio_codec="mp3"),
    "l.ogg": RecordingOptions(seconds=7, tones=TONES, colours=(), audio_codec="libopus", layout="stereo"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_slices_equal_the_whole(tmp_path: Path, name: str) -> None:
    recording = probe(make_recording(tmp_path / name, CONTAINERS[name]))
    rates = (16_000, 11_025, 48_000)
    whole_sound, whole_pictures = decoded(recording, [0, 7.5], rates=rates)
    sound, pictures = decoded(recording, [0, 2, 3, 5, 7.5], rates=rates)
    for rate in rates:
        if name == "f.webm":  # its clock counts milliseconds
            assert len(sound[rate]) == pytest.approx(len(whole_sound[rate]), abs=0.001 * rate)
            continue
        assert sound[rate].shape == whole_sound[rate].shape
        np.testing.assert_allclose(sound[rate], whole_sound[rate], atol=1e-3)
    assert [p.time_s for p in pictures] == [p.time_s for p in whole_pictures]
    for one, other in zip(pictures, whole_pictures, strict=True):
        np.testing.assert_array_equal(one.rgb, other.rgb)


@pytest.mark.parametrize("name", CONTAINERS)
def test_sound_and_colours_are_where_they_were_put(tmp_path: Path, name: str) -> None:
    options = CONTAINERS[name]
    recording = probe(make_recording(tmp_path / name, options))
    sound, pictures = decoded(recording, [0, 7])
    expected = tone_samples(options, 16_000)
    assert len(sound[16_000]) == pytest.approx(len(expected), abs=0.05 * 16_000)
    n = min(len(expected), len(sound[16_000]))
    # An AVI, and raw MP3, do not say how much the encoder put before the first sample: 25 ms at most.
    lag = lag_of(sound[16_000][:n], expected[:n], reach=800)
    assert abs(lag) <= (800 if options.audio_codec == "mp3" else 16)
    assert np.percentile(np.abs(sound[16_000][16_000:24_000]), 99) == pytest.approx(0.5, abs=0.03)
    if options.colours:
        assert [window_at(p.time_s, 1.0) for p in pictures] == list(range(7))
        assert all(is_colour(p, colour_at(options, p.time_s)) for p in pictures)


def lag_of(a: Floats, b: Floats, reach: int) -> int:
    lags = range(-reach, reach + 1)
    return max(lags, key=lambda lag: float(np.dot(a[reach:-reach], np.roll(b, lag)[reach:-reach])))


def test_resampling_keeps_samples_in_place(tmp_path: Path) -> None:
    options = RecordingOptions(colours=(), tones=(Tone(0, 4, 100.0),), audio_codec="pcm_s16le", sample_rate_hz=44_100)
    recording = probe(make_recording(tmp_path / "a.wav", options))
    sound, _ = decoded(recording, [0, 4], rates=(16_000, 8_000, 44_100, 48_000))
    for rate, samples in sound.items():
        expected = tone_samples(options, rate)
        assert len(samples) == len(expected)
        np.testing.assert_allclose(samples[200:-200], expected[200:-200], atol=2e-3)


def test_late_sound_begins_with_zeros(tmp_path: Path) -> None:
    options = RecordingOptions(audio_start_s=2.5, tones=(Tone(3.0, 4.0),))
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    sound, _ = decoded(recording, [0, 1, 4])
    samples = sound[16_000]
    assert not samples[: round(2.4 * 16_000)].any()
    onset = int(np.flatnonzero(np.abs(samples) > 0.1)[0])
    assert onset == pytest.approx(3 * 16_000, abs=0.002 * 16_000)


def test_extra_sound_reaches_over_the_end_and_stops_with_the_sound(tmp_path: Path) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4", RecordingOptions(audio_end_s=3.0)))
    assert len(decoded(recording, [0, 1], extra_s=0.48)[0][16_000]) == 23_680
    assert len(decoded(recording, [0, 2.9], extra_s=5)[0][16_000]) == pytest.approx(48_000, abs=500)
    assert list(decode_sound_of(recording, 3.5, 4.0)) == []


def decode_sound_of(recording: Recording, start_s: float, end_s: float) -> list[SoundBlock | Picture]:
    slice_ = Slice(recording, 0, start_s, end_s)
    return list(decode(slice_, sample_rates_hz=[8000], picture_hop_s=None, short_side_px=32, extra_sound_s=0))


def test_what_is_missing_gives_nothing(tmp_path: Path) -> None:
    silent = probe(make_recording(tmp_path / "a.mp4", RecordingOptions(has_audio=False)))
    assert decode_sound_of(silent, 0, 4) == []
    blind = probe(make_recording(tmp_path / "b.m4a", RecordingOptions(colours=())))
    assert decoded(blind, [0, 4], rates=())[1] == []


def test_pictures_are_upright_and_scaled(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(size_px=(128, 64), rotation_deg=90, colours=(RED, BLUE)))
    _, pictures = decoded(probe(path), [0, 4])
    assert [p.rgb.shape for p in pictures] == [(64, 32, 3)] * 4
    assert is_colour(pictures[0], RED)
    small, _ = decoded(probe(path), [0, 4], hop_s=None)
    assert small


@given(st.integers(1, 8000), st.integers(1, 8000), st.floats(0.25, 4), st.integers(1, 500))
def test_scaling_never_enlarges(width: int, height: int, aspect: float, short_side: int) -> None:
    scaled = scaled_size(width, height, aspect, short_side)
    assert 1 <= scaled[0] <= width
    assert 1 <= scaled[1] <= height
    assert min(scaled) <= short_side


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted where Linux lists them")
def test_scaling_takes_no_threads_of_its_own() -> None:
    threads = Path("/proc/self/task")
    frame = VideoFrame.from_ndarray(np.zeros((1080, 1920, 3), np.uint8), "rgb24").reformat(format="yuv420p")
    scaler, before = Scaler(452, 1.0, 0), len(list(threads.iterdir()))
    assert scaler.scale(frame).shape == (452, 804, 3)
    assert len(list(threads.iterdir())) <= before


def test_a_picture_that_stays_on_the_screen_stands_for_two_seconds(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=8, frame_times_s=(0.0, 0.4, 1.2, 6.3, 6.9), colours=(RED, BLUE), group_s=100)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    _, pictures = decoded(recording, [0, 8])
    assert [round(p.time_s, 3) for p in pictures if p.time_s < 7] == [0.4, 1.2, 2.0, 3.0, 6.3]
    assert is_colour(pictures[3], BLUE)


def test_only_key_frames_are_decoded_where_they_come_often_enough(tmp_path: Path) -> None:
    stats = DecodeStats()
    recording = probe(make_recording(tmp_path / "a.mp4", RecordingOptions(frame_rate_hz=20, has_audio=False)))
    _, pictures = decoded(recording, [0, 4], stats=stats)
    assert (stats.packets, stats.decoded_packets, len(pictures), stats.pictures) == (80, 4, 4, 4)


def test_damaged_packets_are_left_out_and_counted(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=8, tones=(Tone(0, 8, 700.0),), size_px=(320, 240), colours=(RED, BLUE))
    path = make_recording(tmp_path / "a.ts", options)
    recording = probe(path)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(7)
    for at in rng.integers(len(content) // 3, len(content) // 2, 400):
        content[at] ^= 0xFF
    path.write_bytes(content)
    stats = DecodeStats()
    sound, pictures = decoded(recording, [0, 8], hop_s=0.25, stats=stats)
    assert stats.skipped_packets > 0
    assert len(sound[16_000]) > 7.5 * 16_000
    assert is_colour(pictures[0], RED)
    assert pictures[-1].time_s > 7
    assert is_colour(pictures[-1], BLUE)


def test_a_slice_that_is_mostly_damaged_is_refused(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(tones=(Tone(0, 4),), has_audio=True, frame_rate_hz=30))
    recording = probe(path)
    content = bytearray(path.read_bytes())
    at, end = content.index(b"mdat") + 4, content.index(b"moov")
    content[at:end] = b"\xff" * (end - at)
    path.write_bytes(content)
    with pytest.raises(MediaError, match="packets from 0 s to 4 s are damaged"):
        decoded(recording, [0, 4], hop_s=0.1)


def test_a_file_that_has_gone_is_named(tmp_path: Path) -> None:
    recording = probe(make_recording(tmp_path / "a.mp4"))
    gone = replace(recording, path=tmp_path / "gone.mp4")
    with pytest.raises(MediaError, match="there is no such file"):
        decoded(gone, [0, 4])


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 400)), max_size=20), st.integers(0, 200), st.integers(0, 300))
def test_a_timeline_has_no_holes(runs: list[tuple[float, int]], first: int, length: int) -> None:
    timeline = Timeline(first, first + length, 100)
    placed = [p for time_s, count in runs for p in timeline.place(time_s, np.ones(count, np.float32))]
    total = sum(len(p) for p in placed)
    end = max((round(time_s * 100) + count for time_s, count in runs), default=0)
    assert total <= length
    assert timeline.is_full == (total == length)
    assert total >= min(length, end - first) - 2 * len(runs)


def test_a_gap_is_filled_and_an_overlap_dropped() -> None:
    timeline = Timeline(0, 1000, 100)
    ones = np.ones(100, np.float32)
    pieces = [*timeline.place(0.5, ones), *timeline.place(2.0, 2 * ones), *timeline.place(2.5, 3 * ones)]
    samples = np.concatenate(pieces)
    assert len(samples) == 350
    expected = np.concatenate([np.zeros(50), ones, np.zeros(50), 2 * ones, 3 * ones[:50]])
    np.testing.assert_array_equal(samples, expected)


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=60).map(sorted), st.sampled_from([0.25, 0.5, 1.0, 2.0]), st.data()
)
def test_choosing_agrees_with_the_obvious_way(times: list[float], hop_s: float, data: st.DataObject) -> None:
    windows = windows_in(0, 31, hop_s)
    chooser: Chooser[float] = Chooser(windows, hop_s)
    choices = [choice for time_s in times for choice in chooser.offer(time_s, time_s)] + chooser.finish(31)
    found = {choice.window: choice for choice in choices}
    assert [c.window for c in choices] == sorted(found)
    for k in windows:
        inside = [t for t in times if window_at(t, hop_s) == k]
        before = [t for t in times if t < k * hop_s and k * hop_s - t < REUSE_S]
        if inside:
            middle_s = (k + 0.5) * hop_s
            assert abs(found[k].frame - middle_s) == min(abs(t - middle_s) for t in inside)
            assert found[k].time_s == found[k].frame
        elif before:
            assert (found[k].frame, found[k].time_s) == (max(before), k * hop_s)
        else:
            assert k not in found


@given(st.integers(1, 60), st.integers(1, 30), st.integers(1, 400), st.sampled_from([0.5, 1.0, 2.0]))
def test_every_window_gets_a_frame_of_its_own(rate: int, group: int, count: int, hop_s: float) -> None:
    times = [i / rate for i in range(count)]
    fed: list[float] = []
    for at in range(0, count, group):
        previous_s = times[at - group] if at else -math.inf
        next_s = times[at + group] if at + group < count else math.inf
        packets = times[at : at + group]
        fed += packets[: packets_to_decode(packets, KeyFrames(previous_s, times[at], next_s), hop_s)]
    shown = {window_at(t, hop_s) for t in times}
    assert {window_at(t, hop_s) for t in fed} == shown


def test_the_rest_of_a_group_is_not_decoded() -> None:
    times = [i / 10 for i in range(20)]
    assert packets_to_decode(times, KeyFrames(-math.inf, 0.0, 2.0), 1.0) == 11
    assert packets_to_decode(times[:10], KeyFrames(-math.inf, 0.0, 1.0), 1.0) == 1


@given(st.lists(st.integers(1, 50), min_size=1, max_size=10), st.sampled_from([0.1, 0.3, 0.48, 1.0]))
def test_slices_share_the_windows_out(lengths: list[int], hop_s: float) -> None:
    bounds = np.concatenate([[0], np.cumsum(lengths)]) * 0.7
    shared = [k for a, b in pairwise(bounds) for k in windows_in(a, b, hop_s)]
    assert shared == list(windows_in(0, float(bounds[-1]), hop_s))

"""How long a recording is, whatever it claims, and what times that jump cost."""

import struct
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.media import decode, probe
from indexers.media.lengths import MAX_DURATION_S, MAX_GAP_S, Latest
from indexers.media.planning import KeyFrames, packets_to_decode
from indexers.types import Slice, SoundBlock
from indexers.windows import slices
from tests.doctored import make_jpegs, overwritten
from tests.media import RecordingOptions, make_recording


def test_a_thousand_years_are_not_believed(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mkv")
    data = path.read_bytes()
    claimed = data.replace(b"00:00:04.000000000", b"8765832:00:00.0000")
    assert claimed != data
    path.write_bytes(claimed)
    assert probe(path).duration_s == pytest.approx(4, abs=0.05)


def test_a_claim_of_days_is_measured_where_the_file_is_too_small_for_it(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(has_audio=False))
    overwritten(path, "mdhd", 16, struct.pack(">I", 12_800 * 3600 * 24 * 3))
    assert probe(path).duration_s == pytest.approx(4, abs=0.05)


def test_times_that_go_on_for_ever_end_after_a_week(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(has_audio=False))
    overwritten(path, "mdhd", 12, struct.pack(">I", 1))  # ticks are seconds: a frame every 20 minutes, or every day
    overwritten(path, "stts", 8 + 4, struct.pack(">I", 1_000_000))
    recording = probe(path)
    assert recording.duration_s <= MAX_DURATION_S
    began = time.monotonic()
    assert len(list(slices(recording))) < 2_100
    assert time.monotonic() - began < 1


def test_one_wild_time_does_not_lengthen_a_recording() -> None:
    latest = Latest()
    for start_s in (0.0, 1.0, 2.0, 400_000.0, 3.0, 4.0):
        latest.see(start_s, start_s + 1)
    assert latest.end_s == 5


def test_a_long_gap_is_believed_when_two_agree() -> None:
    latest = Latest()
    for start_s in (0.0, 1.0, 7_200.0, 7_201.0):
        latest.see(start_s, start_s + 1)
    assert latest.end_s == 7_202


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0, 100))))
def test_a_stream_never_ends_later_than_its_times_or_a_week(times: list[tuple[float, float]]) -> None:
    latest = Latest()
    for start_s, length_s in times:
        latest.see(start_s, start_s + length_s)
    assert 0 <= latest.end_s <= max(0.0, *(start_s + length_s for start_s, length_s in times), 0.0)
    assert latest.end_s < MAX_DURATION_S


@given(st.lists(st.floats(0, MAX_GAP_S), min_size=1))
def test_times_without_jumps_are_all_believed(steps_s: list[float]) -> None:
    latest, at_s = Latest(), 0.0
    for step_s in steps_s:
        at_s = min(at_s + step_s, MAX_DURATION_S - 1)
        latest.see(at_s, at_s)
    assert latest.end_s == at_s


def test_a_jump_of_days_inside_a_group_is_planned_at_once() -> None:
    times_s = [0.0, 0.1, 500_000.0]
    began = time.monotonic()
    assert packets_to_decode(times_s, KeyFrames(-np.inf, 0.0, np.inf), 0.5) == 3
    assert time.monotonic() - began < 0.1


def test_a_length_of_thousands_of_digits_is_not_computed(tmp_path: Path) -> None:
    recording = probe(make_jpegs(tmp_path / "a.mkv", [64] * 4, {"DURATION-A": "9" * 5_000 + ":00:00"}))
    assert recording.duration_s == pytest.approx(4, abs=1.1)


def test_a_gap_of_many_minutes_is_not_filled_with_silence(tmp_path: Path) -> None:
    options = RecordingOptions(colours=(), sample_rate_hz=8_000)
    path = make_recording(tmp_path / "a.ts", options)
    later = make_recording(tmp_path / "b.ts", replace(options, seconds=1_000, audio_start_s=996))
    path.write_bytes(path.read_bytes() + later.read_bytes())
    recording = probe(path)
    assert recording.duration_s == pytest.approx(1_000, abs=0.2)
    first, empty, last = (
        sum(
            len(piece.samples)
            for piece in decode(
                Slice(recording, 0, start_s, end_s),
                sample_rates_hz=[8_000],
                picture_hop_s=None,
                short_side_px=1,
                extra_sound_s=1.0,
            )
            if isinstance(piece, SoundBlock)
        )
        for start_s, end_s in ((0, 300), (300, 600), (960, 1_000))
    )
    assert first == 301 * 8_000
    assert empty == 0
    assert last == pytest.approx(40 * 8_000, abs=2_000)

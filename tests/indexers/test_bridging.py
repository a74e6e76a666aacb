"""Windows between key pictures that are alike go without pictures of their own: what is decoded then, and what not."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.media import DecodeStats, decode, probe
from indexers.media.planning import Chooser, common, window_at, windows_between, windows_in
from indexers.types import Picture, Recording, Slice
from tests.media import BLUE, RED, Colour, RecordingOptions, colour_at, make_recording


def pictures_of(
    recording: Recording,
    bounds_s: Sequence[float],
    *,
    can_bridge: Callable[[Picture, Picture], bool],
    stats: DecodeStats | None = None,
) -> list[Picture]:
    """Decode the pictures of slices that end at each of the bounds."""
    pieces = [Slice(recording, i, start_s, end_s) for i, (start_s, end_s) in enumerate(pairwise(bounds_s))]
    return [
        item
        for piece in pieces
        for item in decode(
            piece,
            sample_rates_hz=(),
            picture_hop_s=1.0,
            short_side_px=32,
            extra_sound_s=0.0,
            can_bridge=can_bridge,
            stats=stats,
        )
        if isinstance(item, Picture)
    ]


def is_colour(picture: Picture, colour: Colour) -> bool:
    return bool(np.abs(picture.rgb.reshape(-1, 3).mean(axis=0) - colour).max() < 25)


CALM = (RED, RED, RED, BLUE, RED, RED, RED)
"""With a key frame every two seconds: the first and the last gap lie between pictures that are alike, the second does
not; and so on."""


def same_colour(one: Picture, other: Picture) -> bool:
    return bool(np.abs(one.rgb.mean(axis=(0, 1)) - other.rgb.mean(axis=(0, 1))).max() < 25)


@pytest.mark.parametrize(
    ("name", "codec", "b_frames"),
    [
        ("a.mp4", "libx264", 0),
        ("b.mp4", "libx264", 2),
        ("c.ts", "libx264", 2),
        ("d.mkv", "libx265", 2),
        ("e.webm", "libvpx-vp9", 0),
        ("f.avi", "mpeg4", 0),
    ],
)
def test_slices_equal_the_whole(tmp_path: Path, name: str, codec: str, b_frames: int) -> None:
    options = RecordingOptions(
        seconds=15, colours=CALM, group_s=2, video_codec=codec, b_frames=b_frames, has_audio=False
    )
    recording = probe(make_recording(tmp_path / name, options))
    stats = DecodeStats()
    whole = pictures_of(recording, [0, 15], can_bridge=same_colour, stats=stats)
    parts = pictures_of(recording, [0, 1, 2, 3, 5, 6, 9.5, 15], can_bridge=same_colour)
    assert stats.bridged > 0
    assert 7 < len(whole) == 15 - stats.bridged
    assert [p.time_s for p in parts] == [p.time_s for p in whole]
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(one.rgb, other.rgb)
    assert all(is_colour(p, colour_at(options, p.time_s)) for p in whole)


def test_between_key_pictures_that_are_alike_nothing_is_decoded(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=8, colours=(RED,), group_s=2, b_frames=2, has_audio=False)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    stats = DecodeStats()
    asked: list[tuple[Picture, Picture]] = []

    def always(one: Picture, other: Picture) -> bool:
        asked.append((one, other))
        return True

    pictures = pictures_of(recording, [0, 6], can_bridge=always, stats=stats)
    assert [p.time_s for p in pictures] == pytest.approx([0, 2, 4])
    assert [(a.time_s, b.time_s) for a, b in asked] == [(0, 2), (2, 4), (4, 6)]
    assert (stats.decoded_packets, stats.bridged) == (4, 3)
    seen = {id(p.rgb) for pair in asked for p in pair}
    assert all(id(p.rgb) in seen for p in pictures), "what was seen before comes as the same array"


def test_a_change_between_two_key_frames_is_looked_into(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=4, colours=(RED, BLUE, BLUE, BLUE), group_s=2, has_audio=False)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    pictures = pictures_of(recording, [0, 4], can_bridge=same_colour)
    assert [window_at(p.time_s, 1.0) for p in pictures] == [0, 1, 2, 3]
    assert [is_colour(p, BLUE) for p in pictures] == [False, True, True, True]


def test_windows_far_from_key_frames_are_never_bridged(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=9, colours=(RED,), group_s=3, has_audio=False)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    pictures = pictures_of(recording, [0, 9], can_bridge=lambda *_: pytest.fail("asked about a gap of three seconds"))
    assert len(pictures) == 9


def test_a_damaged_key_frame_costs_its_own_windows_only(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=12, colours=(RED,), group_s=2, size_px=(320, 240), has_audio=False)
    path = make_recording(tmp_path / "a.mp4", options)
    recording = probe(path)
    with av.open(str(path)) as container:
        keys = [(p.pos, p.size) for p in container.demux(video=0) if p.is_keyframe and p.size and p.pos is not None]
    content = bytearray(path.read_bytes())
    at, size = keys[2]
    content[at : at + size] = b"\xff" * size
    path.write_bytes(content)
    pictures = pictures_of(recording, [0, 12], can_bridge=same_colour)
    served = {window_at(p.time_s, 1.0) for p in pictures}
    assert {0, 2, 6, 8, 10} <= served
    assert all(is_colour(p, RED) for p in pictures)


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=60).map(sorted),
    st.sets(st.integers(0, 30)),
    st.sampled_from([0.5, 1.0]),
)
def test_windows_left_out_get_nothing_and_change_nothing_else(times: list[float], left: set[int], hop_s: float) -> None:
    windows = windows_in(0, 31, hop_s)

    def chosen(leave_out: set[int]) -> dict[int, float]:
        chooser: Chooser[float] = Chooser(windows, hop_s)
        for window in leave_out:
            chooser.leave_out(range(window, window + 1))
        choices = [choice for time_s in times for choice in chooser.offer(time_s, time_s)] + chooser.finish(31)
        return {choice.window: choice.frame for choice in choices}

    assert chosen(left) == {window: frame for window, frame in chosen(set()).items() if window not in left}


@given(st.floats(0, 100), st.floats(0, 10), st.sampled_from([0.25, 0.48, 1.0]))
def test_windows_between_two_times_hold_neither(start_s: float, length_s: float, hop_s: float) -> None:
    between = windows_between(start_s, start_s + length_s, hop_s)
    both = [window_at(start_s, hop_s), window_at(start_s + length_s, hop_s)]
    assert [both[0], *between, both[1]] == list(range(both[0], both[1] + 1)) or (both[0] == both[1] and not between)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_what_two_ranges_have_in_common(a: int, b: int, c: int, d: int) -> None:
    assert set(common(range(a, b), range(c, d))) == set(range(a, b)) & set(range(c, d))

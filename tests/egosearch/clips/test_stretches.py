"""What a reel is made of: what overlaps is seen once."""

from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.clips.stretches import APART_S, Stretch, joined
from egosearch.clips.types import ClipOptions, Cut
from egosearch.library import Library
from indexers.facts import Recording, Span
from indexers.media.clip_captions import Caption, Told, parts_of
from tests.egosearch.clips.test_cutting import kitchen
from tests.indexers.test_clip import is_like, seen
from tests.media import BLUE, GREEN, RED


def stretch(recording_id: str, start_s: float, end_s: float) -> Stretch:
    recording = Recording(recording_id, Path(recording_id), 1, 60.0, None, "unknown", None, None, None)
    return Stretch(recording, Span(start_s, end_s), (Caption(start_s, f"{recording_id} {start_s:g}"),))


def spans(stretches: list[Stretch]) -> list[tuple[str, float, float]]:
    return [(one.recording.recording_id, one.span.start_s, one.span.end_s) for one in stretches]


def test_those_that_overlap_are_one_at_the_place_of_the_first() -> None:
    parts = [stretch("a", 40, 50), stretch("a", 10, 20), stretch("b", 10, 20), stretch("a", 18, 25)]
    assert spans(joined(parts)) == [("a", 40, 50), ("a", 10, 25), ("b", 10, 20)]


def test_one_may_bridge_what_was_apart() -> None:
    parts = [stretch("a", 30, 40), stretch("b", 0, 1), stretch("a", 10, 20), stretch("a", 15, 35)]
    assert spans(joined(parts)) == [("a", 10, 40), ("b", 0, 1)]


def test_those_that_only_touch_keep_their_order() -> None:
    parts = [stretch("a", 20, 30), stretch("a", 10, 20)]
    assert joined(parts) == parts


def test_captions_stay_where_their_moments_begin_and_close_ones_are_told_at_once() -> None:
    (one,) = joined([stretch("a", 10, 25), stretch("a", 12, 20), stretch("a", 5, 11)])
    assert one.captions == (Caption(5, "a 5"), Caption(10, "a 10\na 12"))


PARTS = st.lists(
    st.builds(
        lambda name, start, length: stretch(name, start / 2, (start + length) / 2),
        st.sampled_from("ab"),
        st.integers(0, 60),
        st.integers(1, 20),
    ),
    max_size=8,
)


@given(PARTS)
def test_the_same_seconds_are_seen_and_none_twice(parts: list[Stretch]) -> None:
    found = joined(parts)
    for name in "ab":
        for half in range(100):
            time_s = half / 2 + 0.25
            here = [one for one in parts if one.recording.recording_id == name]
            wanted = any(one.span.start_s <= time_s < one.span.end_s for one in here)
            times = sum(
                one.recording.recording_id == name and one.span.start_s <= time_s < one.span.end_s for one in found
            )
            assert times == wanted
    assert joined(found) == found
    told = {line for one in found for caption in one.captions for line in caption.text.split("\n")}
    assert told == {caption.text for one in parts for caption in one.captions}
    for one in found:
        at_s = [caption.at_s for caption in one.captions]
        assert one.span.start_s == at_s[0]
        assert all(b - a >= APART_S for a, b in pairwise(at_s))


@given(st.lists(st.integers(0, 29), unique=True), st.integers(0, 100))
def test_the_parts_of_a_piece_follow_each_other(at_s: list[int], begins_s: int) -> None:
    captions = [Caption(60.0 + one, f"{one}") for one in sorted(at_s)]
    parts = parts_of(60.0, float(begins_s), 30.0, captions)
    assert (parts[0].start_s, parts[-1].end_s) == (begins_s, begins_s + 30.0)
    assert [one.end_s for one in parts[:-1]] == [one.start_s for one in parts[1:]]
    assert [(one.start_s - begins_s, one.text) for one in parts if one.text] == [
        (caption.at_s - 60.0, caption.text) for caption in captions
    ]
    assert len(parts) - len(captions) == (0 not in at_s)


def test_an_example_of_parts() -> None:
    captions = (Caption(60.0, "a"), Caption(75.0, "b"))
    assert parts_of(60.0, 0.0, 30.0, captions) == [Told(0.0, 15.0, "a"), Told(15.0, 30.0, "b")]


def test_a_reel_shows_what_overlaps_once_with_the_captions_of_both(filmed: Library, tmp_path: Path) -> None:
    film, mute = kitchen(filmed), filmed.find("mute.mp4").recording_id
    parts = [Cut(film, Span(1.0, 2.0), "one"), Cut(mute, Span(0.0, 1.0), "other"), Cut(film, Span(5.5, 6.0), "two")]
    apart = filmed.clip(parts, tmp_path / "apart.mp4")
    assert len(apart.spans) == 3
    written = filmed.clip(parts, tmp_path / "reel.mp4", options=ClipOptions(pad_s=2.0))
    assert written.spans == (Span(0.0, 8.0), Span(0.0, 3.0))
    reel = seen(written.path)
    assert reel.end_s == pytest.approx(11.0, abs=0.01)
    of = dict(zip(reel.times_s, reel.colours, strict=True))
    for time_s, colour in ((0.5, RED), (4.0, BLUE), (7.5, GREEN), (9.0, GREEN)):
        assert is_like(of[time_s], colour)
    assert told_in(written.path) == ([(0.0, "one · two"), (8.0, "other")], [(0.0, "one\ntwo"), (8.0, "other")])


def test_each_caption_comes_with_its_moment(filmed: Library, tmp_path: Path) -> None:
    parts = [Cut(kitchen(filmed), Span(5.0, 9.5), "two"), Cut(kitchen(filmed), Span(0.0, 5.5), "one")]
    written = filmed.clip(parts, tmp_path / "reel.mp4")
    assert written.spans == (Span(0.0, 9.5),)
    assert told_in(written.path) == ([(0.0, "one"), (5.0, "two")], [(0.0, "one"), (5.0, "two")])


def told_in(path: Path) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Return the chapters and the captions of a file, with the times at which they begin."""
    with av.open(str(path)) as file:
        chapters = [(one["start"] * float(one["time_base"] or 0), one["metadata"]["title"]) for one in file.chapters()]
        captions = [
            (float(packet.pts * packet.time_base), bytes(packet)[2:].decode())
            for packet in file.demux(subtitles=0)
            if packet.size > 2 and packet.pts is not None and packet.time_base is not None
        ]
    return chapters, captions


def test_a_single_clip_has_no_captions(filmed: Library, tmp_path: Path) -> None:
    written = filmed.clip([Cut(kitchen(filmed), Span(1.0, 2.0), "one")], tmp_path / "clip.mp4")
    with av.open(str(written.path)) as file:
        assert not file.streams.subtitles
        assert not file.chapters()

"""What comes before and after on the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.day.neighbours import neighbours
from egosearch.day.places import moment_at
from egosearch.errors import LibraryError
from egosearch.types import RecordingSummary
from indexers.types import Span

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def recording(name: str, minutes: float | None, duration_s: float = 60.0) -> RecordingSummary:
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    return RecordingSummary(name, Path(f"/{name}"), duration_s, 1, at, None, True, True, duration_s, True)


def test_chapters_follow_each_other_and_the_ends_have_one_side() -> None:
    first, second, evening = recording("GX010042", 0), recording("GX020042", 1), recording("GX010043", 300)
    given_ = [evening, first, recording("old", None), second]
    around = neighbours(given_, "GX020042")
    assert around.before is not None
    assert around.after is not None
    assert (around.before.recording, around.before.gap_s) == (first, 0.0)
    assert (around.after.recording, around.after.gap_s) == (evening, 298 * 60.0)
    assert neighbours(given_, "GX010042").before is None
    assert neighbours(given_, "GX010043").after is None


def test_those_that_began_at_once_come_by_path_and_overlap() -> None:
    left, right = recording("a-left", 0), recording("b-right", 0)
    after = neighbours([right, left], "a-left").after
    assert after is not None
    assert (after.recording, after.gap_s) == (right, -60.0)


def test_places_may_have_different_clocks() -> None:
    tokyo = replace(recording("tokyo", 0), recorded_at=NOON.astimezone(timezone(timedelta(hours=9))))
    after = neighbours([recording("later", 2), tokyo], "tokyo").after
    assert after is not None
    assert after.gap_s == 60.0


def test_without_a_time_nothing_is_beside_it() -> None:
    with pytest.raises(LibraryError, match="nobody knows when old was made, so no recording comes before or after it"):
        neighbours([recording("old", None), recording("new", 0)], "old")
    with pytest.raises(LibraryError, match="no recording has the id 'gone'"):
        neighbours([recording("new", 0)], "gone")


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=8))
def test_walking_on_visits_every_recording_once(minutes: list[int]) -> None:
    held = [recording(f"{number:02}", at) for number, at in enumerate(minutes)]
    order = sorted(held, key=lambda one: (one.recorded_at, one.path))
    visited, here = [order[0]], order[0]
    while (after := neighbours(held, here.recording_id).after) is not None:
        before = neighbours(held, after.recording.recording_id).before
        assert before is not None
        assert before.recording == here
        assert before.gap_s == after.gap_s
        here = after.recording
        visited.append(here)
    assert visited == order


def test_a_place_is_a_moment_within_its_recording() -> None:
    one = recording("walk", 0, 60.0)
    assert [moment_at(one, at).span for at in (0.0, 30.0, 60.0)] == [Span(0, 1), Span(29, 31), Span(59, 60)]
    assert moment_at(one, 30.0).recorded_at == NOON + timedelta(seconds=29)
    assert moment_at(replace(one, recorded_at=None), 30.0).recorded_at is None

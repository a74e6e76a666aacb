import doctest
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.types import RecordingSummary
from indexers.types import Span
from tui import viewport
from tui.calendar import Calendar
from tui.viewport import LEAST_S, holding, within, zoomed


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(viewport).failed == 0


@st.composite
def views(draw: st.DrawFn) -> tuple[Span, Span]:
    length_s = draw(st.floats(0.1, 1e5))
    whole = Span(0.0, length_s)
    return whole, within(draw(st.floats(0, 1e5)), draw(st.floats(0.05, 1e5)), whole)


@given(views(), st.floats(0, 1), st.sampled_from([0.5, 2.0]))
def test_a_zoomed_view_lies_in_the_recording_and_shows_the_time(
    given_views: tuple[Span, Span], share: float, factor: float
) -> None:
    whole, view = given_views
    at_s = view.start_s + share * view.duration_s
    result = zoomed(view, at_s, factor, whole)
    assert whole.start_s <= result.start_s <= result.end_s <= whole.end_s + 1e-6
    assert result.start_s - 1e-6 <= at_s <= result.end_s + 1e-6
    assert result.duration_s == pytest.approx(min(max(view.duration_s * factor, LEAST_S), whole.duration_s))


@given(views(), st.floats(0, 1))
def test_a_held_time_is_shown_at_the_same_zoom(given_views: tuple[Span, Span], share: float) -> None:
    whole, view = given_views
    at_s = share * whole.duration_s
    result = holding(view, at_s, whole)
    assert result.start_s - 1e-6 <= at_s <= result.end_s + 1e-6
    assert result.duration_s == pytest.approx(view.duration_s, rel=1e-6, abs=1e-6)


def recording(when: datetime | None, hours: float) -> RecordingSummary:
    return RecordingSummary("id", Path("x.mp4"), hours * 3600, 1, when, None, True, True, 0.0, True)


def test_days_become_weeks_where_they_do_not_fit() -> None:
    monday = datetime(2026, 11, 2, 9, tzinfo=UTC)
    made = [recording(monday + timedelta(day), 0.5) for day in (0, 0, 1, 13)] + [recording(None, 9.0)]
    by_day = Calendar.of(made, 14)
    assert by_day is not None
    assert (by_day.first, by_day.unit, by_day.hours) == (date(2026, 11, 2), "a day", (1.0, 0.5, *[0.0] * 11, 0.5))
    by_week = Calendar.of(made, 13)
    assert by_week is not None
    assert (by_week.unit, by_week.hours) == ("a week", (1.5, 0.5))


def test_a_calendar_names_days_below_their_bars() -> None:
    month = Calendar(date(2026, 11, 2), 1, (1.0,) * 30)
    assert month.labels(40) == "2026-11-02  2026-11-14  2026-11-26      "
    assert Calendar.of([recording(None, 1.0)], 40) is None


@given(st.lists(st.tuples(st.integers(0, 40_000), st.floats(0.01, 24)), min_size=1), st.integers(1, 200))
def test_a_calendar_keeps_all_hours_and_its_width(made: list[tuple[int, float]], width: int) -> None:
    days = [recording(datetime(1980, 1, 1, tzinfo=UTC) + timedelta(day), hours) for day, hours in made]
    calendar = Calendar.of(days, width)
    assert calendar is not None
    assert len(calendar.hours) <= width
    assert sum(calendar.hours) == pytest.approx(sum(hours for _, hours in made))
    assert len(calendar.labels(width)) == width

"""Filters in place and time, against the slow and obvious way."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.errors import QueryError
from egosearch.query.filtering import check, visible_spans
from egosearch.types import Where
from indexers.types import Recording, Span

PARIS = timezone(timedelta(hours=1))
WALK = Recording(
    recording_id="walk",
    path=Path("/films/2026/walk.mp4"),
    size_bytes=1,
    duration_s=60.0,
    recorded_at=datetime(2026, 11, 20, 17, 59, 50, tzinfo=PARIS),
    recorded_at_source="container",
    device=None,
    audio=None,
    video=None,
)
UNKNOWN = replace(WALK, recording_id="unknown", path=Path("/films/old.mp4"), recorded_at=None)
NEVER = Where(recording_ids=frozenset())


def spans(where: Where, recording: Recording = WALK) -> list[tuple[float, float]]:
    visible = visible_spans(where, [recording])
    assert visible is not None
    assert set(visible) <= {recording.recording_id}
    return [(span.start_s, span.end_s) for span in visible.get(recording.recording_id, ())]


def test_a_filter_that_asks_nothing_sees_all() -> None:
    assert visible_spans(Where(), [WALK, UNKNOWN]) is None


def test_recordings_are_named_by_id() -> None:
    assert visible_spans(Where(recording_ids=frozenset({"walk"})), [WALK, UNKNOWN]) == {"walk": (Span(0.0, 60.0),)}
    assert visible_spans(NEVER, [WALK, UNKNOWN]) == {}


@pytest.mark.parametrize(
    ("folder", "seen"),
    [
        ("/films", {"walk", "unknown"}),
        ("/films/2026", {"walk"}),
        ("/films/2026/", {"walk"}),
        ("/films/2026/../2026", {"walk"}),
        ("/films/20", set()),  # a beginning of a name is not a folder
        ("/films/2026/walk.mp4", {"walk"}),
        ("/", {"walk", "unknown"}),
    ],
)
def test_a_folder_holds_what_is_below_it(folder: str, seen: set[str]) -> None:
    assert set(visible_spans(Where(folder=Path(folder)), [WALK, UNKNOWN]) or ()) == seen


def test_a_folder_may_be_relative_or_at_home(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert spans(Where(folder=Path("a")), replace(WALK, path=tmp_path / "a" / "b.mp4"))
    assert spans(Where(folder=Path("~/a")), replace(WALK, path=home / "a" / "b.mp4"))
    with pytest.raises(QueryError, match="~nobody-of-that-name"):
        check(Where(folder=Path("~nobody-of-that-name/films")))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(since=datetime(2026, 11, 20, 18)), [(10, 60)]),
        (Where(until=datetime(2026, 11, 20, 18)), [(0, 10)]),
        (Where(since=datetime(2026, 11, 20, 17)), [(0, 60)]),
        (Where(since=datetime(2026, 11, 20, 18, 0, 50)), []),
        (Where(until=datetime(2026, 11, 20, 17, 59, 50)), []),
        (Where(since=datetime(2026, 11, 20, 17, tzinfo=UTC)), [(10, 60)]),
        (Where(since=datetime(2026, 11, 20, 17, tzinfo=UTC), until=datetime(2026, 11, 20, 18, 0, 10)), [(10, 20)]),
        (Where(between=(time(18), time(22))), [(10, 60)]),
        (Where(between=(time(22), time(18))), [(0, 10)]),
        (Where(between=(time(18, 0, 5), time(18, 0, 10, 500_000))), [(15, 20.5)]),
        (Where(between=(time(4), time(5))), []),
        (Where(since=datetime.min, until=datetime.max), [(0, 60)]),
    ],
)
def test_times(where: Where, expected: list[tuple[float, float]]) -> None:
    assert spans(where) == expected


def test_a_time_of_day_comes_back_every_day() -> None:
    days = replace(WALK, recorded_at=datetime(2026, 11, 20, tzinfo=UTC), duration_s=2.5 * 86_400)
    assert spans(Where(between=(time(23), time(1))), days) == [
        (0, 3_600),
        (23 * 3_600, 25 * 3_600),
        (47 * 3_600, 49 * 3_600),
    ]


def test_an_unknown_time_passes_no_condition_on_time() -> None:
    for where in (
        Where(since=datetime(1990, 1, 1)),
        Where(until=datetime(2100, 1, 1, tzinfo=UTC)),
        Where(between=(time(0), time(23, 59))),
    ):
        assert spans(where, UNKNOWN) == []
    assert spans(Where(folder=Path("/films")), UNKNOWN) == [(0, 60)]


def test_a_recording_over_a_change_of_clocks_runs_on() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = replace(WALK, recorded_at=datetime(2026, 10, 25, 1, tzinfo=berlin), duration_s=3 * 3_600.0)
    assert spans(Where(since=datetime(2026, 10, 25, 3, tzinfo=berlin)), night) == []  # four hours after 1:00
    assert spans(Where(since=datetime(2026, 10, 25, 3)), night) == [(2 * 3_600, 3 * 3_600)]


def test_an_empty_recording_has_nothing_to_see() -> None:
    assert spans(Where(folder=Path("/films")), replace(WALK, duration_s=0.0)) == []


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Where(since=datetime(2026, 2, 2), until=datetime(2026, 2, 2)), "name a later end"),
        (Where(since=datetime(2026, 2, 2, tzinfo=UTC), until=datetime(2026, 2, 2, tzinfo=PARIS)), "name a later end"),
        (Where(between=(time(9), time(9))), "differ"),
        (Where(between=(time(9, tzinfo=UTC), time(10))), "without a time zone"),
        (
            Where(since=datetime(2026, 2, 2, 9), until=datetime(2026, 2, 2, 12), between=(time(18), time(8))),
            "overlap",
        ),
    ],
)
def test_what_can_never_be_is_refused(where: Where, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        check(where)
    with pytest.raises(QueryError, match=said):
        visible_spans(where, [])


def test_times_that_cannot_be_compared_are_left_to_each_place() -> None:
    check(Where(since=datetime(2026, 2, 2, tzinfo=UTC), until=datetime(2026, 2, 1, 12)))


tenths = st.integers(0, 4 * 86_400 * 10).map(lambda n: datetime(2026, 11, 19) + timedelta(milliseconds=100 * n))
clocks = st.integers(0, 86_400 * 10 - 1).map(lambda n: (datetime(2026, 1, 1) + timedelta(milliseconds=100 * n)).time())
offsets = st.integers(-12 * 60, 14 * 60).map(lambda n: timezone(timedelta(minutes=n)))
bounds = st.none() | tenths | st.builds(lambda moment, zone: moment.replace(tzinfo=zone), tenths, offsets)


@given(
    start=tenths,
    zone=offsets,
    steps=st.integers(0, 40),
    step_s=st.sampled_from([0.1, 3_600.0]),
    since=bounds,
    until=bounds,
    between=st.none() | st.tuples(clocks, clocks),
)
def test_the_spans_are_what_an_instant_by_instant_look_finds(
    *,
    start: datetime,
    zone: timezone,
    steps: int,
    step_s: float,
    since: datetime | None,
    until: datetime | None,
    between: tuple[time, time] | None,
) -> None:
    where = Where(since=since, until=until, between=between)
    recording = replace(WALK, recorded_at=start.replace(tzinfo=zone), duration_s=steps * step_s)
    try:
        visible = visible_spans(where, [recording])
    except QueryError:
        visible = {}
    found = [Span(0.0, recording.duration_s)] if visible is None else list(visible.get("walk", ()))
    edges = [edge for span in found for edge in (span.start_s, span.end_s)]
    if visible is not None:
        assert edges == sorted(set(edges)), "ascending, disjoint, none empty"
    assert all(0 <= edge <= recording.duration_s for edge in edges)
    for step in range(steps):
        time_s = step * step_s
        is_visible = any(span.start_s <= time_s < span.end_s for span in found)
        assert is_visible == _passes(where, recording, timedelta(seconds=time_s)), time_s


def _passes(where: Where, recording: Recording, elapsed: timedelta) -> bool:
    assert recording.recorded_at is not None
    instant = recording.recorded_at + elapsed
    clock = instant.replace(tzinfo=None)

    def at(bound: datetime) -> datetime:
        return clock if bound.tzinfo is None else instant

    if where.since is not None and at(where.since) < where.since:
        return False
    if where.until is not None and at(where.until) >= where.until:
        return False
    if where.between is None:
        return True
    first, last = where.between
    if first < last:
        return first <= clock.time() < last
    return first != last and (clock.time() >= first or clock.time() < last)

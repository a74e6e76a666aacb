"""Filters in place and time: which spans of which recordings may answer.

Times are compared on the clock of the recording's place (`Recording.recorded_at` with its own zone), which runs on from
the recording's start: it is not put forward or back while a camera records. Words become times in `when`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta, timezone
from pathlib import Path

from egosearch.errors import QueryError
from egosearch.folders import absolute
from egosearch.query import wanted
from egosearch.types import Where
from indexers.types import Recording, Span

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

Times = tuple[timedelta, timedelta]
"""From and to (not included), since a recording's start."""


def visible_spans(where: Where, recordings: Sequence[Recording]) -> dict[str, tuple[Span, ...]] | None:
    """Return what passes a filter, by recording.

    A recording whose time is unknown passes no condition on time. What must be said or noted is left aside: see
    `egosearch.query.said` and `egosearch.query.noted`.

    Worked example: between 18:00 and 22:00, of a recording that began at 17:59:50 and lasts a minute, the span from 10
    to 60 s is visible.

    Returns:
        None where the filter asks nothing. Else, for each recording of which anything is visible, half-open spans in
        seconds from its start, ascending, disjoint, and within its duration.

    Raises:
        QueryError: As `check`.
    """
    check(where)
    if where == Where():
        return None
    folder = None if where.folder is None else folder_of(where.folder)
    visible = {}
    for recording in recordings:
        if where.recording_ids is not None and recording.recording_id not in where.recording_ids:
            continue
        if folder is not None and not absolute(recording.path).is_relative_to(folder):
            continue
        spans = tuple(Span(start / SECOND, end / SECOND) for start, end in _times(where, recording))
        if spans:
            visible[recording.recording_id] = spans
    return visible


def folder_of(path: Path) -> Path:
    """Return a folder from the root, `~` and `..` resolved, links left alone.

    Raises:
        QueryError: It is in the home of a user who is not known.
    """
    try:
        return absolute(path)
    except RuntimeError as error:
        raise QueryError(f"there is no home folder for {path}; write the folder from its root") from error


def check(where: Where) -> None:
    """Refuse a filter that nothing could ever pass.

    Raises:
        QueryError: A range of time is empty, a time of day has a zone, `folder` names an unknown user's home, or there
            is no word in what must be said or noted.
    """
    since, until, between = where.since, where.until, where.between
    wanted.check(where.said)
    wanted.check(where.noted, "noted")
    if where.folder is not None:
        folder_of(where.folder)
    # A time with a zone and one without cannot be compared: which comes first depends on the place.
    are_comparable = since is not None and until is not None and (_has_zone(since) == _has_zone(until))
    if since is not None and until is not None and are_comparable and since >= until:
        raise QueryError(
            f"nothing lies between {_say(since)} and {_say(until)}, since the second is not later than the first;"
            " name a later end"
        )
    if between is None:
        return
    if any(one.tzinfo is not None for one in between):
        raise QueryError("a time of day is that of the recording's place; name it without a time zone")
    if between[0] == between[1]:
        raise QueryError(
            f"nothing lies between {between[0]:%H:%M} and {between[1]:%H:%M}; name two times of day that differ"
        )
    if since is None or until is None or not are_comparable or _has_zone(since):
        return
    if next(_daily(between, since, until - since), None) is None:
        raise QueryError(
            f"no time between {between[0]:%H:%M} and {between[1]:%H:%M} lies from {_say(since)} to {_say(until)};"
            " name ranges that overlap"
        )


def _times(where: Where, recording: Recording) -> Iterator[Times]:
    """Yield what of a recording passes the conditions on time, ascending; nothing of a recording without length."""
    start, end = timedelta(0), timedelta(seconds=recording.duration_s)
    if where.since is None and where.until is None and where.between is None:
        yield from _clipped([(start, end)], start, end)
        return
    if recording.recorded_at is None:
        return
    if where.since is not None:
        start = max(start, _elapsed(recording.recorded_at, where.since))
    if where.until is not None:
        end = min(end, _elapsed(recording.recorded_at, where.until))
    if where.between is None or start >= end:
        yield from _clipped([(start, end)], start, end)
        return
    clock = recording.recorded_at.replace(tzinfo=None)
    yield from _clipped(_daily(where.between, clock, end), start, end)


def _daily(between: tuple[time, time], clock: datetime, end: timedelta) -> Iterator[Times]:
    """Yield a time of day of every day that reaches into [0, `end`), counted from `clock`."""
    first, last = _since_midnight(between[0]), _since_midnight(between[1])
    length = (last - first) % DAY
    start = first - _since_midnight(clock.time()) - DAY  # the day before: it may reach over midnight
    while start < end:
        if start + length > timedelta(0):
            yield start, start + length
        start += DAY


def _clipped(times: Iterable[Times], start: timedelta, end: timedelta) -> Iterator[Times]:
    for first, last in times:
        if max(first, start) < min(last, end):
            yield max(first, start), min(last, end)


def _elapsed(recorded_at: datetime, moment: datetime) -> timedelta:
    """Return how long after the start of a recording a moment is; one without a zone is on the recording's clock."""
    if not _has_zone(moment):
        return moment.replace(tzinfo=None) - recorded_at.replace(tzinfo=None)
    # Two times of one zone would be subtracted by their digits, an hour wrong over a change of clocks.
    return moment - recorded_at.replace(tzinfo=timezone(recorded_at.utcoffset() or timedelta(0)))


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _has_zone(moment: datetime) -> bool:
    return moment.utcoffset() is not None


def _say(moment: datetime) -> str:
    return moment.isoformat(" ", "minutes" if not (moment.second or moment.microsecond) else "seconds")

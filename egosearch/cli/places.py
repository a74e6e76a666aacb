"""RECORDING@TIME: a point in a recording, as people type it."""

import re
from typing import TYPE_CHECKING, NamedTuple

from egosearch.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Place

PLACE = "RECORDING@TIME"
"""How help and messages call it."""
# After a colon two digits: 1:5 may be meant as 1:05 or as 1:50.
_TIME = re.compile(r"(?:(?:(\d{1,4}):(\d\d)|(\d{1,6})):(\d\d(?:\.\d+)?)|(\d{1,9}(?:\.\d+)?))", re.ASCII)


class NamedPlace(NamedTuple):
    """A place in words: the recording is not looked up yet."""

    recording: str
    """As `Library.find` takes it."""
    time_s: float


def find_place(library: "LibraryVerbs", text: str) -> "Place":
    """Return the place that a person means.

    Raises:
        QueryError: The text does not read as a place, or names no recording of the library, or several.
    """
    from egosearch.types import Place

    named = parse_place(text)
    try:
        return Place(library.find(named.recording).recording_id, named.time_s)
    except LibraryError as error:
        raise QueryError(str(error)) from error


def parse_place(text: str) -> NamedPlace:
    """Split a place at its last @, since file names may hold one.

    >>> parse_place("me@home.mp4@1:30")
    NamedPlace(recording='me@home.mp4', time_s=90.0)

    Raises:
        QueryError: The recording or the time is missing, or the time does not read as one.
    """
    recording, at, time = text.rpartition("@")
    if not at:
        raise QueryError(f"{text!r} names no time; write {PLACE}, such as kitchen.mp4@1:30")
    if not recording.strip():
        raise QueryError(f"{text!r} names no recording; write {PLACE}, such as kitchen.mp4@1:30")
    return NamedPlace(recording.strip(), parse_time(time))


def parse_time(text: str) -> float:
    """Read seconds, m:ss or h:mm:ss, each with or without decimals, as seconds.

    >>> parse_time("754.5"), parse_time("12:34.5"), parse_time("1:00:01")
    (754.5, 754.5, 3601.0)

    Raises:
        QueryError: It does not read as one of these.
    """
    read = _TIME.fullmatch(text.strip())
    if read is None:
        raise QueryError(f"{text!r} is not a time; write seconds, m:ss or h:mm:ss, such as kitchen.mp4@1:30")
    hours, minutes_of_hour, minutes, seconds_of_minute, seconds = read.groups()
    if seconds is not None:
        return float(seconds)
    if float(seconds_of_minute) >= 60 or int(minutes_of_hour or 0) >= 60:
        raise QueryError(f"{text!r} is not a time: after a colon 59 is the most; write seconds, m:ss or h:mm:ss")
    return int(hours or 0) * 3600 + int(minutes_of_hour or minutes) * 60 + float(seconds_of_minute)

"""On which clock a recording's times are shown and filtered: the one that hung on the wall where it was made.

Cameras say little about that. What each witness means, and so what is done with it:

- A container's `creation_time` is UTC and names no place: the instant is kept, and shown in the place's zone.
- A container's time with a zone of its own (Apple's `creationdate`) is right as it is. In the zone that the owner set
  for this very recording it is shown all the same; the library's zone leaves it alone. One at offset 0 cannot be told
  from plain UTC and counts as such.
- A file's time is an instant as well, and shown in the place's zone.
- A file's name holds the camera's clock: its digits stay, and the place's zone only says which instant they mean. Files
  whose names begin with `PXL_` are named by UTC, so theirs are an instant.

The place's zone is the one set for the recording, else the library's (`time_zone` in `egosearch.toml`), else this
machine's. GoPro and others write local time as if it were UTC: the zone `UTC` keeps their digits as they are.

Times come out with a fixed offset, the one at the recording's start: no clock jumps in mid-recording, and adding
seconds to a start is right on the two nights of a year when clocks are changed.
"""

from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from egosearch.errors import QueryError
from indexers.media.wallclock import UTC_PREFIX
from indexers.types import Recording

SUGGESTIONS = 3


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its name in the IANA database: "Europe/Berlin", "UTC".

    Raises:
        QueryError: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "../x" is a ValueError, "Europe" a folder
        raise QueryError(f"there is no time zone {name!r}; {_remedy(name)}") from error


def local(recording: Recording, zone: tzinfo | None, *, default: tzinfo | None = None) -> datetime | None:
    """Return when a recording began, on the clock of its place; None where that is unknown.

    Worked example: a container says 2026-11-20T17:30:00Z. With the library's zone Europe/Berlin it is 18:30+01:00; with
    the recording's own zone Asia/Tokyo it is 02:30+09:00 on the 21st; with UTC it stays 17:30+00:00. Had the name of
    the file said 17:30, it would be 17:30+01:00, 17:30+09:00 and 17:30+00:00.

    Args:
        recording: As probed: its time in UTC, or in whatever zone its witness has.
        zone: Set by the owner for this recording; None where nothing is set.
        default: The library's; None for this machine's.

    Returns:
        With a fixed offset. The same instant as the recording's, but where a file's name is the witness.
    """
    time, source = recording.recorded_at, recording.recorded_at_source
    if time is None:
        return None
    if source == "file name" and not recording.path.name.startswith(UTC_PREFIX):
        place = zone or default
        return time if place is None else _fixed(time.replace(tzinfo=place))
    if source == "container" and time.utcoffset():
        return time if zone is None else _fixed(time.astimezone(zone))
    return _fixed(time.astimezone(zone or default))  # with None, Python takes the machine's zone


def _fixed(time: datetime) -> datetime:
    return time.replace(tzinfo=timezone(time.utcoffset() or timedelta(0)), fold=0)


def _remedy(name: str) -> str:
    asked = name.strip().replace(" ", "_").casefold()
    near = sorted(zone for zone in available_timezones() if asked and asked in zone.casefold())[:SUGGESTIONS]
    return (
        f"perhaps {' or '.join(near)} is meant" if near else "name one such as Europe/Berlin, America/New_York or UTC"
    )

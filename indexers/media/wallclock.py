"""Tell when a recording began, from the best witness there is: the container, the file's name, the file's time.

Cameras are wrong in known ways: a clock never set says 1904, 1970 or 2000, and GoPro writes local time as if it were
UTC. The first are refused, the second cannot be told from a right one; so the source travels with the time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

Source = Literal["container", "file name", "file time", "unknown"]

TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
"""Best first: Apple's has the time zone of the place; the others are UTC, or say otherwise."""

EARLIEST = datetime(2000, 1, 2, tzinfo=UTC)
"""Anything before is a clock that was never set: its epoch is 1904, 1970, 1980 or the first of January 2000."""

CLOCK_ERROR = timedelta(days=1)
"""How far in the future a time may lie: time zones, and camera clocks that are a little fast."""

_IN_NAME = re.compile(
    r"(?<!\d)(?P<year>\d{4})[-_.]?(?P<month>\d{2})[-_.]?(?P<day>\d{2})(?:[-_. tT]|\sat\s|_at_)?"
    r"(?P<hour>\d{2})[-_.:h]?(?P<minute>\d{2})[-_.:m]?(?P<second>\d{2})(?:[._]?\d{3})?(?!\d)"
)
"""`PXL_20261121_081502123`, `VID_20261121_081502`, `2026-11-21_08-15-02`, `2026-11-21 08.15.02`,
`DJI_20261121081502_0001`."""

UTC_PREFIX = "PXL_"
"""Pixel phones name files by UTC; all others by local time."""


def wall_clock(
    path: Path, metadata: Mapping[str, str], duration_s: float, *, now: datetime | None = None
) -> tuple[datetime | None, Source]:
    """Return when a recording began, with a time zone, and how that is known.

    Args:
        path: Its name may hold the time, as local time of this machine; `GX010042` does not.
        metadata: The container's tags.
        duration_s: The file's time is taken to be the recording's end.
        now: Times later than this are refused; None means the present.
    """
    latest = (now or datetime.now(UTC)) + CLOCK_ERROR
    tags = {key.lower(): value for key, value in metadata.items()}
    for tag in TAGS:
        time = _from_tag(tags.get(tag, ""))
        if time is not None and EARLIEST <= time <= latest:
            return time, "container"
    time = from_name(path.name)
    if time is not None and EARLIEST <= time <= latest:
        return time, "file name"
    try:
        time = datetime.fromtimestamp(path.stat().st_mtime - duration_s, UTC).astimezone()
    except (OSError, OverflowError, ValueError):
        return None, "unknown"
    return (time, "file time") if EARLIEST <= time <= latest else (None, "unknown")


def from_name(name: str) -> datetime | None:
    """Return the time that a file's name holds, with a time zone, or None."""
    for match in _IN_NAME.finditer(name):
        try:
            time = datetime(**{key: int(value) for key, value in match.groupdict().items()})  # type: ignore[arg-type]
            return time.replace(tzinfo=UTC) if name.startswith(UTC_PREFIX) else time.astimezone()
        except (OverflowError, OSError, ValueError):
            continue
    return None


def _from_tag(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not re.search(r"\d:\d", text):
        return None  # a day is not a time
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)

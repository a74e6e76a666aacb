"""What is known of times before anything is asked: where windows and sound events lie on the common time line.

Working it out takes tens of milliseconds for a hundred hours, more than a whole query may take; so a scan keeps it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
Rows = NDArray[np.int64]

HALF = 0.5
ENOUGH_S = 0.4
"""A window speaks for an event if it holds half of it, or so much of a long one."""


@dataclass(frozen=True, eq=False)
class TimeLine:
    """When the n windows of a space are, on the library's common time line. Ascending, shape (n,)."""

    starts_s: Seconds
    ends_s: Seconds


@dataclass(frozen=True, eq=False)
class HeardEvents:
    """The e sound events that any window speaks for, by time. Shapes (e,), but for `covered`."""

    starts_s: Seconds
    ends_s: Seconds
    snr_db: Seconds
    first: Rows
    last: Rows
    """The windows `first` up to, not including, `last` speak for the event."""
    covered: NDArray[np.bool_]
    """Shape (n,): the windows that touch any event. What merely touches one hears its edge, and an edge sounds like
    anything that clicks."""


def heard_events(starts_s: Seconds, ends_s: Seconds, snr_db: Seconds, line: TimeLine) -> HeardEvents:
    """Lay events over the windows of a space.

    Args:
        starts_s: Shape (m,), of events on the common time line, ascending.
        ends_s: Likewise.
        snr_db: Shape (m,).
        line: Of the windows.
    """
    needed = np.minimum(HALF * (ends_s - starts_s), ENOUGH_S)
    first = np.searchsorted(line.ends_s, starts_s + needed, side="left")
    last = np.searchsorted(line.starts_s, ends_s - needed, side="right")
    edges = np.zeros(len(line.starts_s) + 1, dtype=np.int64)
    np.add.at(edges, np.searchsorted(line.ends_s, starts_s, side="right"), 1)
    np.add.at(edges, np.searchsorted(line.starts_s, ends_s, side="left"), -1)
    heard = np.flatnonzero(last > first)
    return HeardEvents(
        starts_s[heard], ends_s[heard], snr_db[heard], first[heard], last[heard], np.cumsum(edges)[:-1] > 0
    )

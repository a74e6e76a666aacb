"""Trying again while somebody else has a library for a moment."""

import time
from collections.abc import Callable
from typing import TypeVar

from egosearch.errors import LibraryLockedError

T = TypeVar("T")

PATIENCE_S = 2.0
"""How long somebody else may hold a library without answering for it: a query or a mark takes a tenth of it."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.005, 0.1


def patiently(attempt: Callable[[], T]) -> T:
    """Return what an attempt returns, making it again for a while where a lock is in its way.

    Raises:
        LibraryLockedError: The lock stayed.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return attempt()
        except LibraryLockedError:
            if time.monotonic() >= deadline_s:
                raise
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

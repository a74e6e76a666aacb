"""When an owner brings its search cache up to date: while it indexes, every few seconds there is more to search.

A search never waits long for that. It takes what was there at the last refresh while the next one runs, which begins
when a search finds that there is more; after each there is a pause, so that refreshing takes a tenth of the time at
most, however large the library is.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_S = 0.3
"""How long a search waits for a refresh: up to some hours of recording, it then finds what was committed just now."""
SHORTEST_PAUSE_S = 1.0
"""A moment is to be found two seconds after it was indexed."""
PAUSE_PER_COST = 9.0
"""Pause after a refresh, as a multiple of what it took."""


class Freshness(Generic[T]):
    """Keeps something that is costly to renew nearly up to date."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Hold nothing yet; the clock counts seconds."""
        self._clock = clock
        self._changing = threading.Lock()
        self._held: tuple[str, T] | None = None
        self._running: threading.Thread | None = None
        self._failure: Exception | None = None
        self._not_before_s = -float("inf")

    def get(self, version: str, renew: Callable[[], T]) -> T:
        """Return it as it is now, or as it was a short while ago.

        Args:
            version: Of what it is made from; another one than at the last renewal asks for the next.
            renew: Makes it anew, in a thread of its own; never called while another is at it.

        Raises:
            Exception: As `renew` raised it, where there is nothing from before to return instead.
        """
        with self._changing:
            held = self._held
            if held is not None and held[0] == version:
                return held[1]
            if self._running is None and (held is None or self._clock() >= self._not_before_s):
                self._running = threading.Thread(
                    target=self._run, args=(version, renew), name="owner refresh", daemon=True
                )
                self._running.start()
            running = self._running
        if running is not None:
            running.join(PATIENCE_S if held is not None else None)
        with self._changing:
            if self._held is not None:
                return self._held[1]
            raise self._failure or RuntimeError("a renewal ended without a result")

    def forget(self) -> None:
        """Let the next `get` wait for a renewal: what is held must not be used any more."""
        self.wait()
        with self._changing:
            self._held = None

    def wait(self) -> None:
        """Return when no renewal is running."""
        with self._changing:
            running = self._running
        if running is not None:
            running.join()

    def _run(self, version: str, renew: Callable[[], T]) -> None:
        began_s = self._clock()
        found: T | None = None
        failure: Exception | None = None
        try:
            found = renew()
        except Exception as error:
            failure = error
            log.warning("what was indexed since the last search cannot be searched yet (%s)", error)
        with self._changing:
            ended_s = self._clock()
            self._not_before_s = ended_s + max(SHORTEST_PAUSE_S, PAUSE_PER_COST * (ended_s - began_s))
            self._running, self._failure = None, failure
            if found is not None:
                self._held = version, found

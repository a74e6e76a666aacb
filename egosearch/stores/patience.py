"""How long to bear with a server that is busy, restarting or away: exponential backoff with jitter, and an end.

Asking again is safe, since everything that the stores send gives the same when it is done twice.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How often to ask, and how long to wait between."""

    attempts: int
    """At least 1."""
    first_s: float = 0.25
    longest_s: float = 15.0

    def wait_s(self, failures: int) -> float:
        """Return how long to wait after so many failures, from 1: between half and all of a time that doubles.

        Half of it is chance, so that many clients do not come back at once.

        Worked example: with the defaults, after the third failure between 0.5 and 1 s.

        Source:
            Brooker, "Exponential Backoff and Jitter" (2015), "equal jitter".
        """
        ceiling_s = min(self.longest_s, self.first_s * 2.0 ** (failures - 1))
        return ceiling_s * (0.5 + random.random() / 2)  # noqa: S311 - nobody is kept out by it


ONCE = Patience(1)
ASKING = Patience(4)
"""A person waits for the answer: two seconds at most, unless the server takes its time to refuse."""
WRITING = Patience(9)
"""A run of hours waits: between 23 and 46 s in all, in which a server restarts."""


def patiently(ask: Callable[[], T], patience: Patience, *, sleep: Callable[[float], None] = time.sleep) -> T:
    """Return what `ask` returns, asked again while the server is away or busy.

    Raises:
        Exception: What `ask` raised last, or at once what asking again would not change.
    """
    failures = 0
    while True:
        try:
            return ask()
        except Exception as error:
            failures += 1
            wished_s = _passing(error)
            if wished_s is None or failures >= patience.attempts:
                raise
            # A server that says how long it wants to be left alone is believed, within our own bound.
            sleep(max(patience.wait_s(failures), min(wished_s, patience.longest_s)))


def _passing(error: Exception) -> float | None:
    """Return the seconds that a server asks for where the trouble may pass, 0 without any; None where it will not."""
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    if isinstance(error, ResourceExhaustedResponse):
        return float(error.retry_after_s)
    if isinstance(error, UnexpectedResponse):
        code = error.status_code or 0
        return 0.0 if code == HTTPStatus.TOO_MANY_REQUESTS or code >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    if isinstance(error, ResponseHandlingException):
        # What the connection raised; an answer that makes no sense (ValidationError) is a ValueError.
        return None if isinstance(error.source, ValueError) else 0.0
    return 0.0 if isinstance(error, OSError) else None

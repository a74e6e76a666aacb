"""A library for one process alone: whoever only answers for it (`egosearch serve`) is asked to let it go."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from egosearch.errors import LibraryLockedError
from egosearch.owner.connection import reach
from egosearch.owner.patience import patiently

T = TypeVar("T")


def insistently(folder: Path, attempt: Callable[[], T]) -> T:
    """Return what an attempt to open the library in a folder returns, made again for a while where it is locked.

    Raises:
        LibraryLockedError: Who has it does not let go.
    """

    def ask_and_attempt() -> T:
        try:
            return attempt()
        except LibraryLockedError:
            owner = reach(folder)
            if owner is not None:
                with closing(owner), suppress(ConnectionError):  # it may have let go already
                    owner.ask("hand_over")
            raise

    return patiently(ask_and_attempt)

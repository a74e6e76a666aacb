"""`egosearch serve`: keep a library open, so that what asks it next need not open anything."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from egosearch.cli import options
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say
from egosearch.errors import EgosearchError, LibraryLockedError

EXAMPLES = """\b
Examples:
  egosearch serve &
  egosearch serve --library ~/holidays"""
AWAY_S = 1.0
"""How long the library is left alone for whoever wants to write to it, before it is tried again."""


def serve(library: LibraryOption = None) -> None:
    """Keep a library open, for quick answers.

    Other commands notice and ask this process. While `egosearch index` writes to the library, that one answers instead,
    and this one waits. Ctrl-C ends it.
    """
    # For reading: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True) as opened:
        folder = opened.path
    with _until_stopped() as is_stopped:
        is_waiting = False
        while not is_stopped.is_set():
            try:
                _own(folder, is_stopped)
                is_waiting = False
            except LibraryLockedError as error:
                if not is_waiting:
                    say(f"Waiting: {error}.")
                is_waiting = True
            is_stopped.wait(AWAY_S)
    say("Stopped.")


def _own(folder: Path, is_stopped: threading.Event) -> None:
    """Answer for the library until this is to stop, or somebody else wants to write to it."""
    from egosearch.owner.opening import own_library
    from egosearch.types import Query

    is_over = threading.Event()

    def let_go() -> bool:
        is_over.set()
        return True

    with own_library(folder, insists=False) as opened:
        opened.on_hand_over = let_go
        with suppress(EgosearchError):  # whoever asks is told
            opened.answer(Query("warm up", limit=1))
        say(f"Answering for {folder}; press Ctrl-C to end.")
        while not (is_over.wait(0.2) or is_stopped.is_set()):
            pass


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Turn Ctrl-C and a request to terminate into an event."""
    is_stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        is_stopped.set()

    if threading.current_thread() is not threading.main_thread():  # where handlers cannot be set
        yield is_stopped
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield is_stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

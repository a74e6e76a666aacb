"""`egosearch serve`: keep a library open, so that what asks it next need not open anything."""

import signal
import threading
from contextlib import suppress
from pathlib import Path

from egosearch.cli import options
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say
from egosearch.cli.signals import on_signals
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
    is_stopped = threading.Event()
    with on_signals(is_stopped.set, signal.SIGINT, signal.SIGTERM):
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

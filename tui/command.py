"""The entry point behind `egosearch tui`."""

import os
import sys
from contextlib import AbstractContextManager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from egosearch.owner.shared import SharedLibrary
    from tui.source import Ways

IDLE_S = 2.0
"""How long the browser keeps the library open after its last question."""


def launch(library: Path) -> None:
    """Browse the library in a folder until the user quits.

    Raises:
        LibraryError: There is no library there, or it cannot be opened.
    """
    from egosearch.owner.opening import open_library
    from tui.app import Browser

    # An idle browser lets the library go after a while, so that `index` can have it.
    with open_library(library, read_only=True, idle_s=IDLE_S) as opened:
        Browser(opened, ways_to(opened)).run()


def ways_to(opened: "SharedLibrary") -> "Ways":
    """Return the ways to change a library that this process reads.

    A process has the catalogue open for reading or for writing, not both: what is open is closed first. It opens again
    with the next question, by then through the run that owns the library, where there is one.
    """
    from multiprocessing import resource_tracker

    from egosearch.cli.sessions import default_session
    from egosearch.owner.opening import open_library, own_library
    from tui.source import Indexable, Ways, Writable

    def writing() -> AbstractContextManager[Writable]:
        opened.close()
        return open_library(opened.path)

    def owning() -> AbstractContextManager[Indexable]:
        # Worker processes need Python's resource tracker, which wants a standard error with a number; the browser's has
        # none, so it is started with the real one.
        with redirect_stderr(sys.__stderr__):
            resource_tracker.ensure_running()
        opened.close()
        return own_library(opened.path)

    return Ways(writing, owning, os.environ.get("EGOSEARCH_SESSION") or default_session())

"""The entry point behind `egosearch tui`."""

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.errors import LibraryError

if TYPE_CHECKING:
    from egosearch.owner.shared import SharedLibrary
    from tui.source import Ways

IDLE_S = 2.0
"""How long the browser keeps the library open after its last question."""


def launch(library: Path, *, serve_at: tuple[str, int] | None = None, announce: Callable[[str], None] = print) -> None:
    """Browse the library in a folder until the user quits.

    Args:
        library: The folder.
        serve_at: Show it in a web browser instead: the loopback address and the port, 0 for a free one.
        announce: Is told the URL to open then, which is a secret.

    Raises:
        LibraryError: There is no library there, or it cannot be opened, or the extra `serve` is not installed.
        EgosearchError: The port is not to be had.
    """
    from egosearch.owner.opening import open_library

    # An idle browser lets the library go after a while, so that `index` can have it.
    with open_library(library, read_only=True, idle_s=IDLE_S) as opened:
        if serve_at is None:
            _show(opened)
            return
    # That there is a library is known; each tab opens it for itself.
    _serve(opened.path, serve_at, announce)


def _show(opened: "SharedLibrary") -> None:
    from tui.app import Browser
    from tui.pictures.terminal import pictures_here
    from tui.responsive import prefer_the_screen

    prefer_the_screen()
    Browser(opened, ways_to(opened), pictures=pictures_here()).run()


def _serve(folder: Path, at: tuple[str, int], announce: Callable[[str], None]) -> None:
    try:
        from tui.serving.server import serve
    except ImportError as error:
        remedy = "install it with `pip install 'egosearch[serve]'`"
        raise LibraryError(f"what serves the browser is not installed here ({error.name}); {remedy}") from error
    serve(folder, *at, announce)


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

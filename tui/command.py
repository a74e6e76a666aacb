"""The entry point behind `egosearch tui`."""

from pathlib import Path

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
        Browser(opened).run()

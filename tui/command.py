"""The entry point behind `egosearch tui`."""

from pathlib import Path


def launch(library: Path) -> None:
    """Browse the library in a folder until the user quits.

    Raises:
        LibraryError: There is no library there, or it cannot be opened.
    """
    from egosearch.library import Library
    from tui.app import Browser

    with Library.open(library, read_only=True) as opened:
        Browser(opened).run()

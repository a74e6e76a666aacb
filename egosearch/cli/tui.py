"""`egosearch tui`: open the browser, which is found by name so that nothing here imports it."""

from egosearch.cli import options
from egosearch.cli.options import LibraryOption
from egosearch.errors import LibraryError

EXAMPLES = """\b
Examples:
  egosearch tui
  egosearch tui --library ~/holidays"""
GROUP = "egosearch.front_ends"


def tui(library: LibraryOption = None) -> None:
    """Browse and search on a full screen.

    Type what you remember, walk with the arrow keys, open a moment with Enter; `?` lists the keys.
    """
    from importlib.metadata import entry_points

    folder = options.library_folder(library)
    found = list(entry_points(group=GROUP, name="tui"))
    if not found:
        raise LibraryError("the browser is not installed; reinstall with `pip install egosearch`")
    try:
        launch = found[0].load()
    except ImportError as error:
        raise LibraryError(f"the browser cannot be loaded ({error}); reinstall with `pip install egosearch`") from error
    launch(folder)

"""The browser: one library, one thread to ask it in, and the screens."""

from textual.app import App

from tui.screens.search import SearchScreen
from tui.source import LibraryThread, Source


class Browser(App[None]):
    """Search a library by text and look at what was found."""

    TITLE = "egosearch"
    CSS_PATH = "browser.tcss"
    # Textual declares these so that mypy takes them for instance variables; hence no ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-normal"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (42, "-roomy")]  # noqa: RUF012

    def __init__(self, library: Source, *, debounce_s: float = 0.25) -> None:
        """Browse a library, which the caller opened and closes.

        Args:
            library: What to browse.
            debounce_s: How long to wait after a key before searching.
        """
        super().__init__()
        self.asking = LibraryThread(library)
        self.debounce_s = debounce_s

    def on_mount(self) -> None:
        """Begin with the search."""
        self.push_screen(SearchScreen(self.asking, debounce_s=self.debounce_s))

    def on_unmount(self) -> None:
        """Let the last call end before the library is closed."""
        self.asking.close()

"""The browser: one library, one thread to ask it in, and the screens."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.indexing import Indexing
from tui.pictures.showing import PictureApp
from tui.pictures.terminal import Pictures
from tui.responsive import IDLE_S, Tidying
from tui.screens.saving import SavingScreen
from tui.screens.search import SearchScreen
from tui.source import NO_WAYS, LibraryThread, Source, Ways


class Browser(PictureApp):
    """Search a library by text and look at what was found."""

    TITLE = "egosearch"
    CSS_PATH = "browser.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "theme", "Light or dark", tooltip="change between a light and a dark screen", show=False),
    ]
    # Textual declares these so that mypy takes them for instance variables; hence no ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-normal"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (42, "-roomy")]  # noqa: RUF012

    def __init__(
        self, library: Source, ways: Ways = NO_WAYS, *, debounce_s: float = 0.25, pictures: Pictures | None = None
    ) -> None:
        """Browse a library, which the caller opened and closes.

        Args:
            library: What to browse.
            ways: How to change it.
            debounce_s: How long to wait after a key before searching.
            pictures: How the terminal can show them; None for half blocks.
        """
        super().__init__(pictures)
        self.asking = LibraryThread(library, ways)
        self.indexing = Indexing(self.asking)
        self.debounce_s = debounce_s
        self._tidying = Tidying()

    def on_mount(self) -> None:
        """Begin with the search."""
        self.set_interval(IDLE_S / 2, self._tidying.tidy)
        self.push_screen(SearchScreen(self.asking, self.indexing, debounce_s=self.debounce_s))

    async def on_event(self, event: events.Event) -> None:
        """Note that the browser is used, then do what every app does."""
        if isinstance(event, events.InputEvent):
            self._tidying.used()
        await super().on_event(event)

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer, besides what every Textual program has, all that the screen has a key for."""
        yield from super().get_system_commands(screen)
        if isinstance(screen, SavingScreen):
            yield from screen.commands()
        offered = set()
        for _, binding, is_enabled, _ in screen.active_bindings.values():
            if binding.tooltip and is_enabled and binding.action not in offered:
                offered.add(binding.action)
                title = f"{binding.description} ({self.get_key_display(binding)})"
                yield SystemCommand(title, binding.tooltip, _running(screen, binding.action))

    def on_unmount(self) -> None:
        """Let the last call end before the library is closed."""
        self.indexing.stop()
        self.asking.close()


def _running(screen: Screen[Any], action: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await screen.run_action(action)

    return run

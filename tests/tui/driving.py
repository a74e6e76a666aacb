"""Driving the browser: press, wait for its workers, read the screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from egosearch.types import Moment
from tests.tui.fake_library import FakeLibrary
from tui.app import Browser
from tui.screens.search import SearchScreen
from tui.widgets.hint import Hint
from tui.widgets.moments_list import MomentsList
from tui.widgets.notice import Notice


class Driver:
    """A browser under test."""

    def __init__(self, app: Browser, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until no worker is left; one worker's end may start another."""
        await self.pilot.pause()
        while busy := [worker for worker in self.app.workers if not worker.is_finished]:
            await self.app.workers.wait_for_complete(busy)
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, then settle."""
        await self.pilot.press(*keys)
        await self.settle()

    async def ask(self, text: str) -> None:
        """Type a query; each key would search, so it is put in at once as pasting does."""
        self.search.query_bar.value = text
        self.search.query_bar.cursor_position = len(text)
        await self.settle()

    @property
    def search(self) -> SearchScreen:
        """The search screen, whatever lies over it."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, SearchScreen))

    def shows(self, screen: type[Screen[Any]]) -> bool:
        """Whether such a screen is on top."""
        return isinstance(self.app.screen, screen)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments listed."""
        return self.search.query_one(MomentsList).moments

    @property
    def notice(self) -> str:
        """What stands in place of moments."""
        return self.search.query_one(Notice).said

    @property
    def notifications(self) -> list[str]:
        """What was notified, oldest first."""
        return [one.message for one in self.app._notifications]

    @property
    def hint(self) -> str:
        """The line below the query."""
        return self.search.query_one(Hint).said

    @property
    def screen_text(self) -> str:
        """The terminal as text, one line a row."""
        return text_of(self.app)


def text_of(app: App[None], widget: Widget | None = None) -> str:
    """Return what is on the terminal, or in a widget's part of it."""
    region = widget.region if widget else Region(0, 0, *app.size)
    rows = ["".join(segment.text for segment in row) for row in app.screen._compositor.render_strips()]
    return "\n".join(row[region.x : region.right] for row in rows[region.y : region.bottom])


@asynccontextmanager
async def browsing(library: FakeLibrary, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Driver]:
    """Open the browser on a library in a terminal of so many columns and rows."""
    app = Browser(library, library.ways(), debounce_s=0)
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        yield driver

"""Saved queries in the browser: saved with a key, offered while typing and in the command palette."""

import pytest
from textual.widgets import Input

from egosearch.errors import LibraryError
from egosearch.printable import plain
from egosearch.saved.types import SavedQuery
from tests.tui.driving import browsing
from tests.tui.fake_library import MOMENTS, WHEN, FakeLibrary
from tui.screens.saving import NameScreen
from tui.screens.search import SearchScreen

WATER = SavedQuery("Kitchen water", "water in:kitchen.mp4", WHEN)


async def test_what_is_typed_is_saved_under_a_name() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.ask("alarm  in:kitchen.mp4")
        await driver.press("ctrl+s")
        assert driver.shows(NameScreen)
        assert driver.app.screen.query_one(Input).value == "alarm in:kitchen.mp4", "the line is the proposal"
        driver.app.screen.query_one(Input).value = "beeps"
        await driver.press("enter")
        assert driver.shows(SearchScreen)
        assert [(one.name, one.line) for one in library.saved] == [("beeps", "alarm in:kitchen.mp4")]
        assert driver.search.query_bar.known.saved == tuple(library.saved), "it is offered from now on"
        assert driver.notifications[-1].startswith("Saved “beeps”")


async def test_a_name_that_is_taken_is_given_twice() -> None:
    library = FakeLibrary(saved=[WATER])
    async with browsing(library) as driver:
        await driver.ask("alarm")
        await driver.press("ctrl+s")
        driver.app.screen.query_one(Input).value = "kitchen  WATER"
        await driver.press("enter")
        assert driver.shows(NameScreen)
        assert "“Kitchen water” is water in:kitchen.mp4 already; Enter replaces" in driver.screen_text
        assert library.saved == [WATER]
        await driver.press("enter")
        assert [(one.name, one.line) for one in library.saved] == [("kitchen WATER", "alarm")]


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_nothing_is_saved_without_a_name_or_a_query(size: tuple[int, int]) -> None:
    library = FakeLibrary()
    async with browsing(library, size) as driver:
        await driver.press("ctrl+s")
        assert driver.shows(SearchScreen)
        assert driver.notifications == ["There is no query to save; type one first."]
        await driver.ask("alarm")
        await driver.press("ctrl+s")
        driver.app.screen.query_one(Input).value = " "
        await driver.press("enter")
        assert "the name is empty" in driver.screen_text
        await driver.press("escape")
        assert driver.shows(SearchScreen)
        assert library.saved == []


async def test_what_the_library_refuses_is_told() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.ask("alarm")
        library.error = LibraryError("the disk is full")
        await driver.press("ctrl+s", "enter")
        assert driver.notifications[-1] == "the disk is full"


async def test_its_name_and_tab_bring_a_query_back() -> None:
    async with browsing(FakeLibrary(saved=[WATER])) as driver:
        await driver.press(*"kit")
        assert driver.hint == "Tab Kitchen water water in:kitchen.mp4"
        await driver.press("tab")
        assert driver.search.query_bar.value == "water in:kitchen.mp4"
        assert list(driver.moments) == [MOMENTS[2]]


async def test_an_empty_line_offers_all() -> None:
    async with browsing(FakeLibrary(saved=[WATER])) as driver:
        await driver.press("tab")
        assert driver.search.query_bar.value == WATER.line


async def test_the_palette_asks_it() -> None:
    hostile = SavedQuery("evil\x1b[31m", "beep", WHEN)
    async with browsing(FakeLibrary(saved=[WATER, hostile])) as driver:
        commands = {one.title: one for one in driver.app.get_system_commands(driver.app.screen)}
        assert f"Saved: {plain(hostile.name)}" in commands
        commands["Saved: Kitchen water"].callback()
        await driver.settle()
        assert driver.search.query_bar.value == WATER.line
        assert list(driver.moments) == [MOMENTS[2]]
        assert driver.app.focused is driver.search.moments

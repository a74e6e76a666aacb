"""Notes in the browser: written with one key, shown where they are about, and deleted."""

from dataclasses import replace

import pytest
from textual.widgets import Input, OptionList, Static

from egosearch.errors import LibraryError
from egosearch.notes.types import Note
from indexers.types import Span
from tests.tui.driving import Driver, browsing
from tests.tui.fake_library import MOMENTS, WHEN, FakeLibrary
from tui.screens.moment import MomentScreen
from tui.screens.noting import NoteScreen
from tui.screens.search import SearchScreen

BEEP = MOMENTS[0]
CAKE = Note("a" * 12, BEEP.recording_id, BEEP.span, "Anna's [b]cake", ("party",), WHEN)
ELSEWHERE = Note("b" * 12, BEEP.recording_id, Span(400, 410), "elsewhere", (), WHEN)


async def write(driver: Driver, text: str) -> None:
    """Open the question, and answer it."""
    await driver.press("a")
    assert driver.shows(NoteScreen)
    driver.app.screen.query_one(Input).value = text
    await driver.press("enter")


async def test_a_note_is_written_with_its_tags_and_shown() -> None:
    library = FakeLibrary()
    async with browsing(library, (140, 45)) as driver:
        await driver.ask("alarm")
        await driver.press("enter")
        await write(driver, "Anna's cake #Party, cut at last")
        assert driver.shows(SearchScreen)
        [note] = library.noted
        assert (note.recording_id, note.span) == (BEEP.recording_id, BEEP.span)
        assert (note.text, note.tags) == ("Anna's cake, cut at last", ("party",))
        assert "noted: “Anna's cake, cut at last” #party" in driver.screen_text
        assert driver.search.query_bar.known.tags == ("party",), "the query completes it from now on"


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_the_moment_shows_what_is_noted_there_and_nothing_else(size: tuple[int, int]) -> None:
    async with browsing(FakeLibrary(noted=[CAKE, ELSEWHERE]), size) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "enter")
        assert driver.shows(MomentScreen)
        assert "noted: “Anna's [b]cake” #party" in driver.screen_text
        assert "elsewhere" not in driver.screen_text


async def test_elsewhere_in_the_recording_the_note_is_about_that_place() -> None:
    library = FakeLibrary(noted=[CAKE])
    async with browsing(library) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "enter", "shift+right")
        await write(driver, "here")
        assert library.noted[-1].text == "here"
        assert library.noted[-1].span.start_s > BEEP.span.end_s
        assert "noted: “here”" in driver.screen_text
        await driver.press("m")
        assert "noted: “here”" not in driver.screen_text
        assert "noted: “Anna's [b]cake”" in driver.screen_text


async def test_a_note_is_deleted() -> None:
    library = FakeLibrary(noted=[CAKE, ELSEWHERE])
    async with browsing(library, (140, 45)) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "a")
        assert driver.app.screen.query_one(OptionList).option_count == 1
        await driver.press("down", "delete")
        assert library.noted == [ELSEWHERE]
        assert "noted:" not in driver.screen_text
        assert driver.search.query_bar.known.tags == ()


async def test_what_cannot_be_noted_is_said_and_what_was_typed_stays() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.ask("alarm")
        await driver.press("enter")
        await write(driver, "cake #a,b")
        assert driver.shows(NoteScreen)
        assert "one word without commas" in str(driver.app.screen.query_one("#wrong", Static).content)
        assert driver.app.screen.query_one(Input).value == "cake #a,b"
        await driver.press("escape")
        assert library.noted == []
        await write(driver, "  ")
        assert "the note is empty" in str(driver.app.screen.query_one("#wrong", Static).content)


async def test_what_the_library_refuses_is_told() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.ask("alarm")
        await driver.press("enter")
        library.error = LibraryError("kitchen.mp4 is still being recorded")
        await write(driver, "cake")
        assert "kitchen.mp4 is still being recorded" in driver.notifications
        assert library.noted == []


async def test_without_a_moment_there_is_nothing_to_note() -> None:
    async with browsing(FakeLibrary(near_misses=())) as driver:
        await driver.ask("zebra")
        await driver.press("enter", "a")
        assert driver.shows(SearchScreen)


async def test_a_moment_that_only_a_note_tells_of_is_drawn_like_any() -> None:
    noted = replace(BEEP, evidence=(), notes=(CAKE,))
    library = FakeLibrary(moments=(noted,), noted=[CAKE])
    async with browsing(library, (80, 24)) as driver:
        await driver.ask("tag:party")
        assert driver.moments == (noted,)
        assert library.queries[-1].where.tags == frozenset({"party"})
        assert "noted “Anna's [b]cake” #party" in driver.screen_text
        await driver.press("enter", "enter")
        assert driver.shows(MomentScreen)
        assert "noted: “Anna's [b]cake” #party" in driver.screen_text
        await driver.press("r")
        assert "there for its notes" in driver.notifications[-1]

"""The day of a recording in the library screen, and going on into the recordings around one."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from egosearch.errors import LibraryError
from egosearch.types import Place, RecordingSummary
from indexers.types import Modality, Span
from tests.tui.driving import Driver, browsing
from tests.tui.fake_library import DURATION_S, HIGHLIGHTS, WHEN, FakeLibrary
from tui.screens.library import LibraryScreen
from tui.screens.moment import MomentScreen
from tui.screens.search import SearchScreen
from tui.widgets.day_strip import DayStrip, entry, fit


@dataclass
class DatedLibrary(FakeLibrary):
    """Its recordings follow each other; the last one is of another day, and one has no time."""

    def recordings(self) -> list[RecordingSummary]:
        minutes = {"kitchen.mp4": 0, "garden.mp4": 13, "later.mp4": 24 * 60}
        return [
            replace(one, recorded_at=WHEN + timedelta(minutes=minutes[one.path.name]))
            if one.path.name in minutes
            else replace(one, recorded_at=None)
            for one in super().recordings()
        ]


NAMES = ("kitchen.mp4", "garden.mp4", "later.mp4", "old.mp4")


async def opened(driver: Driver) -> DayStrip:
    await driver.ask("alarm")
    await driver.press("enter", "l")
    return driver.app.screen.query_one(DayStrip)


async def at_a_moment(driver: Driver) -> MomentScreen:
    await driver.ask("alarm")
    await driver.press("enter", "enter")
    assert isinstance(driver.app.screen, MomentScreen)
    return driver.app.screen


async def test_the_chosen_recordings_day_is_shown() -> None:
    async with browsing(DatedLibrary(names=NAMES), (80, 24)) as driver:
        strip = await opened(driver)
        assert "Saturday 2026-11-21: 2 recordings, 20 min 00 s; what stands out:" in driver.screen_text
        assert " heard   14:03 alarm clock   14:07 dog" in driver.screen_text
        assert " seen    14:04 lawn mower" in driver.screen_text
        await driver.press("down", "down")
        assert "Sunday 2026-11-22: 1 recording" in driver.screen_text
        await driver.press("down")
        assert "Nobody knows on which day this was recorded." in driver.screen_text
        assert strip.shown == ()


async def test_a_sound_of_the_day_is_opened_and_more_of_it_is_found() -> None:
    library = DatedLibrary(names=NAMES)
    async with browsing(library) as driver:
        strip = await opened(driver)
        await driver.press("g")
        assert driver.app.focused is strip
        assert "▸14:03 alarm clock" in driver.screen_text
        await driver.press("right", "right", "left", "right", "right")
        assert strip.selected == HIGHLIGHTS[2]
        await driver.press("enter")
        screen = driver.app.screen
        assert isinstance(screen, MomentScreen)
        assert screen.moment == HIGHLIGHTS[2]
        assert (screen.query_asked.text, screen.query_asked.modalities) == ("Dog, hound", frozenset({Modality.AUDIO}))
        await driver.press("escape")
        assert driver.shows(LibraryScreen)
        await driver.press("enter", "e")
        assert driver.shows(SearchScreen)
        assert library.queries[-1].like == Place("garden.mp4", 301.5)


async def test_a_click_opens_what_was_clicked_and_g_leads_back() -> None:
    async with browsing(DatedLibrary(names=NAMES)) as driver:
        strip = await opened(driver)
        await driver.pilot.click(strip, offset=(12, 2))
        await driver.settle()
        assert isinstance(driver.app.screen, MomentScreen)
        assert driver.app.screen.moment == HIGHLIGHTS[1]
        await driver.press("escape")
        strip.focus()
        await driver.press("g")
        assert driver.app.focused is not strip


async def test_a_day_that_cannot_be_read_is_told() -> None:
    async with browsing(DatedLibrary(names=NAMES, day_error=LibraryError("the cache [is] gone"))) as driver:
        await opened(driver)
        assert "the cache [is] gone" in driver.screen_text


async def test_vectors_on_a_server_are_not_fetched_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    library = DatedLibrary(names=NAMES)
    on_a_server = [replace(one, size_bytes=None) for one in library.spaces()]
    monkeypatch.setattr(library, "spaces", lambda: on_a_server)
    async with browsing(library) as driver:
        await opened(driver)
        assert "The vectors are on a server; `egosearch day 2026-11-21` fetches" in driver.screen_text


async def test_what_was_removed_is_no_longer_of_the_day() -> None:
    async with browsing(DatedLibrary(names=NAMES)) as driver:
        await opened(driver)
        await driver.press("d", "y")
        assert "2026-11-21: 1 recording, 10 min 00 s" in driver.screen_text


def test_where_there_is_no_room_the_weakest_are_left_out() -> None:
    first, second, third = HIGHLIGHTS
    widths = [len(entry(one)) for one in HIGHLIGHTS]
    assert fit(HIGHLIGHTS, sum(widths) + 4) == [first, second, third]
    assert fit(HIGHLIGHTS, sum(widths) + 3) == [first, second]
    assert fit(HIGHLIGHTS, widths[0]) == [first]
    assert fit(HIGHLIGHTS, 3) == []


async def test_one_goes_on_into_the_recording_that_follows_and_back() -> None:
    async with browsing(DatedLibrary(names=NAMES), (120, 40)) as driver:
        screen = await at_a_moment(driver)
        found = screen.moment
        await driver.press("right_curly_bracket")
        assert driver.notifications[-1] == "Now in garden.mp4, the next recording: 3 min 00 s between them."
        assert (screen.moment.recording_id, screen.at_s) == ("garden.mp4", 0.0)
        assert "garden.mp4  0:00–0:01 · 2026-11-21 14:15:31 · beyond the answer; m leads back" in driver.screen_text
        await driver.press("right", "right")
        assert screen.moment.span == Span(29.0, 31.0), "what is played, cut and noted is what is looked at"
        await driver.press("right_square_bracket")
        assert driver.notifications[-1] == "This is the last one here in time."
        await driver.press("left_square_bracket")
        assert (screen.moment.span.start_s, screen.beyond) == (12.5, None)
        await driver.press("left_curly_bracket")
        assert (screen.moment.recording_id, screen.at_s) == ("kitchen.mp4", DURATION_S)
        await driver.press("left_curly_bracket")
        assert driver.notifications[-1] == "No recording of this library was begun earlier."
        await driver.press("m")
        assert screen.moment.recording_id == "garden.mp4"
        await driver.press("up")
        assert screen.moment == found


async def test_at_the_end_of_a_recording_it_is_said_how_to_go_on() -> None:
    async with browsing(DatedLibrary(names=NAMES)) as driver:
        screen = await at_a_moment(driver)
        await driver.press("shift+right", "shift+right", "right")
        assert screen.at_s == DURATION_S
        told = [one for one in driver.notifications if one.startswith("This is the end of kitchen.mp4")]
        assert told == ["This is the end of kitchen.mp4; } goes on in the next recording."]


async def test_without_a_wall_clock_nothing_follows() -> None:
    library = DatedLibrary(names=("old.mp4", *NAMES))
    library.moments = tuple(replace(one, recording_id="old.mp4") for one in library.moments)
    async with browsing(library) as driver:
        await at_a_moment(driver)
        await driver.press("right_curly_bracket")
        assert driver.notifications[-1].startswith("nobody knows when old.mp4 was made")

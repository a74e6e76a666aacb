from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import Input

from egosearch.errors import LibraryError, MediaError
from indexers.types import Modality, Span
from tests.tui.driving import Driver, browsing, text_of
from tests.tui.fake_library import DURATION_S, MOMENTS, FakeLibrary
from tui.screens.moment import MomentScreen
from tui.screens.search import SearchScreen
from tui.widgets.filmstrip import FRAMES, Filmstrip
from tui.widgets.preview import Preview
from tui.widgets.timeline import GUTTER, PEAK, Timeline

SEEN_S = 68.6
"""The middle of where the first moment is seen."""


async def opened(driver: Driver) -> MomentScreen:
    await driver.ask("alarm")
    await driver.press("enter", "enter")
    assert isinstance(driver.app.screen, MomentScreen)
    return driver.app.screen


async def test_enter_opens_a_moment_with_all_there_is_to_know() -> None:
    async with browsing(FakeLibrary(), (120, 40)) as driver:
        screen = await opened(driver)
        for expected in (
            "kitchen.mp4  █████▎ 87 % · 1:05–1:09 · 2026-11-21 14:02:31 · 1 of 3",
            "heard: alarm clock, beep",
            "stands out clearly from the rest of the",
            "high trust 92 %: the sound is clear here",
            "low trust 20 %: the picture here is too poor",
            "2.1 s later than it was heard",
            "said  1:06 “there goes the [b]timer”",
            "loudness",
            " together",
            " seen",
        ):
            assert expected in driver.screen_text, expected
        assert screen.query_one("#frame", Preview).has_picture
        frames = screen.query_one(Filmstrip).query(Preview)
        assert [frame.has_picture for frame in frames] == [True] * FRAMES


async def test_lag_is_seen_on_the_timeline_once_it_is_zoomed() -> None:
    async with browsing(FakeLibrary(), (120, 40)) as driver:
        screen = await opened(driver)
        for _ in range(5):
            await driver.press("plus")
        lines = text_of(driver.app, screen.query_one(Timeline)).splitlines()
        heard, seen = (next(line for line in lines if sense in line and "━" in line) for sense in ("heard", "seen"))
        assert heard.index("━") < seen.index("━") < heard.rindex("━") < seen.rindex("━")
        assert "2.1 s later" in seen


async def test_zooming_keeps_the_time_looked_at_and_whole_shows_all() -> None:
    async with browsing(FakeLibrary()) as driver:
        screen = await opened(driver)
        assert screen.view == Span(0.0, DURATION_S)
        await driver.press("plus", "plus")
        assert screen.view.duration_s == DURATION_S / 4
        assert screen.view.start_s <= SEEN_S <= screen.view.end_s
        await driver.press("minus")
        assert screen.view.duration_s == DURATION_S / 2
        await driver.press("0")
        assert screen.view == Span(0.0, DURATION_S)


async def test_arrows_walk_through_the_recording_and_home_comes_back() -> None:
    async with browsing(FakeLibrary()) as driver:
        screen = await opened(driver)
        assert screen.at_s == pytest.approx(SEEN_S)
        await driver.press("right")
        assert screen.at_s == pytest.approx(SEEN_S + DURATION_S / 40)
        assert "looking at 1:23.6" in driver.screen_text
        await driver.press("shift+left", "shift+left")
        assert screen.at_s == 0.0
        await driver.press("m")
        assert "looking at" not in driver.screen_text
        await driver.press("plus", "plus", "shift+right", "shift+right")
        assert screen.view.start_s <= screen.at_s <= screen.view.end_s


async def test_a_click_on_the_timeline_jumps_there() -> None:
    async with browsing(FakeLibrary()) as driver:
        screen = await opened(driver)
        timeline = screen.query_one(Timeline)
        width = timeline.size.width - GUTTER - PEAK
        left = timeline.content_region.x - timeline.region.x
        await driver.pilot.click(timeline, offset=(left + GUTTER + width // 2, 3))
        await driver.settle()
        assert screen.at_s == pytest.approx(DURATION_S / 2, abs=DURATION_S / width)


async def test_the_next_moments_by_rank_and_by_time() -> None:
    async with browsing(FakeLibrary()) as driver:
        screen = await opened(driver)
        await driver.press("right_square_bracket")
        assert screen.moment == MOMENTS[2]
        await driver.press("right_square_bracket")
        assert driver.notifications == ["This is the last one here in time."]
        await driver.press("up")
        assert screen.moment == MOMENTS[1]
        assert "garden.mp4" in driver.screen_text.splitlines()[0]
        assert "there is no transcript of this recording" in driver.screen_text
        await driver.press("up", "up")
        assert "This is the first moment." in driver.notifications


async def test_escape_goes_back_to_the_moments() -> None:
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        await driver.press("escape")
        assert driver.shows(SearchScreen)
        assert driver.app.focused is driver.search.moments


@pytest.mark.parametrize("error", [MediaError(Path("kitchen.mp4"), "gone", "index it again"), ZeroDivisionError("bug")])
async def test_broken_frames_are_sentences_and_the_rest_is_there(error: Exception) -> None:
    async with browsing(FakeLibrary(picture_error=error)) as driver:
        screen = await opened(driver)
        assert screen.query_one("#frame", Preview).sentence
        assert "heard: alarm clock" in driver.screen_text
        await driver.press("right", "plus", "down")
        assert screen.moment == MOMENTS[1]


async def test_right_and_wrong_are_marked_shown_and_taken_back() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await opened(driver)
        await driver.press("r")
        assert [(mark.query, mark.span, mark.is_right, mark.session) for mark in library.marked] == [
            ("alarm", MOMENTS[0].span, True, "here")
        ]
        assert "✓ right" in driver.screen_text.splitlines()[0]
        await driver.press("w")
        assert [mark.is_right for mark in library.marked] == [False]
        await driver.press("escape")
        assert "✗ wrong  kitchen.mp4" in driver.screen_text
        await driver.press("w")
        assert library.marked == []
        assert "✗ wrong" not in driver.screen_text


async def test_a_mark_that_cannot_be_kept_is_told() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await opened(driver)
        library.error = LibraryError("the disk is full; make room")
        await driver.press("r")
        assert driver.notifications == ["the disk is full; make room"]
        assert "✓ right" not in driver.screen_text


@pytest.mark.parametrize(("key", "sense", "at_s"), [("e", Modality.AUDIO, 67.0), ("v", Modality.VISUAL, SEEN_S)])
async def test_more_like_this_by_ear_and_by_eye(key: str, sense: Modality, at_s: float) -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await opened(driver)
        await driver.press(key)
        assert driver.shows(SearchScreen)
        like = library.queries[-1].like
        assert like is not None
        assert library.queries[-1].modalities == frozenset({sense})
        assert like.recording_id == "kitchen.mp4"
        assert like.time_s == pytest.approx(at_s)
        assert list(driver.moments) == [MOMENTS[2]]
        assert "1 moment like the one before" in driver.screen_text
        await driver.press("r")
        assert "Only an answer to words" in driver.notifications[-1]
        await driver.press("escape")
        assert list(driver.moments) == list(MOMENTS)


async def test_a_moment_is_saved_as_a_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        await driver.press("x")
        assert "Save the moment in which file?" in driver.screen_text
        await driver.press("enter")
        assert (tmp_path / "kitchen_1m05s-1m09s.mp4").read_text() == "kitchen.mp4"
        assert driver.notifications[-1] == f"Saved {tmp_path / 'kitchen_1m05s-1m09s.mp4'}"
        await driver.press("x", "enter")
        assert "is there already" in driver.notifications[-1]
        await driver.press("x", "escape")
        assert driver.shows(MomentScreen)


async def test_a_moment_is_saved_as_it_was_recorded_where_that_is_asked_for(tmp_path: Path) -> None:
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        await driver.press("x")
        driver.app.screen.query_one(Input).value = str(tmp_path / "timer.mp4")
        assert "no: encode it" in driver.screen_text
        await driver.press("tab", "space")
        assert "yes, from the key frame before" in driver.screen_text
        await driver.press("shift+tab", "enter")
        assert (tmp_path / "timer.mp4").read_text() == "kitchen.mp4, copied"


async def test_all_moments_are_saved_as_a_contact_sheet(tmp_path: Path) -> None:
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        await driver.press("x")
        driver.app.screen.query_one(Input).value = str(tmp_path / "sheet.png")
        await driver.press("enter")
        assert driver.notifications[-1] == f"Saved {tmp_path / 'sheet.png'}"
        with Image.open(tmp_path / "sheet.png") as sheet:
            assert sheet.width > sheet.height > 0


async def test_copy_takes_the_time_looked_at() -> None:
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        await driver.press("y")
        assert driver.app.clipboard == "/recordings/kitchen.mp4@1:05.0"
        await driver.press("right", "y")
        assert driver.app.clipboard == "/recordings/kitchen.mp4@1:23.6"


async def test_what_was_marked_before_in_this_session_is_shown() -> None:
    library = FakeLibrary()
    library.mark(MOMENTS[1], "alarm", is_right=True, session="here")
    library.mark(MOMENTS[2], "alarm", is_right=True, session="another")
    async with browsing(library) as driver:
        await driver.ask("alarm")
        assert driver.screen_text.count("✓ right") == 1
        assert "✓ right  garden.mp4" in driver.screen_text


async def test_what_follows_is_told_from_its_own_step() -> None:
    first, then = MOMENTS[0].evidence, MOMENTS[1].evidence
    both = replace(MOMENTS[0], evidence=(*first, *(replace(one, step=1) for one in then)))
    async with browsing(FakeLibrary(moments=(both,)), (120, 48)) as driver:
        await opened(driver)
        for expected in ("then heard: alarm, dog barking", "→heard", "→seen"):
            assert expected in driver.screen_text
        assert "then seen: lawn mower" not in driver.screen_text
        await driver.press("pagedown")
        assert "then seen: lawn mower\n" in "\n".join(line.rstrip() for line in driver.screen_text.splitlines())
        assert driver.screen_text.count("later than it was heard") >= 1

from pathlib import Path

from egosearch.errors import QueryError
from egosearch.typed import History
from tests.tui.driving import browsing
from tests.tui.fake_library import MOMENTS, FakeLibrary
from tui.widgets.hint import USUAL


async def test_conditions_narrow_the_moments() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.ask("alarm in:kitchen.mp4")
        assert list(driver.moments) == [MOMENTS[0], MOMENTS[2]]
        await driver.ask('alarm in:kitchen.mp4 not:"water tap" audio:0.5')
        assert list(driver.moments) == [MOMENTS[0]]
        assert (library.queries[-1].session, dict(library.queries[-1].weights)) == ("here", {"audio": 0.5})


async def test_a_wrong_condition_is_told_and_the_moments_stay() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await driver.ask("alarm")
        asked = len(library.asked)
        await driver.ask("alarm since:blursday")
        assert driver.hint.startswith("✗ ")
        assert "blursday" in driver.hint
        assert driver.moments == MOMENTS
        assert "3 moments" in driver.screen_text
        await driver.ask("alarm within:nine")
        assert driver.hint.endswith("is not a number; write one such as within:30")
        assert len(library.asked) == asked
        await driver.ask("alarm in:kitchen.mp4")
        assert driver.hint == USUAL


async def test_what_the_engine_refuses_is_told_in_the_querys_own_words() -> None:
    library = FakeLibrary(error=QueryError("what follows (--then) needs a time; say how soon: --within 30"))
    async with browsing(library) as driver:
        await driver.ask("alarm then:oven")
        assert driver.hint == "✗ what follows (then:) needs a time; say how soon: within:30"
        assert not driver.notifications


async def test_tab_completes_keys_and_then_walks_through_values() -> None:
    async with browsing(FakeLibrary()) as driver:
        bar = driver.search.query_bar
        await driver.press(*"alarm i")
        assert driver.hint == "Tab in: only in this recording"
        await driver.press("tab")
        assert bar.value == "alarm in:"
        assert driver.hint == "Tab in:garden.mp4 · in:kitchen.mp4"
        await driver.press("tab", "tab")
        assert bar.value == "alarm in:kitchen.mp4 "
        assert list(driver.moments) == [MOMENTS[0], MOMENTS[2]]
        await driver.press("tab")
        assert bar.value == "alarm in:garden.mp4 "
        await driver.press("n", "o", "t", "tab")
        assert bar.value == "alarm in:garden.mp4 not:"


async def test_a_half_typed_name_is_wrong_and_offered_at_once() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.press(*"alarm in:kit")
        assert driver.hint.startswith("Tab in:kitchen.mp4  ✗ no recording matches 'kit'")


async def test_tab_goes_on_where_there_is_nothing_to_complete() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("tab")
        assert driver.app.focused is driver.search.moments


async def test_up_brings_back_what_was_asked_and_down_leads_on() -> None:
    async with browsing(FakeLibrary()) as driver:
        bar = driver.search.query_bar
        for asked in ("alarm", "beep"):
            await driver.ask(asked)
            await driver.press("enter", "slash")
        await driver.ask("wat")
        await driver.press("up", "up")
        assert bar.value == "alarm"
        assert driver.moments == MOMENTS
        await driver.press("down", "down")
        assert bar.value == "wat"
        assert not driver.search.moments.has_focus
        await driver.press("down")
        assert driver.search.moments.has_focus


async def test_what_was_asked_is_kept_in_the_library(tmp_path: Path) -> None:
    library = FakeLibrary(path=tmp_path)
    async with browsing(library) as driver:
        await driver.ask("alarm")
        await driver.press("enter")
    assert History(library.path).lines == ("alarm",)


async def test_what_is_offered_and_what_is_wrong_belong_to_the_line_shown() -> None:
    async with browsing(FakeLibrary()) as driver:
        await driver.ask("alarm")
        await driver.press("enter", "slash")
        for typed in ("beep i", "beep since:blursday"):
            await driver.ask(typed)
            assert driver.hint != USUAL
            await driver.press("up")
            assert driver.hint == USUAL
        await driver.press("tab")
        assert driver.search.query_bar.value == "alarm"
        assert driver.search.moments.has_focus

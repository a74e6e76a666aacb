import asyncio
from dataclasses import replace
from pathlib import Path

from egosearch.errors import LibraryError
from egosearch.indexing.types import IndexProgress
from tests.tui.driving import Driver, browsing
from tests.tui.fake_library import FakeLibrary
from tui.screens.asking import FolderScreen
from tui.screens.library import LibraryScreen
from tui.screens.recording import RecordingScreen
from tui.screens.search import SearchScreen
from tui.widgets.recordings_list import RecordingsList

STEP = IndexProgress(Path("/new/one.mp4"), 1, 3, 42.0, 4800.0, 1.0)


async def opened(driver: Driver) -> LibraryScreen:
    await driver.ask("alarm")
    await driver.press("enter", "l")
    assert isinstance(driver.app.screen, LibraryScreen)
    return driver.app.screen


async def shows(driver: Driver, text: str) -> None:
    """Wait until something is on the screen: a run in a thread is looked at now and then."""
    async with asyncio.timeout(5):
        while text not in driver.screen_text:
            await driver.pilot.pause(0.05)


async def test_recordings_stand_under_their_day_below_a_calendar() -> None:
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        lines = driver.screen_text.splitlines()
        assert "recorded: a day a bar, at most 20 min 00 s" in lines[0]
        (first, second) = (line for line in lines if ".mp4" in line and "14:02" in line)
        assert "2026-11-21  14:02   10 min 00 s   10.0 kB      all  there    kitchen.mp4" in first
        assert "            14:02   10 min 00 s   10.0 kB     50 %  missing  garden.mp4" in second


async def test_enter_shows_all_that_is_known_of_a_recording() -> None:
    async with browsing(FakeLibrary(), (100, 40)) as driver:
        await opened(driver)
        await driver.press("down", "enter")
        assert driver.shows(RecordingScreen)
        for expected in (
            "/recordings/garden.mp4",
            "missing; index it again",
            "sound and pictures",
            "concepts (a1b2c3)",
        ):
            assert expected in driver.screen_text
        await driver.press("escape")
        assert driver.shows(LibraryScreen)


async def test_a_recording_is_removed_once_that_is_confirmed() -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        await opened(driver)
        await driver.press("d")
        assert "Take kitchen.mp4 (10 min 00 s) out of the library?" in driver.screen_text
        await driver.press("enter")
        assert list(library.names) == ["kitchen.mp4", "garden.mp4"]
        await driver.press("d", "y")
        assert list(library.names) == ["garden.mp4"]
        assert driver.notifications == ["Removed kitchen.mp4; its file is still where it was."]
        assert " kitchen.mp4" not in driver.screen_text.splitlines()[4]


async def test_a_folder_is_indexed_while_searches_go_on(tmp_path: Path) -> None:
    library = FakeLibrary()
    async with browsing(library, (120, 30)) as driver:
        await opened(driver)
        await driver.press("i")
        assert driver.shows(FolderScreen)
        await driver.press(*"/nowhere/at/all", "enter")
        assert "There is no /nowhere/at/all." in driver.screen_text
        driver.app.screen.query_one("#folder").value = str(tmp_path)  # type: ignore[attr-defined]
        await driver.pilot.press("enter")
        await shows(driver, f"indexing {tmp_path.name}: reading the recordings…")
        library.steps.put(STEP)
        await shows(driver, "1/3 recordings, 0:42 of 1:20:00, 42 × real time, 1:53 left (one.mp4)")
        await driver.pilot.press("escape")
        await driver.pilot.pause()
        assert driver.shows(SearchScreen)
        await driver.pilot.press("l")
        library.steps.put(None)
        await shows(driver, f"{tmp_path.name}.mp4")
        assert driver.notifications[-1].startswith("Indexed 1 recording")


async def test_a_run_is_stopped(tmp_path: Path) -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        screen = await opened(driver)
        screen._begin(tmp_path)
        await shows(driver, "reading the recordings")
        await driver.pilot.press("x")
        await driver.settle()
        assert driver.notifications[-1].startswith("Stopped; the next run goes on from there.")


async def test_leaving_the_browser_stops_a_run(tmp_path: Path) -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        screen = await opened(driver)
        screen._begin(tmp_path)
        await shows(driver, "reading the recordings")
        await driver.pilot.press("q", "q")
    assert driver.app.indexing.is_stopping


async def test_a_library_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    library = FakeLibrary()
    async with browsing(library) as driver:
        screen = await opened(driver)
        library.steps.put(LibraryError("the disk is full; make room"))
        screen._begin(tmp_path)
        await driver.settle()
        assert driver.notifications == ["the disk is full; make room"]
        assert driver.app.indexing.folder is None


async def test_tab_completes_folders(tmp_path: Path) -> None:
    (tmp_path / "Videos" / "2026").mkdir(parents=True)
    async with browsing(FakeLibrary()) as driver:
        await opened(driver)
        await driver.press("i", *f"{tmp_path}/Vi", "tab", "2", "tab")
        assert driver.app.screen.query_one("#folder").value == f"{tmp_path}/Videos/2026/"  # type: ignore[attr-defined]


async def test_the_cursor_stays_on_the_screen_and_on_its_recording() -> None:
    names = tuple(f"{number:05}.mp4" for number in range(10_000))
    async with browsing(FakeLibrary(names=names), (80, 24)) as driver:
        screen = await opened(driver)
        table = screen.query_one(RecordingsList)
        await driver.press("end")
        assert " 09999.mp4" in driver.screen_text
        await driver.press("pageup", "up")
        chosen = table.selected
        assert chosen is not None
        assert f" {chosen.path.name}" in driver.screen_text
        table.show([replace(one) for one in table.recordings[5:]])
        assert table.selected == chosen
        await driver.press("home")
        assert " 00005.mp4" in driver.screen_text
        await driver.pilot.click(table, offset=(5, 4))
        await driver.settle()
        assert table.place == 2

"""The browser in terminals that show real pictures: what it sends them, and where."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import tui.app
from tests.tui.driving import Driver
from tests.tui.fake_library import FakeLibrary
from tests.tui.pictures.fake_terminal import ATTRIBUTES, ATTRIBUTES_SIXEL, KITTY, FakeTerminal
from tui.app import Browser
from tui.pictures.terminal import Pictures, Way
from tui.screens.moment import MomentScreen
from tui.widgets.filmstrip import FRAMES
from tui.widgets.preview import Preview

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)

NAMED_KITTY = KITTY + b"\x1bP>|kitty(0.42.0)\x1b\\" + ATTRIBUTES
PLACEHOLDER = "\U0010eeee"


class Told(Browser):
    """A browser that keeps what it tells the terminal besides the screen."""

    CSS_PATH = str(Path(tui.app.__file__).with_name("browser.tcss"))

    def __init__(self, library: FakeLibrary, pictures: Pictures) -> None:
        super().__init__(library, library.ways(), debounce_s=0, pictures=pictures)
        self.told: list[str] = []

    def tell_terminal(self, message: str) -> None:
        self.told.append(message)

    @property
    def painted(self) -> list[tuple[int, int]]:
        """Column and line, from 0 on, of each Sixel so far."""
        found = (re.match(r"\x1b7\x1b\[(\d+);(\d+)H\x1bP0;1q", one) for one in self.told)
        return [(int(one[2]) - 1, int(one[1]) - 1) for one in found if one]


@pytest.fixture(autouse=True)
def true_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


async def shown(driver: Driver) -> Preview:
    """Search, and return the preview of the first moment."""
    await driver.ask("alarm")
    await driver.press("enter")
    await driver.pilot.pause()
    return driver.search.query_one(Preview)


async def test_a_sixel_is_painted_on_its_cells_and_again_where_they_are_written_to() -> None:
    app = Told(FakeLibrary(), Pictures(Way.SIXEL, (10, 20)))
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        painting = preview.painting
        assert painting
        region, sixel = painting
        assert preview.region.contains_region(region)
        width_px, height_px = map(int, re.findall(r'"1;1;(\d+);(\d+)', sixel)[0])
        assert (width_px, height_px) == (region.width * 10, region.height * 20)
        assert set(app.painted) == {(region.x, region.y)}
        before = len(app.painted)
        await driver.press("y")  # the notification covers other cells
        after_notice = len(app.painted)
        await driver.press("question_mark")
        assert len(app.painted) == after_notice, "painted over the help"
        await driver.press("escape")
        await pilot.pause()
        assert len(app.painted) > before
        preview.say("gone")
        assert preview.painting is None


async def test_a_notification_over_a_sixel_is_not_painted_over() -> None:
    app = Told(FakeLibrary(), Pictures(Way.SIXEL, (10, 20)))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        for i in range(8):  # they pile up from the lower right corner
            app.notify(f"{i}", timeout=60)
        await pilot.pause()
        painting = preview.painting
        assert painting
        covers = [toast.region for toast in app.screen.query("Toast")]
        assert any(cover.overlaps(painting[0]) for cover in covers)
        before = len(app.painted)
        preview.refresh()
        await pilot.pause()
        assert len(app.painted) == before
        app.clear_notifications()
        await pilot.pause(0.1)
        await pilot.pause()
        assert len(app.painted) > before


async def test_kitty_gets_each_picture_once_and_forgets_it() -> None:
    app = Told(FakeLibrary(), Pictures(Way.KITTY))
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        numbers = [one for message in app.told for one in re.findall(r"a=T,U=1,q=2,i=(\d+)", message)]
        assert len(numbers) == 1
        assert driver.screen_text.count(PLACEHOLDER) > 100
        await driver.press("down")
        await pilot.pause()
        dropped = [one for message in app.told for one in re.findall(r"a=d,d=I,q=2,i=(\d+)", message)]
        assert dropped == numbers
        preview.say("gone")
        assert PLACEHOLDER not in preview.render_line(0).text
    sent = "".join(app.told)
    assert sent.count("a=T,") == sent.count("a=d,") > 1


async def test_colors_that_are_not_sent_as_they_are_leave_half_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Told(FakeLibrary(), Pictures(Way.KITTY))
    async with app.run_test(size=(120, 40)) as pilot:
        preview = await shown(Driver(app, pilot))
        assert preview.has_picture
        assert app.told == []


@pytest.mark.parametrize("way", [Way.KITTY, Way.SIXEL])
async def test_what_cannot_be_encoded_stays_in_half_blocks(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("tui.pictures.kitty.sent", broken)
    monkeypatch.setattr("tui.widgets.preview.sixel", broken)
    app = Told(FakeLibrary(), Pictures(way, (10, 20)))
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        assert preview.has_picture
        assert "▀" in driver.screen_text
        assert app.told == []


@pytest.mark.parametrize("way", [Way.KITTY, Way.SIXEL])
async def test_one_that_cannot_be_encoded_does_not_leave_the_one_before(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("a bug")

    app = Told(FakeLibrary(), Pictures(way, (10, 20)))
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        assert preview.painting or PLACEHOLDER in driver.screen_text
        monkeypatch.setattr("tui.pictures.kitty.sent", broken)
        monkeypatch.setattr("tui.widgets.preview.sixel", broken)
        await driver.press("down")
        assert preview.painting is None
        assert PLACEHOLDER not in driver.screen_text
        assert "▀" in driver.screen_text


async def test_a_sentence_is_not_painted_over_by_a_picture_that_comes_late() -> None:
    app = Told(FakeLibrary(), Pictures(Way.SIXEL, (10, 20)))
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        before = len(app.painted)
        preview.show(np.zeros((90, 160, 3), np.uint8))
        preview.say("There is no picture here.")
        await driver.settle()
        assert preview.painting is None
        assert len(app.painted) == before
        assert "There is no picture here." in driver.screen_text


async def test_a_bug_in_painting_leaves_half_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Told(FakeLibrary(), Pictures(Way.SIXEL, (10, 20)))
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        monkeypatch.setattr(Preview, "painting", property(lambda _: 1 / 0))
        assert (await shown(driver)).has_picture
        await driver.press("down")
        assert "▀" in driver.screen_text
        assert app.told == []


async def test_a_window_of_another_size_gets_a_picture_of_another_size() -> None:
    app = Told(FakeLibrary(), Pictures(Way.SIXEL, (10, 20)))
    async with app.run_test(size=(160, 48)) as pilot:
        driver = Driver(app, pilot)
        preview = await shown(driver)
        large = preview.painting
        await pilot.resize_terminal(80, 24)
        await driver.settle()
        small = preview.painting
        assert large
        assert small
        assert small[0].area < large[0].area
        assert preview.region.contains_region(small[0])
        await driver.press("enter")
        assert isinstance(app.screen, MomentScreen)
        await pilot.pause()
        frames = [frame.painting for frame in app.screen.query(Preview)]
        assert len(frames) == FRAMES + 1
        assert all(frames)


def test_a_terminal_with_sixel_gets_sixels() -> None:
    with FakeTerminal(ATTRIBUTES_SIXEL) as terminal:
        terminal.wait_for(b"egosearch")
        terminal.press(b"alarm")
        end = terminal.wait_for(b"\x1bP0;1q")
        assert re.search(rb"\x1b7\x1b\[\d+;\d+H\x1bP0;1q$", terminal.written[:end])
        terminal.wait_for(b"\x1b\\\x1b8", after=end)
        assert terminal.leave() == 0
        assert b"\x1b_Ga=T" not in terminal.written


def test_kitty_gets_its_pictures_and_loses_them_at_the_end() -> None:
    with FakeTerminal(NAMED_KITTY) as terminal:
        terminal.wait_for(b"egosearch")
        terminal.press(b"alarm")
        end = terminal.wait_for(b"\x1b_Ga=T,U=1,q=2,i=")
        terminal.wait_for(PLACEHOLDER.encode(), after=end)
        assert terminal.leave() == 0
        number = re.match(rb"\d+", terminal.written[end:])
        assert number
        assert b"\x1b_Ga=d,d=I,q=2,i=" + number[0] + b"\x1b\\" in terminal.written[end:]


@pytest.mark.parametrize("environment", [{"TERM": "tmux-256color"}, {"EGOSEARCH_PICTURES": "half"}])
def test_elsewhere_half_blocks_are_drawn_and_nothing_is_asked(environment: dict[str, str]) -> None:
    with FakeTerminal(ATTRIBUTES_SIXEL, environment=environment) as terminal:
        terminal.wait_for(b"egosearch")
        terminal.press(b"alarm")
        terminal.wait_for("▀".encode())
        assert terminal.leave() == 0
        assert b"\x1b[c" not in terminal.written
        assert b"\x1bP0;1q" not in terminal.written
        assert b"\x1b_G" not in terminal.written

"""Every screen as text at two sizes, compared with what somebody looked at.

A screen that is meant to look different: delete its file in `screens/`, run this with WRITE_SCREENS=1, look at
what it wrote. The last line is left out: Textual draws the footer, and may draw it otherwise tomorrow.
"""

import os
from pathlib import Path

import pytest

from tests.tui.driving import Driver, browsing
from tests.tui.fake_library import FakeLibrary

FOLDER = Path(__file__).parent / "screens"
SIZES = [(80, 24), (160, 48)]
SCREENS: dict[str, tuple[str, tuple[str, ...]]] = {
    "search": ("alarm", ("enter",)),
    "completion": ("alarm in:", ()),
    "wrong-condition": ("alarm since:blursday", ()),
    "nothing-matches": ("zebra", ()),
    "moment": ("alarm", ("enter", "enter")),
    "zoomed": ("alarm", ("enter", "enter", "plus", "plus", "plus", "plus")),
    "library": ("alarm", ("enter", "l")),
    "recording": ("alarm", ("enter", "l", "enter")),
    "remove": ("alarm", ("enter", "l", "d")),
    "index": ("alarm", ("enter", "l", "i")),
    "help": ("alarm", ("enter", "question_mark")),
}
"""What is typed and then pressed, by name."""


async def reach(driver: Driver, name: str) -> None:
    """Go to a screen."""
    typed, keys = SCREENS[name]
    driver.search.query_bar.cursor_blink = False
    await driver.ask(typed)
    await driver.press(*keys)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_looks_as_it_did(name: str, size: tuple[int, int]) -> None:
    async with browsing(FakeLibrary(), size) as driver:
        await reach(driver, name)
        lines = driver.screen_text.splitlines()
    seen = "".join(f"{line.rstrip()}\n" for line in lines[:-1])
    assert len(lines) == size[1]
    file = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    if not file.exists() and os.environ.get("WRITE_SCREENS"):
        file.write_text(seen, "utf-8")
    assert seen == file.read_text("utf-8")

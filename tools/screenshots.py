"""Draw the browser's screens for the documentation, on the library of `egosearch demo`.

python -m tools.screenshots docs/images
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from textual.pilot import Pilot

from egosearch.demo.recording import make_demo_recording
from egosearch.library import Library
from egosearch.types import Answer, Moment, Query, RecordingSummary
from tui.app import Browser
from tui.source import Source

SIZE = (110, 36)
SCREENS: dict[str, tuple[str, tuple[str, ...]]] = {
    "browser-search": ("washing my hands in:morning.mp4", ("enter",)),
    "browser-moment": ("washing my hands", ("enter", "enter", "plus")),
    "browser-library": ("washing my hands", ("enter", "l")),
}
"""What is typed and then pressed, by the name of the picture."""


Known = TypeVar("Known", Moment, RecordingSummary)


class AtHome:
    """A library whose recordings seem to lie in somebody's videos, so that no picture shows a folder of this machine.

    The pictures are the same bytes then, wherever and whenever they are drawn.
    """

    FOLDER = Path("~/Videos")

    def __init__(self, library: Library) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def answer(self, query: Query) -> Answer:
        """Answer as the library does."""
        found = self._library.answer(query)
        moments, near_misses = self._moved(found.moments), self._moved(found.near_misses)
        return replace(found, moments=tuple(moments), near_misses=tuple(near_misses))

    def recordings(self) -> list[RecordingSummary]:
        """Return what the library does."""
        return self._moved(self._library.recordings())

    def _moved(self, found: Iterable[Known]) -> list[Known]:
        return [replace(one, path=self.FOLDER / one.path.name) for one in found]


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no worker is left; one worker's end may start another."""
    await pilot.pause()
    while busy := [worker for worker in pilot.app.workers if not worker.is_finished]:
        await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()


async def draw(library: Library, folder: Path) -> None:
    """Write a picture of every screen."""
    for name, (typed, keys) in SCREENS.items():
        app = Browser(cast(Source, AtHome(library)), debounce_s=0)
        async with app.run_test(size=SIZE) as pilot:
            await settle(pilot)
            await pilot.press(*typed)
            await settle(pilot)
            for key in keys:
                await pilot.press(key)
                await settle(pilot)
            # Without the fonts that Textual would have a reader's browser fetch: any monospaced one will do.
            drawn = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="egosearch"), flags=re.DOTALL)
            (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")


def main() -> None:
    """Make the library, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, Library.open(Path(work) / "library") as library:
        recording = Path(work) / "morning.mp4"
        make_demo_recording(recording)
        library.index([recording])
        asyncio.run(draw(library, folder))


if __name__ == "__main__":
    main()

"""Draw the browser's screens for the documentation, on the library of `egosearch demo`.

python -m tools.screenshots docs/images
"""

import argparse
import asyncio
import re
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from egosearch.demo.recording import make_demo_recording
from egosearch.library import Library
from tui.app import Browser

SIZE = (110, 36)
SCREENS: dict[str, tuple[str, tuple[str, ...]]] = {
    "browser-search": ("washing my hands in:morning.mp4", ("enter",)),
    "browser-moment": ("washing my hands", ("enter", "enter", "plus")),
    "browser-library": ("washing my hands", ("enter", "l")),
}
"""What is typed and then pressed, by the name of the picture."""


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no worker is left; one worker's end may start another."""
    await pilot.pause()
    while busy := [worker for worker in pilot.app.workers if not worker.is_finished]:
        await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()


async def draw(library: Library, folder: Path) -> None:
    """Write a picture of every screen."""
    for name, (typed, keys) in SCREENS.items():
        app = Browser(library, debounce_s=0)
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

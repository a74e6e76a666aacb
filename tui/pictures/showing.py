"""Where real pictures meet Textual: an app that knows its terminal, and draws over what Textual has drawn.

Kitty's pictures are text to Textual. A Sixel is not: it is painted over half blocks of the same picture, after each
update of the screen that wrote to its cells. So whatever covers it (a notification, a dialog) is drawn in the usual
way, and what is left where Textual writes without our noticing is half blocks.
"""

import logging
from dataclasses import replace
from itertools import count
from secrets import randbelow
from typing import Any, Protocol
from weakref import WeakSet

from textual import events
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen

from tui.pictures import kitty
from tui.pictures.terminal import Pictures, Way, measured

log = logging.getLogger(__name__)


class Painted(Protocol):
    """A widget with a Sixel."""

    @property
    def screen(self) -> Screen[Any]: ...
    @property
    def is_attached(self) -> bool: ...
    @property
    def painting(self) -> tuple[Region, str] | None:
        """Where its Sixel goes, in cells of the screen; None while it has none, or not all of it would be seen."""


class PictureApp(App[None]):
    """An app whose widgets may show real pictures."""

    def __init__(self, pictures: Pictures | None = None) -> None:
        """Start with what is known of the terminal; None for half blocks."""
        super().__init__()
        self.pictures = pictures or Pictures()
        self._numbers = count(randbelow(kitty.MOST_NUMBERS))
        self._painted: WeakSet[Painted] = WeakSet()
        self._owed: WeakSet[Painted] = WeakSet()

    @property
    def way(self) -> Way:
        """How pictures are shown; as half blocks where colours are not sent to the terminal as they are."""
        if self.pictures.way is Way.KITTY and (self.no_color or self.console.color_system != "truecolor"):
            return Way.HALF  # a placeholder's colour says which picture it is
        return self.pictures.way

    def next_number(self) -> int:
        """Return a number for a picture, which none has that was sent lately."""
        return next(self._numbers) % (kitty.MOST_NUMBERS - 1) + 1

    def tell_terminal(self, message: str) -> None:
        """Send the terminal a message of its own, between two updates of the screen."""
        if self._driver is not None:
            self._driver.write(message)

    def paint(self, widget: Painted) -> None:
        """Draw a widget's Sixel after the next update of the screen, and anew whenever that is written over."""
        self._painted.add(widget)
        self._owed.add(widget)

    def on_resize(self, _event: events.Resize) -> None:
        """Measure cells anew: a window is often resized by choosing another size of font."""
        if not self.is_headless:
            self.pictures = replace(self.pictures, cell_px=measured() or self.pictures.cell_px)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None and self._painted:
            try:
                self._paint(screen, renderable)
            except Exception:  # there are half blocks, and the browser goes on
                log.warning("a picture stays in half blocks", exc_info=True)

    def _paint(self, screen: Screen[Any], renderable: object) -> None:
        """Draw the Sixels that are new or were written over by an update of the screen."""
        shown = [(one, painting) for one in self._painted if one.is_attached and (painting := one.painting)]
        here = [(one, region, sixel) for one, (region, sixel) in shown if one.screen is screen and screen.is_active]
        covers = [toast.region for toast in screen.query("Toast")]
        for one, region, sixel in here:
            if writes_to(renderable, region):
                self._owed.add(one)
            if one in self._owed and not any(cover.overlaps(region) for cover in covers):
                self._owed.discard(one)
                self.tell_terminal(f"\x1b7\x1b[{region.y + 1};{region.x + 1}H{sixel}\x1b8")


def writes_to(renderable: object, region: Region) -> bool:
    """Return whether an update of the screen writes to a region; one that does not say where writes everywhere."""
    spans: list[tuple[int, int, int]] | None = getattr(renderable, "spans", None)
    if spans is None:
        return True
    return any(region.y <= y < region.bottom and x1 < region.right and x2 > region.x for y, x1, x2 in spans)

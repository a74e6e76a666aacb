"""A frame of the selected moment, as well as the terminal can show it, or a sentence where there is none."""

import asyncio
import logging

import numpy as np
from numpy.typing import NDArray
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui import drawing
from tui.pictures import fitting, kitty
from tui.pictures.showing import PictureApp
from tui.pictures.sixel import sixel
from tui.pictures.terminal import Way

log = logging.getLogger(__name__)

MOST_SIDE_PX = 540
"""Of a picture to be decoded for a real one: larger ones take longer to send than they are looked at."""


class Preview(Widget):
    """A picture in half blocks, at once, and then the real one where the terminal can show it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self.sentence = ""
        """What stands in place of the picture; empty while one is shown."""
        self._rgb: NDArray[np.uint8] | None = None
        self._strips: list[Strip] = []
        self._is_real = False
        self._sixel = ""
        self._sixel_size = (0, 0)
        """Columns and lines."""
        self._number: int | None = None
        """Of the picture that Kitty has."""

    def show(self, rgb: NDArray[np.uint8]) -> None:
        """Draw a picture of shape (h, w, 3)."""
        self._rgb, self.sentence = rgb, ""
        if not self._is_real:  # else the one before stays until this one is ready
            self._draw_half()
        self._draw_real()

    def say(self, sentence: str) -> None:
        """Show a sentence instead of a picture."""
        self._rgb, self.sentence = None, sentence
        self._clear()
        self.refresh()

    @property
    def has_picture(self) -> bool:
        """Whether a picture is on the screen."""
        return bool(self._strips)

    @property
    def painting(self) -> tuple[Region, str] | None:
        """The Sixel, and where it goes on the screen; None while there is none, or not all of it would be seen."""
        if not self._sixel or not self.is_on_screen or self.screen.find_widget(self).visible_region != self.region:
            return None
        width, height = self._sixel_size
        left, top = (self.size.width - width) // 2, (self.size.height - height) // 2
        return Region(self.region.x + left, self.region.y + top, width, height), self._sixel

    def short_side_px(self, least: int) -> int:
        """Return the short side of the picture to ask for: at least so much, and what a real one can show."""
        app = self._pictures
        if app is None or app.way is Way.HALF:
            return least
        _, cell_h = app.pictures.cell_px or fitting.USUAL_CELL_PX
        return max(least, min(self.size.height * cell_h, MOST_SIDE_PX))

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the picture to the new size."""
        self._clear()
        self._draw_half()
        self._draw_real()

    def on_unmount(self) -> None:
        """Have the terminal forget the picture."""
        self._clear()

    def render(self) -> str:
        """Return nothing: the lines come from `render_line`, or are the sentence."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture, or of the sentence."""
        width, height = self.size
        if self.sentence:
            lines = drawing.wrapped(self.sentence, max(width - 2, 1))
            top = max((height - len(lines)) // 2, 0)
            text = lines[y - top] if 0 <= y - top < len(lines) else ""
            return Strip([Segment(text.center(width)[:width], self.rich_style)], width)
        blank = Strip.blank(width, self.rich_style)
        top = (height - len(self._strips)) // 2
        if not 0 <= y - top < len(self._strips):
            return blank
        strip = self._strips[y - top]
        left = (width - strip.cell_length) // 2
        return Strip.join([blank.crop(0, left), strip, blank.crop(0, width - left - strip.cell_length)])

    @property
    def _pictures(self) -> PictureApp | None:
        return self.app if isinstance(self.app, PictureApp) else None

    @property
    def _behind(self) -> RichColor:
        """The colour that the widget has without a picture."""
        return self.background_colors[1].rich_color

    def _clear(self) -> None:
        """Drop what is drawn, and what is being encoded."""
        self.workers.cancel_group(self, "picture")
        self._strips, self._sixel, self._is_real = [], "", False
        self._forget(self._number)
        self._number = None

    def _forget(self, number: int | None) -> None:
        if number is not None and self._pictures:
            self._pictures.tell_terminal(kitty.dropped(number))

    def _draw_half(self) -> None:
        self._strips = []
        if self._rgb is not None and self.size.area:
            self._strips = _half_blocks(self._rgb, self.size.width, self.size.height, self._behind)
        self.refresh()

    def _draw_real(self) -> None:
        app, rgb = self._pictures, self._rgb
        if app is not None and app.way is not Way.HALF and rgb is not None and self.size.area:
            cell_px = app.pictures.cell_px or fitting.USUAL_CELL_PX
            width, height = fitting.cells((rgb.shape[1], rgb.shape[0]), self.size, cell_px)
            if app.way is Way.KITTY:
                self._show_kitty(app, rgb, min(width, kitty.MOST_CELLS), min(height, kitty.MOST_CELLS))
            else:
                self._show_sixel(app, rgb, (width, height), (width * cell_px[0], height * cell_px[1]))

    def _give_up(self) -> None:
        """Go on with half blocks: the real picture before this one shows something else."""
        log.warning("a picture stays in half blocks", exc_info=True)
        number, self._number = self._number, None
        self._sixel, self._is_real = "", False
        self._forget(number)
        self._draw_half()

    # Pictures are encoded in a thread: that takes up to 0.1 s. The newest one cancels those before.

    @work(exclusive=True, group="picture")
    async def _show_kitty(self, app: PictureApp, rgb: NDArray[np.uint8], width: int, height: int) -> None:
        before, number = self._number, app.next_number()
        try:
            message = await asyncio.to_thread(kitty.sent, number, rgb, width, height)
        except Exception:
            self._give_up()
            return
        app.tell_terminal(message)
        style = Style(color=RichColor.from_rgb(*kitty.color_of(number)))
        self._strips = [Strip([Segment(line, style)], width) for line in kitty.placeholders(width, height)]
        self._number, self._is_real = number, True
        self.refresh()
        self.call_after_refresh(self._forget, before)

    @work(exclusive=True, group="picture")
    async def _show_sixel(
        self, app: PictureApp, rgb: NDArray[np.uint8], size: tuple[int, int], size_px: tuple[int, int]
    ) -> None:
        try:
            made = await asyncio.to_thread(sixel, rgb, *size_px)
        except Exception:
            self._give_up()
            return
        self._strips = _half_blocks(rgb, *size, self._behind)
        self._sixel, self._sixel_size, self._is_real = made, size, True
        app.paint(self)
        self.refresh()


def _half_blocks(rgb: NDArray[np.uint8], width: int, height: int, below: RichColor) -> list[Strip]:
    """Return a picture as lines: two pixels a character, one in the foreground colour, one in the background's.

    Args:
        rgb: Shape (h, w, 3).
        width: Characters across that it may take.
        height: Lines that it may take.
        below: What lies below the last row of pixels, where their number is odd.
    """
    return [
        Strip(
            [
                Segment(drawing.UPPER_HALF, Style.from_color(_color(upper), _color(lower) if lower else below))
                for upper, lower in line
            ],
            len(line),
        )
        for line in drawing.half_blocks(rgb, width, height)
    ]


def _color(rgb: drawing.RGB) -> RichColor:
    # `Color.from_rgb` spells out each name in hexadecimal digits, which took half the time of a picture.
    return RichColor("", ColorType.TRUECOLOR, None, ColorTriplet(*rgb))

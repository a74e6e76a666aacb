"""A frame of the selected moment, drawn with half blocks, or a sentence where there is none."""

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from tui import drawing


class Preview(Widget):
    """Two pixels a character: the upper one in the foreground colour, the lower one in the background colour."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self.sentence = ""
        """What stands in place of the picture; empty while one is shown."""
        self._rgb: NDArray[np.uint8] | None = None
        self._strips: list[Strip] = []

    def show(self, rgb: NDArray[np.uint8]) -> None:
        """Draw a picture of shape (h, w, 3)."""
        self._rgb, self.sentence = rgb, ""
        self._redraw()

    def say(self, sentence: str) -> None:
        """Show a sentence instead of a picture."""
        self._rgb, self.sentence, self._strips = None, sentence, []
        self.refresh()

    @property
    def has_picture(self) -> bool:
        """Whether a picture is on the screen."""
        return bool(self._strips)

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the picture to the new size."""
        self._redraw()

    def render(self) -> str:
        """Return nothing: the lines come from `render_line`, or are the sentence."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture, or of the sentence."""
        width, height = self.size
        if self.sentence:
            lines = _wrap(self.sentence, max(width - 2, 1))
            top = max((height - len(lines)) // 2, 0)
            text = lines[y - top] if 0 <= y - top < len(lines) else ""
            return Strip([Segment(text.center(width)[:width], self.rich_style)], width)
        top = (height - len(self._strips)) // 2
        blank = Strip.blank(width, self.rich_style)
        if not 0 <= y - top < len(self._strips):
            return blank
        strip = self._strips[y - top]
        left = (width - strip.cell_length) // 2
        return Strip.join([blank.crop(0, left), strip, blank.crop(0, width - left - strip.cell_length)])

    def _redraw(self) -> None:
        self._strips = []
        if self._rgb is not None and self.size.area:
            for line in drawing.half_blocks(self._rgb, self.size.width, self.size.height):
                segments = [
                    Segment(drawing.UPPER_HALF, Style(color=_color(upper), bgcolor=_color(lower) if lower else None))
                    for upper, lower in line
                ]
                self._strips.append(Strip(segments, len(line)))
        self.refresh()


def _color(rgb: drawing.RGB) -> Color:
    return Color.from_rgb(*rgb)


def _wrap(sentence: str, width: int) -> list[str]:
    lines = [""]
    for word in sentence.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines += [word[start : start + width] for start in range(0, len(word), width)]
    return [line for line in lines if line]

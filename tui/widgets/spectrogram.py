"""Which frequencies sound around the moment."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from indexers.spectrum import Spectrum
from indexers.types import Span
from tui import drawing, shading
from tui.drawing import RGB, UPPER_HALF
from tui.widgets.sound_strip import ends_line, marks_line

LEAST_WIDTH = 16


class Spectrogram(Widget):
    """Time across, frequencies up, two rows of them a line; with the moment marked below as under the loudness."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self.sentence = ""
        """What stands in its place; empty while one is shown."""
        self._marked: Span | None = None
        self._shown = Span(0.0, 0.0)
        self._spectrum: Spectrum | None = None
        self._drawn: tuple[object, list[Strip]] = (None, [])
        """What the picture was drawn for, and the picture."""

    def show(self, marked: Span, shown: Span, spectrum: Spectrum) -> None:
        """Draw the spectrum of a part of a recording, and the moment below it."""
        self._marked, self._shown, self._spectrum, self.sentence = marked, shown, spectrum, ""
        self.refresh()

    def say(self, sentence: str) -> None:
        """Show a sentence instead."""
        self._spectrum, self.sentence = None, sentence
        self.refresh()

    def render(self) -> str:
        """Return nothing: the lines come from `render_line`."""
        return ""

    def render_line(self, y: int) -> Strip:
        """Return one line: of the picture, the mark, or the times at both ends."""
        width, lines = self.size.width, self.size.height - 2
        style = self.rich_style
        if self._spectrum is None or self._marked is None or width < LEAST_WIDTH or lines < 1:
            told = drawing.wrapped(self.sentence, max(width, 1))
            return Strip([Segment((told[y] if y < len(told) else "").ljust(width), style)], width)
        if y < lines:
            return self._picture(self._spectrum, width, lines)[y]
        if y == lines:
            accent = Style(color=Color.parse(self.app.theme_variables["accent"]).rich_color, bold=True)
            return Strip([Segment(marks_line(self._marked, self._shown, width), style + accent)], width)
        low, high = self._spectrum.lowest_hz / 1000, self._spectrum.highest_hz / 1000
        middle = f"frequencies, {low:.1f} to {high:.1f} kHz"
        return Strip([Segment(ends_line(self._shown, width, middle), style + Style(dim=True))], width)

    def _picture(self, spectrum: Spectrum, width: int, lines: int) -> list[Strip]:
        drawn_for = (spectrum, self._shown, width, lines, self.app.theme, self.app.no_color)
        if self._drawn[0] != drawn_for:
            draw = _shades if self.app.no_color else _colors
            self._drawn = drawn_for, draw(spectrum, self._shown, width, lines, self._ramp())
        return self._drawn[1]

    def _ramp(self) -> tuple[RGB, RGB, RGB]:
        known = self.app.theme_variables
        quiet, middle, loud = (Color.parse(known[name]).rgb for name in ("background", "primary", "foreground"))
        return quiet, middle, loud


def _shades(spectrum: Spectrum, shown: Span, width: int, lines: int, _: tuple[RGB, RGB, RGB]) -> list[Strip]:
    rows = shading.shares(spectrum, shown, width, lines)
    return [Strip([Segment(shading.shaded(row), Style())], width) for row in rows]


def _colors(spectrum: Spectrum, shown: Span, width: int, lines: int, ramp: tuple[RGB, RGB, RGB]) -> list[Strip]:
    rgb = shading.colored(shading.shares(spectrum, shown, width, 2 * lines), ramp)  # shape (2 lines, width, 3)
    return [
        Strip(
            [
                Segment(UPPER_HALF, Style.from_color(Color(*upper).rich_color, Color(*lower).rich_color))
                for upper, lower in zip(above, below, strict=True)
            ],
            width,
        )
        for above, below in zip(rgb[::2].tolist(), rgb[1::2].tolist(), strict=True)
    ]

"""How loud it is around the moment."""

import numpy as np
from textual.content import Content
from textual.widget import Widget

from egosearch.catalog.levels import SoundLevels
from indexers.types import Span
from tui import drawing, wording

QUIETEST_DB = -72.0
"""What is drawn as silence: below the noise floor of any camera's microphone."""
AROUND_S = 20.0
"""At least so many seconds are shown; a longer moment gets a quarter of its length on both sides."""


class SoundStrip(Widget):
    """Bars from silence to full scale, the moment marked below them."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self._marked: Span | None = None
        self._shown = Span(0.0, 0.0)
        self._levels: SoundLevels | None = None
        self._sentence = ""

    def show(self, marked: Span, shown: Span, levels: SoundLevels) -> None:
        """Draw the levels of a part of a recording, and the moment below it."""
        self._marked, self._shown, self._levels, self._sentence = marked, shown, levels, ""
        self.refresh()

    def say(self, sentence: str) -> None:
        """Show a sentence instead."""
        self._marked, self._levels, self._sentence = None, None, sentence
        self.refresh()

    def render(self) -> Content:
        """Return the bars, the mark and the times at both ends."""
        width, shown = self.size.width, self._shown
        if self._marked is None or self._levels is None or width < 16:
            return Content.styled(self._sentence, "dim")
        times_s = self._levels.start_s + np.arange(len(self._levels.levels_db), dtype=np.float64) * self._levels.hop_s
        levels_db = drawing.columns(times_s, self._levels.levels_db.astype(np.float64), shown, width)
        bars = drawing.bars((levels_db - QUIETEST_DB) / -QUIETEST_DB, max(self.size.height - 2, 1))
        return Content("\n").join(
            (
                Content.styled("\n".join(bars), "$foreground 75%"),
                Content.styled(marks_line(self._marked, shown, width), "bold $accent"),
                Content.styled(ends_line(shown, width, "loudness"), "dim"),
            )
        )


def marks_line(marked: Span, shown: Span, width: int) -> str:
    """Return the line that marks a moment; an empty one where it is not shown."""
    is_seen = marked.end_s >= shown.start_s and marked.start_s <= shown.end_s
    return drawing.marks(marked, shown, width) if is_seen else " " * width


def ends_line(shown: Span, width: int, middle: str) -> str:
    """Return the line with the times at both ends, and between them what is drawn, where that fits."""
    first, last = wording.clock(shown.start_s), wording.clock(shown.end_s)
    room = max(width - len(first) - len(last), 0)
    return first + (middle if len(middle) + 4 <= room else "").center(room) + last


def around(span: Span, duration_s: float) -> Span:
    """Return what to show around a moment, within the recording."""
    margin_s = max((AROUND_S - span.duration_s) / 2, span.duration_s / 4)
    return Span(max(span.start_s - margin_s, 0.0), max(min(span.end_s + margin_s, duration_s), span.end_s))

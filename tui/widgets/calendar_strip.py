"""When something was recorded: bars along a calendar."""

from collections.abc import Sequence

import numpy as np
from textual.content import Content
from textual.widget import Widget

from egosearch.types import RecordingSummary
from tui import drawing, wording
from tui.calendar import Calendar


class CalendarStrip(Widget):
    """A bar a day, or a week where days are too many; its height is hours, so no colour is needed to read it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self._recordings: Sequence[RecordingSummary] = ()

    def show(self, recordings: Sequence[RecordingSummary]) -> None:
        """Draw the hours of recordings."""
        self._recordings = recordings
        self.refresh()

    def render(self) -> Content:
        """Return the bars over their dates."""
        width = self.size.width
        calendar = Calendar.of(self._recordings, width)
        if calendar is None:
            return Content.styled("no recording has a date" if self._recordings else "", "dim")
        most = max(calendar.hours)
        rows = max(self.size.height - 2, 1)
        shares = np.array([hours / most if most else 0.0 for hours in calendar.hours])
        # Whatever was recorded shows, however little.
        shares = np.where((shares > 0) & (shares < 1 / (8 * rows)), 1 / (8 * rows), shares)
        bars = "\n".join(drawing.bars(shares, rows))
        head = f"recorded: {calendar.unit} a bar, at most {wording.length(most * 3600)}"
        return Content.assemble((f"{head}\n", "dim"), (bars, "$primary"), (f"\n{calendar.labels(width)}", "dim"))

"""Where a moment lies in its recording, under the score of every sense along it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.content import Content
from textual.widget import Widget

from egosearch.types import Curve, Evidence
from indexers.types import Modality, Span
from tui import drawing, wording
from tui.messages import Jumped

FUSED_KEY = "fused"
GUTTER = 9
"""Columns left of the strips, for their names."""
LEAST_SCALE = 1.0
"""Scores whose peak is below this are drawn low: a moment that matches scores above it."""
PEAK = 7
"""Columns right of the strips, for the number at their highest point."""
TALLEST = 3
"""Lines of a strip."""


@dataclass(frozen=True)
class Marked:
    """What is marked along a recording."""

    span: Span
    """The moment."""
    others: Sequence[Span] = ()
    """The answer's other moments in it."""
    evidence: Sequence[Evidence] = ()
    """Where each sense has it, a line each; empty to leave that out."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A curve as arrays: a recording of hours has tens of thousands of scores, and is drawn with every key."""

    times_s: NDArray[np.float64]
    scores: NDArray[np.float64]


class Timeline(Widget):
    """One strip a sense and one for all together, on one scale, so that noise does not look like a find."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self._marked: Marked | None = None
        self._whole = Span(0.0, 0.0)
        self._view = self._whole
        self._at_s: float | None = None
        self._curves: dict[str, _Drawn] | None = None
        self._scale = LEAST_SCALE

    def show(self, marked: Marked, duration_s: float) -> None:
        """Mark a moment in a recording, all of which is shown until `look` says otherwise."""
        self._marked = marked
        self._whole = self._view = Span(0.0, max(duration_s, marked.span.end_s))
        self.refresh()

    def look(self, view: Span, at_s: float) -> None:
        """Show a part of the recording, and a time in it."""
        self._view, self._at_s = view, at_s
        self.refresh()

    def show_curves(self, curves: Mapping[str, Curve] | None) -> None:
        """Draw the scores; None while they are not known."""
        self._curves, self._scale = None, LEAST_SCALE
        if curves is not None:
            self._curves = {key: _Drawn(np.array(one.times_s), np.array(one.scores)) for key, one in curves.items()}
            known = np.concatenate([np.nan_to_num(one.scores) for one in self._curves.values()] or [np.zeros(0)])
            self._scale = max(LEAST_SCALE, float(known.max(initial=0.0)))
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._marked = self._curves = None
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Jump to where it was clicked."""
        width = self._width
        column = event.get_content_offset_capture(self).x - GUTTER
        if self._marked is not None and 0 <= column < width:
            self.post_message(Jumped(self._view.start_s + (column + 0.5) / width * self._view.duration_s))

    @property
    def _width(self) -> int:
        return self.size.width - GUTTER - PEAK

    def render(self) -> Content:
        """Return the strips, the marks and the axis."""
        width = self._width
        if self._marked is None or width < 8:
            return Content("")
        curves = self._curves or {}
        keys = [FUSED_KEY, *(modality.value for modality in wording.SENSES)]
        strips = [key for key in keys if key in curves]
        # The lines of marks are always needed; what is left is shared, so that tall terminals get taller strips.
        rows = (self.size.height - 2 - len(self._marked.evidence)) // max(len(strips), 1)
        lines: list[Content] = []
        for key in strips:
            lines += _strip(key, curves[key], self._view, width, rows=min(max(rows, 1), TALLEST), scale=self._scale)
        if self._curves is None:
            lines.append(Content.styled(f"{'':<{GUTTER}}reading the scores…", "dim"))
        elif not strips:
            lines.append(Content.styled(f"{'':<{GUTTER}}no scores along this recording", "dim"))
        lines.append(self._marks(self._marked, width))
        lines += [_where(one, self._view, width) for one in self._marked.evidence]
        lines.append(Content.styled(" " * GUTTER + _axis(self._view, width), "dim"))
        return Content("\n").join(lines)

    def _marks(self, marked: Marked, width: int) -> Content:
        line = [" "] * width
        for span, mark in (*((other, "△") for other in marked.others), (marked.span, "▲")):
            _draw(line, span, self._view, mark)
        if self._at_s is not None:
            _draw(line, Span(self._at_s, self._at_s), self._view, "┃")
        return Content.assemble(f"{'moment':<{GUTTER}}", ("".join(line), "bold $accent"))


def _draw(line: list[str], span: Span, view: Span, mark: str) -> None:
    """Put marks into a line where a span lies in what is shown; none where it lies beside that."""
    if span.end_s < view.start_s or span.start_s > view.end_s:
        return
    for column, char in enumerate(drawing.marks(span, view, len(line), mark)):
        line[column] = char if char != " " else line[column]


def _where(evidence: Evidence, view: Span, width: int) -> Content:
    """Return a line that shows where a sense has it, and how much later that is."""
    line = [" "] * width
    _draw(line, evidence.span, view, "━")
    told = "" if evidence.lag_s == 0 else wording.lag(evidence.lag_s)
    last = max((column for column, char in enumerate(line) if char != " "), default=-1)
    if last + 2 + len(told) <= width:
        line[last + 2 : last + 2 + len(told)] = told
    else:
        first = next(column for column, char in enumerate(line) if char != " ")
        line[max(first - 1 - len(told), 0) : max(first - 1, 0)] = told[-max(first - 1, 0) :] if first > 1 else ""
    label = f"{'→' if evidence.step else ' '}{wording.SENSES[evidence.modality]}"
    return Content.assemble((f"{label:<{GUTTER}}", "dim"), ("".join(line), "$accent"))


def _strip(key: str, curve: _Drawn, view: Span, width: int, *, rows: int, scale: float) -> list[Content]:
    scores = drawing.columns(curve.times_s, curve.scores, view, width)
    peak = float(np.nanmax(scores)) if not np.isnan(scores).all() else 0.0
    name = wording.FUSED if key == FUSED_KEY else wording.SENSES[Modality(key)]
    style = "$primary" if key == FUSED_KEY else "$foreground 75%"
    lines = []
    for row, text in enumerate(drawing.bars(scores / scale, rows)):
        last = row == rows - 1
        label, number = (name, f"{peak:>{PEAK - 1}.1f}") if last else ("", "")
        lines.append(Content.assemble(f"{label:<{GUTTER}}", (text, style), (f" {number}", "dim")))
    return lines


def _axis(view: Span, width: int) -> str:
    steps = max(min(width // 16, 6), 1)
    tenths = view.duration_s < 3 * steps
    line = [" "] * width
    for step in range(steps + 1):
        label = wording.clock(view.start_s + view.duration_s * step / steps, tenths=tenths)
        start = min(max(round(width * step / steps) - len(label) // 2, 0), width - len(label))
        line[start : start + len(label)] = label
    return "".join(line)

"""Where a moment lies in its recording, under the score of every sense along it."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from textual.content import Content
from textual.widget import Widget

from egosearch.types import Curve
from indexers.types import Modality, Span
from tui import drawing, wording

FUSED_KEY = "fused"
GUTTER = 9
"""Columns left of the strips, for their names."""
LEAST_SCALE = 1.0
"""Scores whose peak is below this are drawn low: a moment that matches scores above it."""
PEAK = 7
"""Columns right of the strips, for the number at their highest point."""


class Timeline(Widget):
    """One strip a sense and one for all together, on one scale, so that noise does not look like a find."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id)
        self._span: Span | None = None
        self._others: tuple[Span, ...] = ()
        self._duration_s = 0.0
        self._curves: Mapping[str, Curve] | None = None

    def show(self, span: Span, duration_s: float, others: Sequence[Span]) -> None:
        """Mark a moment in a recording, and fainter the answer's other moments in it."""
        self._span, self._others, self._duration_s = span, tuple(others), max(duration_s, span.end_s)
        self.refresh()

    def show_curves(self, curves: Mapping[str, Curve] | None) -> None:
        """Draw the scores; None while they are not known."""
        self._curves = curves
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._span = self._curves = None
        self.refresh()

    def render(self) -> Content:
        """Return the strips, the marks and the axis."""
        width = self.size.width - GUTTER - PEAK
        if self._span is None or width < 8:
            return Content("")
        whole = Span(0.0, self._duration_s)
        lines: list[Content] = []
        keys = [FUSED_KEY, *(modality.value for modality in wording.SENSES)]
        strips = [key for key in keys if self._curves and key in self._curves]
        # Two marks' lines are always needed; what is left is shared, so that tall terminals get taller strips.
        rows = max((self.size.height - 2) // max(len(strips), 1), 1)
        curves = self._curves or {}
        scale = max((LEAST_SCALE, *(score for key in strips for score in curves[key].scores if not math.isnan(score))))
        for key in strips:
            lines += _strip(key, curves[key], whole, width, rows=min(rows, 3), scale=scale)
        if self._curves is None:
            lines.append(Content.styled(f"{'':<{GUTTER}}reading the scores…", "dim"))
        elif not strips:
            lines.append(Content.styled(f"{'':<{GUTTER}}no scores along this recording", "dim"))
        lines.append(self._marks(whole, width))
        lines.append(Content.styled(" " * GUTTER + _axis(self._duration_s, width), "dim"))
        return Content("\n").join(lines)

    def _marks(self, whole: Span, width: int) -> Content:
        assert self._span is not None  # noqa: S101  asked only while a moment is shown
        line = [" "] * width
        for span, mark in (*((other, "△") for other in self._others), (self._span, "▲")):
            for column, char in enumerate(drawing.marks(span, whole, width, mark)):
                line[column] = char if char != " " else line[column]
        return Content.assemble(f"{'moment':<{GUTTER}}", ("".join(line), "bold $accent"))


def _strip(key: str, curve: Curve, whole: Span, width: int, *, rows: int, scale: float) -> list[Content]:
    scores = drawing.columns(np.asarray(curve.times_s, float), np.asarray(curve.scores, float), whole, width)
    peak = float(np.nanmax(scores)) if not np.isnan(scores).all() else 0.0
    name = wording.FUSED if key == FUSED_KEY else wording.SENSES[Modality(key)]
    style = "$primary" if key == FUSED_KEY else "$foreground 75%"
    lines = []
    for row, text in enumerate(drawing.bars(scores / scale, rows)):
        last = row == rows - 1
        label, number = (name, f"{peak:>{PEAK - 1}.1f}") if last else ("", "")
        lines.append(Content.assemble(f"{label:<{GUTTER}}", (text, style), (f" {number}", "dim")))
    return lines


def _axis(duration_s: float, width: int) -> str:
    steps = max(min(width // 16, 6), 1)
    line = [" "] * width
    for step in range(steps + 1):
        label = wording.clock(duration_s * step / steps)
        start = min(max(round(width * step / steps) - len(label) // 2, 0), width - len(label))
        line[start : start + len(label)] = label
    return "".join(line)

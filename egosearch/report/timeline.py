"""Score curves as SVG: a strip a sense and one for all together, with the moments that were found. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

from egosearch.telling import clock, lag
from egosearch.types import Curve, Evidence, Moment
from indexers.facts import Span

NAMES = {"audio": "sound", "visual": "picture", "speech": "words", "fused": "together"}
"""What people call each curve, in the order of the strips."""

WIDTH, LEFT, RIGHT = 1000, 76, 8
"""In the drawing's own units; what is left of `LEFT` are names."""
TOP, STRIP, GAP, AXIS = 18, 30, 8, 20
COLUMNS = 600
"""Of a curve: more would not be seen."""
LEAST_FOUND = 2.0
"""No moment is drawn narrower: in a recording of hours it could not be seen."""
LEAST_SCORE = 2.0
"""A strip's full height means at least this score: where nothing stands out, it stays low."""
TICKS = 9
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)


@dataclass(frozen=True)
class Found:
    """A moment to be marked."""

    rank: int
    moment: Moment


def timeline(
    curves: Mapping[str, Curve], span: Span, found: Sequence[Found], *, label: str, shows_lag: bool = False
) -> str:
    """Return a drawing of what the curves say in a span.

    Args:
        curves: By name, see `NAMES`; in seconds of the recording.
        span: What to draw.
        found: Of this recording.
        label: Says what the drawing shows, for who does not see it.
        shows_lag: Connect what each sense has to say about a moment, and write by how much it comes later or earlier.
    """
    names = [name for name in NAMES if name in curves]
    bottom = TOP + len(names) * (STRIP + GAP)
    view = _View(span, {name: TOP + number * (STRIP + GAP) for number, name in enumerate(names)})
    parts = [f'<svg viewBox="0 0 {WIDTH} {bottom + AXIS}" role="img" aria-label="{escape(label)}">']
    for one in found:
        parts += _mark(view, one, bottom)
    for name, top in view.tops.items():
        parts.append(f'<text x="{LEFT - 8}" y="{top + STRIP / 2 + 4:g}" text-anchor="end">{NAMES[name]}</text>')
        parts.append(f'<path class="area {name}" d="{_area(view, curves[name], top)}"/>')
        parts.append(f'<path class="base" d="M{LEFT} {top + STRIP}H{WIDTH - RIGHT}"/>')
    if shows_lag:
        for one in found:
            parts += _lags(view, one.moment)
    parts += _axis(view, bottom)
    parts.append("</svg>")
    return "".join(parts)


def heights(curve: Curve, span: Span, columns: int) -> list[float]:
    """Return the highest score in each of so many equal parts of a span, 0 where there is none or it is below 0.

    >>> heights(Curve((0.0, 1.0, 2.0, 3.0), (1.0, 5.0, -1.0, 2.0)), Span(0.0, 4.0), 2)
    [5.0, 2.0]
    """
    highest = [0.0] * columns
    for time_s, score in zip(curve.times_s, curve.scores, strict=True):
        if span.start_s <= time_s < span.end_s and isfinite(score):
            column = min(columns - 1, int((time_s - span.start_s) / span.duration_s * columns))
            highest[column] = max(highest[column], score)
    return highest


@dataclass(frozen=True)
class _View:
    span: Span
    tops: Mapping[str, int]
    """Where each strip begins."""

    def x(self, time_s: float) -> float:
        share = (time_s - self.span.start_s) / self.span.duration_s
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)


def _area(view: _View, curve: Curve, top: int) -> str:
    """Return a curve as the outline of an area; between its points it keeps the last one's height."""
    within = sum(view.span.start_s <= time_s < view.span.end_s for time_s in curve.times_s)
    columns = max(1, min(COLUMNS, within))
    highest = heights(curve, view.span, columns)
    full = max([LEAST_SCORE, *(score for score in curve.scores if isfinite(score))])
    step = (WIDTH - LEFT - RIGHT) / columns
    base = top + STRIP
    lines = [f"M{LEFT} {base}"]
    for column, score in enumerate(highest):
        y = base - score / full * STRIP
        lines.append(f"L{LEFT + column * step:.1f} {y:.1f}H{LEFT + (column + 1) * step:.1f}")
    return "".join(lines) + f"V{base}Z"


def _mark(view: _View, found: Found, bottom: int) -> Iterator[str]:
    span = found.moment.span
    if span.end_s <= view.span.start_s or span.start_s >= view.span.end_s:
        return
    left, right = view.x(span.start_s), view.x(span.end_s)
    width = max(LEAST_FOUND, right - left)
    yield f'<a href="#moment-{found.rank}">'
    yield f"<title>moment {found.rank}, {clock(span.start_s)} to {clock(span.end_s)}</title>"
    yield f'<rect class="found" x="{left:.1f}" y="{TOP - 4}" width="{width:.1f}" height="{bottom - TOP}"/>'
    middle = (left + left + width) / 2
    yield f'<text class="rank" x="{middle:.1f}" y="{TOP - 7}" text-anchor="middle">{found.rank}</text></a>'


def _lags(view: _View, moment: Moment) -> Iterator[str]:
    """Draw what each sense noticed, and dashed lines from the leading one to the others of its step."""
    leading: dict[int, Evidence] = {}
    for one in moment.evidence:
        if one.modality not in view.tops:
            continue
        y = view.tops[one.modality] + STRIP
        left, right = view.x(one.span.start_s), view.x(one.span.end_s)
        width = max(LEAST_FOUND, right - left)
        yield f'<rect class="{one.modality}" x="{left:.1f}" y="{y}" width="{width:.1f}" height="4"/>'
        first = leading.setdefault(one.step, one)
        comes = lag(one)
        if first is one or not comes:
            continue
        from_x, from_y = _middle(view, first)
        to_x, to_y = _middle(view, one)
        yield f'<path class="lag" d="M{from_x:.1f} {from_y}L{to_x:.1f} {to_y}"/>'
        yield f'<text class="told" x="{to_x + 6:.1f}" y="{to_y - 4}">{comes}</text>'


def _middle(view: _View, evidence: Evidence) -> tuple[float, int]:
    middle_s = (evidence.span.start_s + evidence.span.end_s) / 2
    return view.x(middle_s), view.tops[evidence.modality] + STRIP + 2


def _axis(view: _View, bottom: int) -> Iterator[str]:
    step_s = next((step for step in STEPS_S if view.span.duration_s / step <= TICKS), STEPS_S[-1])
    time_s = -(-view.span.start_s // step_s) * step_s
    while time_s <= view.span.end_s:
        x = view.x(time_s)
        anchor = "start" if x < LEFT + 20 else "end" if x > WIDTH - RIGHT - 20 else "middle"
        yield f'<path class="base" d="M{x:.1f} {bottom}v4"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="{anchor}">{clock(time_s)}</text>'
        time_s += step_s

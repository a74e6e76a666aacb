"""Which part of a recording is looked at: zooming and panning. Pure: spans in, spans out."""

from indexers.types import Span

LEAST_S = 4.0
"""No view is shorter, unless its recording is: a column is a twentieth of a second then."""


def zoomed(view: Span, at_s: float, factor: float, whole: Span) -> Span:
    """Return a view `factor` times as long; what is at `at_s` stays where it is on the screen, if that can be.

    >>> zoomed(Span(0, 100), 25, 0.5, Span(0, 100))
    Span(start_s=12.5, end_s=62.5)
    """
    length_s = min(max(view.duration_s * factor, LEAST_S), whole.duration_s)
    share = (at_s - view.start_s) / view.duration_s if view.duration_s > 0 else 0.5
    return within(at_s - share * length_s, length_s, whole)


def holding(view: Span, at_s: float, whole: Span) -> Span:
    """Return the view, moved where it does not show a time: so that the time is in its middle.

    >>> holding(Span(0, 10), 4, Span(0, 100)), holding(Span(0, 10), 50, Span(0, 100))
    (Span(start_s=0, end_s=10), Span(start_s=45.0, end_s=55.0))
    """
    if view.start_s <= at_s <= view.end_s:
        return view
    return within(at_s - view.duration_s / 2, view.duration_s, whole)


def within(start_s: float, length_s: float, whole: Span) -> Span:
    """Return a span of a length, moved into another one; no longer than that."""
    length_s = min(length_s, whole.duration_s)
    start_s = min(max(start_s, whole.start_s), whole.end_s - length_s)
    return Span(start_s, start_s + length_s)

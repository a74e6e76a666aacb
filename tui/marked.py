"""What was marked right and wrong in this search session."""

from collections.abc import Iterable

from egosearch.types import Mark, Moment, Query
from indexers.types import Span

Verdicts = dict[tuple[str, str, Span], bool]
"""Whether a moment was marked right, by the query's text and the moment's recording and span."""


def key(text: str, moment: Moment) -> tuple[str, str, Span]:
    """Return what a moment is known by: what else it has may differ the next time."""
    return text, moment.recording_id, moment.span


def verdicts_of(marks: Iterable[Mark]) -> Verdicts:
    """Return what marks say."""
    return {(mark.query, mark.recording_id, mark.span): mark.is_right for mark in marks}


def told(verdicts: Verdicts, query: Query | None, moment: Moment) -> str:
    """Return "✓ right", "✗ wrong", or nothing."""
    is_right = verdicts.get(key(query.text, moment)) if query else None
    return "" if is_right is None else "✓ right" if is_right else "✗ wrong"

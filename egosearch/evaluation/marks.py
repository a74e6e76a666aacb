"""A library's own marks as labels: what its owner judged right is what a query should find."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import Annotations, LabelledQuery, Target
from egosearch.query.intervals import temporal_iou
from egosearch.types import Mark

SAME_IOU = 0.5
"""Marks that overlap more are about the same moment, and the latest one is what its owner thinks."""


class Marked(Protocol):
    """What has marks: `egosearch.Library`."""

    def marks(self, session: str | None = None) -> list[Mark]: ...


def annotations_of(library: Marked) -> Annotations:
    """Return the queries that somebody marked moments for, in all sessions.

    Texts that differ in case and spaces only are one query. Where all marks of a query are wrong ones, nobody knows
    what is right, or whether anything is: it is left out and counted.

    Raises:
        QueryError: No moment is marked right.
    """
    marks: dict[str, list[Mark]] = {}
    for mark in sorted(library.marks(), key=lambda one: one.marked_at):
        marks.setdefault(" ".join(mark.query.casefold().split()), []).append(mark)
    left_out: Counter[str] = Counter()
    queries = []
    for text, made in marks.items():
        right = [mark for mark in _latest(made) if mark.is_right]
        if right:
            relevant = tuple(Target(mark.recording_id, mark.span) for mark in right)
            queries.append(LabelledQuery(text, made[-1].query, None, relevant))
        else:
            left_out["queries of which no moment is marked right"] += 1
    if not queries:
        raise QueryError(
            "no moment of this library is marked right; mark some with `egosearch mark`, or name a file of annotations"
        )
    return Annotations(None, "marks", tuple(queries), left_out)


def _latest(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks that no later one replaces, in the order given."""
    return [mark for place, mark in enumerate(marks) if not any(_same(mark, later) for later in marks[place + 1 :])]


def _same(one: Mark, other: Mark) -> bool:
    spans = one.span.start_s, one.span.end_s, other.span.start_s, other.span.end_s
    return one.recording_id == other.recording_id and temporal_iou(*spans) > SAME_IOU

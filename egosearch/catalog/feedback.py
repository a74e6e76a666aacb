"""The marks in the catalogue: the statements behind `Catalog.add_mark`, `unmark` and `marks`."""

from typing import TYPE_CHECKING

from egosearch.catalog.names import from_text, to_text
from egosearch.catalog.rows import time_from_us
from egosearch.types import Mark
from indexers.types import Span

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAME_ABOVE_IOU = 0.5
"""Two spans that have more than this in common are one moment, judged twice: edges move a little between searches."""


def folded(text: str) -> str:
    """Return the form in which two texts are one query: letter case and spacing set aside.

    >>> folded("  When the  TIMER went off ")
    'when the timer went off'
    """
    return " ".join(text.split()).casefold()


def insert(cursor: "DuckDBPyConnection", mark: Mark) -> None:
    """Write a mark in place of the earlier ones of the same query, session and moment."""
    delete(cursor, mark)
    cursor.execute(
        "INSERT INTO feedback (query, recording_id, start_s, end_s, is_right, session, marked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            mark.query,
            mark.recording_id,
            mark.span.start_s,
            mark.span.end_s,
            mark.is_right,
            to_text(mark.session),
            mark.marked_at,
        ],
    )


def delete(cursor: "DuckDBPyConnection", mark: Mark) -> list[Mark]:
    """Delete the marks of the same query, session and moment, whichever way they judge, and return them."""
    same = [(rowid, other) for rowid, other in _read(cursor, mark.session) if _is_same(mark, other)]
    for rowid, _ in same:
        cursor.execute("DELETE FROM feedback WHERE rowid = ?", [rowid])
    return [other for _, other in same]


def select(cursor: "DuckDBPyConnection", *, query: str | None, session: str | None) -> list[Mark]:
    """Return the marks of a query and a session, oldest first; None for any."""
    wanted = None if query is None else folded(query)
    return [mark for _, mark in _read(cursor, session) if wanted is None or folded(mark.query) == wanted]


def _read(cursor: "DuckDBPyConnection", session: str | None) -> list[tuple[int, Mark]]:
    """Return a session's marks, each with the number of its row, oldest first."""
    # All of a session: a person makes a few hundred marks, and DuckDB folds no case as Python does.
    cursor.execute(
        "SELECT rowid, query, recording_id, start_s, end_s, is_right, session, epoch_us(marked_at) FROM feedback"
        " WHERE session = coalesce(?, session) ORDER BY feedback.marked_at, rowid",
        [None if session is None else to_text(session)],
    )
    return [
        (rowid, Mark(text, recording_id, Span(start_s, end_s), is_right, from_text(name), time_from_us(marked_us)))
        for rowid, text, recording_id, start_s, end_s, is_right, name, marked_us in cursor.fetchall()
    ]


def _is_same(mark: Mark, other: Mark) -> bool:
    """Whether two marks of one session judge the same moment for the same query."""
    # Temporal IoU is defined once, among modules that import the catalogue: hence not at the top.
    from egosearch.query.intervals import temporal_iou

    return (
        mark.recording_id == other.recording_id
        and folded(mark.query) == folded(other.query)
        and (
            mark.span == other.span
            or temporal_iou(mark.span.start_s, mark.span.end_s, other.span.start_s, other.span.end_s) > SAME_ABOVE_IOU
        )
    )

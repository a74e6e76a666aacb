"""A library's marks as labels."""

from datetime import UTC, datetime, timedelta

import pytest

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import Target
from egosearch.evaluation.marks import annotations_of
from egosearch.types import Mark
from indexers.types import Span

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Marks:
    def __init__(self, *made: Mark) -> None:
        self._made = list(made)

    def marks(self, session: str | None = None) -> list[Mark]:
        return [mark for mark in self._made if session in (None, mark.session)]


def mark(
    query: str, recording_id: str, start_s: float, end_s: float, *, is_right: bool = True, at_min: float = 0
) -> Mark:
    at = NOON + timedelta(minutes=at_min)
    return Mark(query, recording_id, Span(start_s, end_s), is_right, f"session-{at_min}", at)


def test_right_marks_are_the_right_spans() -> None:
    found = annotations_of(
        Marks(
            mark("a bell", "r1", 1, 2),
            mark("A  Bell ", "r2", 5, 9, at_min=1),
            mark("a bell", "r1", 30, 40, is_right=False),
            mark("a cup", "r1", 3, 4),
        )
    )
    bell, cup = found.queries
    assert bell.relevant == (Target("r1", Span(1, 2)), Target("r2", Span(5, 9)))
    assert (bell.recording, cup.relevant) == (None, (Target("r1", Span(3, 4)),))
    assert found.left_out == {}


def test_the_latest_word_on_a_moment_counts() -> None:
    marks = [
        mark("a bell", "r1", 1, 5, at_min=2, is_right=False),
        mark("a bell", "r1", 1, 4.9),
        mark("a bell", "r1", 7, 9),
        mark("a bell", "r1", 7.2, 9, at_min=1),
    ]
    (query,) = annotations_of(Marks(*marks)).queries
    assert query.relevant == (Target("r1", Span(7.2, 9)),)


def test_where_only_wrong_ones_are_marked_nobody_knows() -> None:
    found = annotations_of(Marks(mark("a bell", "r1", 1, 2), mark("a cup", "r1", 1, 2, is_right=False)))
    assert [query.text for query in found.queries] == ["a bell"]
    assert found.left_out == {"queries of which no moment is marked right": 1}


def test_without_right_marks_there_is_nothing_to_evaluate_on() -> None:
    with pytest.raises(QueryError, match="no moment of this library is marked right; mark some with"):
        annotations_of(Marks(mark("a cup", "r1", 1, 2, is_right=False)))

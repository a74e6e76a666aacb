"""Conditions about notes in a typed line."""

from datetime import UTC, datetime

import pytest

from egosearch.errors import QueryError
from egosearch.notes.types import Note
from egosearch.typed import Known, complete, query_of, read
from egosearch.types import RecordingSummary
from indexers.types import Span

NOTES = [
    Note("a" * 12, "1f", Span(1, 2), "cake", tags, datetime.now(UTC)) for tags in (("party",), ("kitchen", "pier"))
]


class Nothing:
    """A library without recordings."""

    def recordings(self) -> list[RecordingSummary]:
        return []

    def find(self, text: str) -> RecordingSummary:
        raise AssertionError(text)


def test_tags_and_words_are_conditions() -> None:
    typed = read('laughing tag:Party tag:kitchen noted:"birthday cake"')
    assert (typed.text, typed.tags) == ("laughing", ("Party", "kitchen"))
    where = query_of(Nothing(), 'laughing tag:Party tag:#kitchen noted:"birthday cake"').where
    assert (where.tags, where.noted) == (frozenset({"party", "kitchen"}), "birthday cake")


@pytest.mark.parametrize("line", ["tag:party", "noted:cake", 'tag:party noted:"birthday cake"'])
def test_they_may_stand_alone(line: str) -> None:
    assert query_of(Nothing(), line).text == ""


def test_what_is_wrong_with_them_is_said_as_typed() -> None:
    with pytest.raises(QueryError, match="is no tag, which is one word"):
        query_of(Nothing(), 'cake tag:"two words"')
    with pytest.raises(
        QueryError, match=r"that must be noted \(noted:\) are empty; name some, for example: noted: budget"
    ):
        query_of(Nothing(), "cake noted:...")
    with pytest.raises(QueryError, match="noted: is there 2 times"):
        query_of(Nothing(), "cake noted:a noted:b")


def test_tags_are_completed() -> None:
    known = Known.of([], NOTES)
    assert known.tags == ("kitchen", "party", "pier")
    assert [one.line for one in complete("cake tag:p", 10, known)] == ["cake tag:party ", "cake tag:pier "]
    assert [one.line for one in complete("cake ta", 7, known)] == ["cake tag:"]

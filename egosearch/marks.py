"""Marking moments right or wrong: the verbs of `Library` that remember what people think of its answers.

What is marked here refines the next searches of its session, see `egosearch.query.feedback`, and labels evaluations.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TypeVar

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError, QueryError
from egosearch.types import ALL_PARTS, Answer, Mark, Moment, Parts, Place, Query, Where
from indexers.types import Recording, Span

AROUND_S = 2.0
"""Length of what is marked at a place where the query finds nothing: about what people point at with one number."""
LOOKED_AT = 10
"""Moments of a recording among which the one at a place is looked for: as many as an answer shows."""
ROUNDED_S = 0.001
"""Answers as JSON are rounded to this."""

_Spanned = TypeVar("_Spanned", Moment, Mark)


class Marking(ABC):
    """The part of `Library` that keeps marks."""

    path: Path
    _catalog: Catalog
    _read_only: bool

    @abstractmethod
    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        """Return what matches; `Library` does."""

    @abstractmethod
    def _recording(self, recording_id: str) -> Recording:
        """Return a recording of the library; `Library` does."""

    def mark(
        self, what: Moment | Place, query: str, *, is_right: bool, session: str = "", length_s: float | None = None
    ) -> Mark:
        """Remember that a moment is what a query asked for, or that it is not.

        Marking nearly the same span again for the same query in the same session replaces what was said before. Letter
        case and spacing do not tell two queries apart.

        Args:
            what: The moment. At a place it is the one that was marked there before, or that the query finds there,
                however unsure, or else `AROUND_S` seconds around it.
            query: The text that the moment was an answer to.
            is_right: Whether it is what the text asked for.
            session: The search session whose next answers this refines; empty for none.
            length_s: How long the moment at a place is, which then starts it.

        Raises:
            QueryError: The text is empty or too long, or the recording has no such place.
            LibraryError: There is no such recording, or the library is read-only.
        """
        from egosearch.query.engine import check

        self._check_writable()
        check(Query(query))
        recording = self._recording(what.recording_id)
        span = what.span if isinstance(what, Moment) else self._span_at(recording, what, query, session, length_s)
        mark = Mark(query, recording.recording_id, span, is_right, session, datetime.now(UTC))
        self._catalog.add_mark(mark)
        return mark

    def unmark(self, what: Moment | Place, query: str, *, session: str = "") -> list[Mark]:
        """Take back what a session marked at a moment or a place, for one query.

        Returns:
            What was taken back; empty where nothing was marked.

        Raises:
            LibraryError: There is no such recording, or the library is read-only.
        """
        self._check_writable()
        recording = self._recording(what.recording_id)
        if isinstance(what, Moment):
            meant = [Mark(query, what.recording_id, what.span, True, session, datetime.now(UTC))]
        else:
            meant = _meant(self._marked(recording, query, session), what.time_s)
        return [taken for mark in meant for taken in self._catalog.unmark(mark)]

    def marks(self, session: str | None = None) -> list[Mark]:
        """Return what was marked, oldest first; None for all sessions."""
        return self._catalog.marks(session=session)

    def _marked(self, recording: Recording, query: str, session: str) -> list[Mark]:
        marks = self._catalog.marks(query=query, session=session)
        return [mark for mark in marks if mark.recording_id == recording.recording_id]

    def _span_at(self, recording: Recording, place: Place, query: str, session: str, length_s: float | None) -> Span:
        """Return what somebody means who points at a place with one number."""
        if not 0 <= place.time_s < recording.duration_s:
            raise QueryError(
                f"{recording.path.name} goes from 0 to {recording.duration_s:.1f} s, {place.time_s:g} s is not in it;"
                " name a time within it"
            )
        if length_s is not None:
            if not (isfinite(length_s) and length_s > 0):
                raise QueryError(f"a length of {length_s:g} s is none; name one above 0, or leave it out")
            return _within(recording, place.time_s, place.time_s + length_s)
        if marked := _meant(self._marked(recording, query, session), place.time_s):
            return marked[-1].span
        here = Where(recording_ids=frozenset({recording.recording_id}))
        asked = Query(query, limit=LOOKED_AT, min_confidence=0, where=here, session=session or None)
        if found := _meant(self.answer(asked).moments, place.time_s):
            return found[0].span
        return _within(recording, place.time_s - AROUND_S / 2, place.time_s + AROUND_S / 2)

    def _check_writable(self) -> None:
        if self._read_only:
            raise LibraryError(f"{self.path} is open for reading only; open it for writing to mark moments")


def _within(recording: Recording, start_s: float, end_s: float) -> Span:
    return Span(max(0.0, start_s), min(recording.duration_s, end_s))


def _meant(found: Sequence[_Spanned], time_s: float) -> list[_Spanned]:
    """Return, of the moments found, those that somebody means who names a time, in the order given.

    Those that begin then; where none does, those that it lies in. Answers print a start rounded down to the second, so
    a whole number means any start within that second.
    """
    end_s = time_s + (1 if float(time_s).is_integer() else ROUNDED_S)
    begun = [one for one in found if time_s - ROUNDED_S <= one.span.start_s < end_s]
    return begun or [one for one in found if one.span.start_s <= time_s < one.span.end_s]

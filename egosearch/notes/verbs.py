"""The verbs of `Library` that keep notes. How searches use them is `egosearch.query.noted`."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite

from egosearch.catalog import Catalog
from egosearch.clips.types import Cut
from egosearch.errors import LibraryError, QueryError
from egosearch.notes.types import Note
from egosearch.notes.writing import clean_tags, clean_text, note_id
from egosearch.types import Moment, Place, Where
from indexers.types import Recording, Span

LENGTH_S = 10.0
"""Of what is noted at a place, from there on: people name a time at which something begins, and it takes a while."""


class Noting(ABC):
    """The part of `Library` that keeps notes."""

    _catalog: Catalog

    @abstractmethod
    def _recording(self, recording_id: str) -> Recording:
        """Return a recording of the library; `Library` does."""

    @abstractmethod
    def _check_writable_for(self, what: str) -> None:
        """Refuse where the library is open for reading only; `Library` does."""

    def note(
        self, what: Moment | Cut | Place, text: str = "", tags: Iterable[str] = (), *, length_s: float | None = None
    ) -> Note:
        """Write a note about a span of a recording; the same note twice is one.

        Args:
            what: A moment, a span of a recording, or a place, at which the span begins.
            text: Whatever helps to find it again; may be empty where there are tags.
            tags: Words; letter case, a leading # and their order make no difference.
            length_s: How long the span at a place is; None for `LENGTH_S`. It ends with the recording.

        Raises:
            QueryError: There is neither text nor tag, one of them cannot be taken, or the recording has no such span.
            LibraryError: There is no such recording, it is still being recorded, or the library is read-only.
        """
        self._check_writable_for("write notes")
        clean = clean_tags(tags)
        written = clean_text(text, has_tags=bool(clean))
        recording = self._recording(what.recording_id)
        if self._catalog.recording(recording.recording_id) is None:
            raise LibraryError(f"{recording.path.name} is still being recorded; write the note when it is indexed")
        span = _span_of(what, length_s, recording)
        name = note_id(recording.recording_id, span, written, clean)
        note = Note(name, recording.recording_id, span, written, clean, datetime.now(UTC))
        self._catalog.add_note(note)
        return note

    def notes(self, where: Where | None = None, within: Span | None = None) -> list[Note]:
        """Return notes by recording, as `recordings` lists them, and then by time.

        Args:
            where: Those that have any of its tags and all of its words, and of which half or more lies where and when
                it says; None for all.
            within: Only those that overlap this span of their recording; None for all.

        Raises:
            QueryError: No note has one of the tags, nothing could ever pass, or it asks for words that are said.
        """
        from egosearch.query import noted
        from egosearch.query.filtering import visible_spans

        notes = list(self._catalog.notes())
        if where is not None and where != Where():
            if where.said is not None:
                raise QueryError("notes are not told apart by what is said; search for it with `egosearch query`")
            notes = noted.matching(notes, where)
            known = self._catalog.recordings({one.recording_id for one in notes})
            spans = visible_spans(replace(where, tags=None, noted=None), [one.recording for one in known])
            notes = noted.in_spans(notes, spans)
        if within is not None:
            notes = [one for one in notes if one.span.start_s < within.end_s and one.span.end_s > within.start_s]
        return notes

    def unnote(self, note_ids: Sequence[str]) -> list[Note]:
        """Delete notes by their ids, and return what was deleted; deleting what is not there is fine.

        Raises:
            LibraryError: The library is read-only.
        """
        self._check_writable_for("delete notes")
        return self._catalog.remove_notes(note_ids)


def _span_of(what: Moment | Cut | Place, length_s: float | None, recording: Recording) -> Span:
    """Return what of a recording is meant.

    Raises:
        QueryError: Nothing of it.
    """
    if length_s is not None and not (isfinite(length_s) and length_s > 0):
        raise QueryError(f"a length of {length_s:g} s is none; name one above 0, or leave it out")
    if isinstance(what, Place):
        start_s, end_s = what.time_s, what.time_s + (LENGTH_S if length_s is None else length_s)
    else:
        start_s, end_s = what.span.start_s, what.span.end_s
    end_s = min(end_s, recording.duration_s)
    if not 0 <= start_s < end_s:
        raise QueryError(
            f"{recording.path.name} goes from 0 to {recording.duration_s:.1f} s, and nothing of it is from"
            f" {start_s:g} s on; name a time within it"
        )
    return Span(float(start_s), float(end_s))

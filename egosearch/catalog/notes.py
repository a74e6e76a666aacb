"""The catalogue's verbs about notes."""

from collections.abc import Sequence
from typing import Any

from egosearch.catalog.names import from_text, to_text
from egosearch.catalog.rows import time_from_us
from egosearch.catalog.tables import Tables
from egosearch.notes.types import Note
from indexers.types import Span

_SELECT = (
    "SELECT note_id, notes.recording_id, start_s, end_s, text, tags, epoch_us(noted_at) AS noted_us"
    " FROM notes JOIN recordings USING (recording_id)"
    " ORDER BY recorded_at NULLS LAST, path, start_s, end_s, notes.noted_at, note_id"
)


class Notes(Tables):
    """The part of `Catalog` about notes."""

    def add_note(self, note: Note) -> None:
        """Keep a note, in place of the one with its id."""
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM notes WHERE note_id = ?", [note.note_id])
            cursor.execute(
                "INSERT INTO notes (note_id, recording_id, start_s, end_s, text, tags, noted_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    note.note_id,
                    note.recording_id,
                    note.span.start_s,
                    note.span.end_s,
                    to_text(note.text),
                    [to_text(tag) for tag in note.tags],
                    note.noted_at,
                ],
            )

    def notes(self) -> tuple[Note, ...]:
        """Return all notes, by the wall-clock time of their recordings and then by their own.

        Every search asks, so they are read once after each write: a person writes some hundreds.
        """
        read = self._shared.read
        if read.notes is None:
            read.notes = tuple(_note(row) for row in self._rows(_SELECT))
        return read.notes

    def remove_notes(self, note_ids: Sequence[str]) -> list[Note]:
        """Delete notes, and return what was deleted; deleting what is not there is fine."""
        doomed = [note for note in self.notes() if note.note_id in set(note_ids)]
        if doomed:
            with self._transaction() as cursor:
                for note in doomed:
                    cursor.execute("DELETE FROM notes WHERE note_id = ?", [note.note_id])
        return doomed


def _note(row: dict[str, Any]) -> Note:
    return Note(
        row["note_id"],
        row["recording_id"],
        Span(row["start_s"], row["end_s"]),
        from_text(row["text"]),
        tuple(from_text(tag) for tag in row["tags"]),
        time_from_us(row["noted_us"]),
    )

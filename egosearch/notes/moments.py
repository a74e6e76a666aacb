"""A note as a moment: what a search answers with, and what lists print."""

from datetime import datetime, timedelta
from pathlib import Path

from egosearch.notes.types import Note
from egosearch.types import Moment


def moment_of(note: Note, path: Path, recorded_at: datetime | None, confidence: float = 1.0) -> Moment:
    """Return the span that a note is about, without evidence of any sense.

    Args:
        note: The note.
        path: Of its recording.
        recorded_at: When that starts.
        confidence: How sure it is that this is meant.
    """
    span = note.span
    started = None if recorded_at is None else recorded_at + timedelta(seconds=span.start_s)
    return Moment(note.recording_id, path, span, started, confidence, confidence, (), (note,))

"""A note: a frozen value that travels from the process that owns a library."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from indexers.facts import Span


@dataclass(frozen=True)
class Note:
    """What somebody wrote about a span of a recording."""

    note_id: str
    """Twelve hexadecimal digits, the same for the same note wherever it is written: see `writing.note_id`."""
    recording_id: str
    span: Span
    text: str
    """As written; empty where there are tags only."""
    tags: tuple[str, ...]
    """In alphabetical order, each once, as `writing.clean_tag` returns them."""
    noted_at: datetime

    @property
    def words(self) -> str:
        """All that it can be found by: its text and its tags."""
        return " ".join((self.text, *self.tags)).strip()


def tags_of(notes: Iterable[Note]) -> tuple[str, ...]:
    """Return the tags of notes in alphabetical order, each once."""
    return tuple(sorted({tag for note in notes for tag in note.tags}))

"""What forgetting takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path

from indexers.facts import Span


@dataclass(frozen=True)
class Doomed:
    """What is to be forgotten of one recording."""

    recording_id: str
    path: Path
    spans: tuple[Span, ...]
    """Ascending and disjoint. Whatever overlaps them goes, also what reaches over their edges."""
    is_whole: bool
    """Whether that is all of it: the recording is then no longer in the library."""
    windows: int = 0
    """Of all senses and encoders."""
    utterances: int = 0
    marks: int = 0
    notes: int = 0

    @property
    def duration_s(self) -> float:
        """Length of the spans."""
        return sum(span.duration_s for span in self.spans)


@dataclass(frozen=True)
class ForgetPlan:
    """What would be forgotten."""

    doomed: tuple[Doomed, ...]
    """One for each recording that has any of it, by wall-clock time."""
    untimed: int = 0
    """Recordings that are left alone because nobody knows when they were made, where times were asked for."""


@dataclass(frozen=True)
class Forgotten:
    """A span that was forgotten and stays out of the library."""

    recording_id: str
    span: Span
    """To infinity where the whole recording is forgotten."""
    forgotten_at: datetime
    is_erased: bool
    """Whether it was found to be gone from the disk, too."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the recording is to be in the library."""
        return self.span.end_s == inf


@dataclass(frozen=True)
class ForgetReport:
    """What was forgotten."""

    plan: ForgetPlan
    is_remote: bool
    """The vectors are on a server, whose disk keeps them until its optimiser has run."""
    deleted: tuple[Path, ...]
    """Files of recordings that were deleted."""
    left: tuple[Path, ...]
    """Files that were to be deleted and are not what was indexed, so that they were left."""
    elapsed_s: float

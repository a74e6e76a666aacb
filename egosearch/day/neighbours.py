"""Which recording comes before another on the clock, and which after: the next chapter, the other camera."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from egosearch.errors import LibraryError
from egosearch.types import RecordingSummary


@dataclass(frozen=True)
class Neighbour:
    """A recording beside another."""

    recording: RecordingSummary
    gap_s: float
    """From where the earlier one of the two ends to where the later one begins; negative where they overlap."""


@dataclass(frozen=True)
class Neighbours:
    """What lies around a recording in time; None at the ends of the library."""

    before: Neighbour | None
    after: Neighbour | None


class Neighbouring(ABC):
    """The part of a library that knows which recordings lie side by side."""

    @abstractmethod
    def recordings(self) -> list[RecordingSummary]:
        """Return all recordings; the library does."""

    def neighbours(self, recording_id: str) -> Neighbours:
        """Return the recordings that come before and after one by wall-clock time.

        Raises:
            LibraryError: There is no such recording, or nobody knows when it was made.
        """
        return neighbours(self.recordings(), recording_id)


def neighbours(recordings: Sequence[RecordingSummary], recording_id: str) -> Neighbours:
    """Return what lies around a recording in time.

    Recordings come in the order in which they began; those that began at once, as chapters of some cameras claim to, in
    the order of their paths.

    Args:
        recordings: All, in any order; those without a wall-clock time are left out.
        recording_id: One of them.

    Raises:
        LibraryError: It is none of them, or has no wall-clock time.
    """
    chosen = next((one for one in recordings if one.recording_id == recording_id), None)
    if chosen is None:
        raise LibraryError(f"no recording has the id {recording_id!r}; `egosearch recordings` lists them")
    if chosen.recorded_at is None:
        raise LibraryError(
            f"nobody knows when {chosen.path.name} was made, so no recording comes before or after it; give the file"
            " its time back, or a name with date and time, and index it again"
        )
    dated = [(one.recorded_at, str(one.path), one) for one in recordings if one.recorded_at is not None]
    dated.sort(key=lambda known: known[:2])
    in_order = [one for *_, one in dated]
    place = next(i for i, one in enumerate(in_order) if one.recording_id == recording_id)
    before = in_order[place - 1] if place > 0 else None
    after = in_order[place + 1] if place + 1 < len(in_order) else None
    return Neighbours(
        None if before is None else Neighbour(before, gap_s(before, chosen)),
        None if after is None else Neighbour(after, gap_s(chosen, after)),
    )


def gap_s(earlier: RecordingSummary, later: RecordingSummary) -> float:
    """Return the seconds between two recordings that have a wall-clock time; negative where they overlap."""
    if earlier.recorded_at is None or later.recorded_at is None:
        raise ValueError("a recording without a wall-clock time")
    return (later.recorded_at - earlier.recorded_at - timedelta(seconds=earlier.duration_s)).total_seconds()

"""A recording on its way through an indexing run: what is left of it, what failed, and when it is given up."""

from egosearch.catalog import FileStamp
from egosearch.errors import MediaError
from egosearch.indexing.pool import SliceFailure
from egosearch.indexing.survey import Task
from egosearch.indexing.types import FailedFile
from indexers.media import fingerprint
from indexers.types import Recording, Slice

MOST_IN_A_ROW = 3
"""A recording is given up after so many slices that failed one after the other: a film has dozens, and one whose disk
was pulled out fails in all of them; one that is damaged here and there keeps the rest."""


class Underway:
    """A task and how far it is."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.left = {one.slice.index for one in task.missing}
        """Slices of which nothing has come yet."""
        self.is_given_up = False
        self.is_added = False
        """Whether the catalogue has the recording."""
        self.is_counted = False
        """Whether the run has counted it as finished."""
        self._failures: list[SliceFailure] = []
        self._failed_in_a_row = 0

    @property
    def recording(self) -> Recording:
        """What is indexed."""
        return self.task.recording

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come of it."""
        return self.is_given_up or not self.left

    def note_success(self, piece: Slice) -> None:
        """Count a slice that is committed."""
        self.left.discard(piece.index)
        self._failed_in_a_row = 0

    def note_failure(self, failure: SliceFailure) -> None:
        """Count a slice that gave nothing; the recording is given up where that goes on and on."""
        self.left.discard(failure.slice.index)
        self._failures.append(failure)
        self._failed_in_a_row += 1
        self.is_given_up |= self._failed_in_a_row >= MOST_IN_A_ROW

    def change(self) -> MediaError | None:
        """Say how its file has changed since it was looked at, if it has: what came of it is of something else."""
        path = self.recording.path
        try:
            if FileStamp.of(path) == self.task.stamp or fingerprint(path) == self.recording.recording_id:
                return None
        except (OSError, MediaError):
            return MediaError(path, "it was moved or removed while it was indexed", "index it where it is now")
        return MediaError(path, "it changed while it was indexed", "index it again once nothing writes to it any more")

    def failure(self) -> FailedFile | None:
        """Return why it is not indexed, or not wholly; None where nothing failed."""
        if not self._failures:
            return None
        first = min(self._failures, key=lambda failure: failure.slice.index).error
        reason, count = first.reason, len(self.task.missing)
        if count > 1:
            done = count - len(self._failures) - len(self.left)
            reason += f" ({done} of {count} slices are indexed all the same)"
        return FailedFile(self.recording.path, reason, first.remedy)

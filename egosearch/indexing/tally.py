"""What an indexing run has done so far, in numbers: the run counts them, and they are told meanwhile and at its end."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from egosearch.indexing.types import FailedFile, IndexProgress, IndexReport


@dataclass
class Tally:
    """The counts of one run, which its run changes."""

    indexed: int = 0
    unchanged: int = 0
    moved: int = 0
    forgotten: int = 0
    failed: list[FailedFile] = field(default_factory=list)
    finished: int = 0
    """Recordings of which nothing more is to come, however they ended."""
    seconds_done: float = 0.0
    seconds_total: float = 0.0
    """Of recording, without what failed."""
    began: float = field(default_factory=time.monotonic)

    def progress(self, path: Path, pending: int, failed: FailedFile | None) -> IndexProgress:
        """Return what to tell about a recording of which something has come.

        Args:
            path: Of the recording.
            pending: Recordings that are not finished.
            failed: Why it has failed, where it just has.
        """
        return IndexProgress(
            path=path,
            recordings_done=self.finished,
            recordings_total=self.finished + pending,
            seconds_done=self.seconds_done,
            seconds_total=self.seconds_total,
            elapsed_s=time.monotonic() - self.began,
            failure=None if failed is None else f"{failed.reason}; {failed.remedy}",
        )

    def report(self, *, is_interrupted: bool) -> IndexReport:
        """Return what was done."""
        return IndexReport(
            indexed=self.indexed,
            unchanged=self.unchanged,
            moved=self.moved,
            forgotten=self.forgotten,
            failed=tuple(self.failed),
            seconds=self.seconds_done,
            elapsed_s=time.monotonic() - self.began,
            interrupted=is_interrupted,
        )

"""What an indexing run takes, tells and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from egosearch.types import SpaceSummary
from indexers.facts import Modality


@dataclass(frozen=True)
class IndexOptions:
    """How to index."""

    encoders: Mapping[Modality, str] = field(default_factory=dict)
    """Encoders by sense that the library is to have beside those it keeps already. Empty for these alone; a new library
    begins with `concepts` for sound and pictures then."""
    jobs: int | None = None
    """Worker processes; None for one a core, at most 8. A small run has one in any case."""
    nice: int = 0
    """Added to the workers' niceness: 19 gets what nobody else wants."""
    memory_mb: int | None = None
    """What the whole run may hold in memory; None for half of the machine's a worker; see `indexing.limits`."""
    retry_failed: bool = False
    """Try files again that failed before and have not changed since."""


@dataclass(frozen=True)
class IndexProgress:
    """One step of an indexing run, for progress bars."""

    path: Path
    """The recording that just advanced."""
    recordings_done: int
    recordings_total: int
    seconds_done: float
    """Seconds of recording indexed in this run."""
    seconds_total: float
    """Seconds of recording to index in this run."""
    elapsed_s: float
    failure: str | None = None
    """Reason and remedy where the file just failed."""

    @property
    def speed(self) -> float:
        """Multiple of real time; 0 before anything is done."""
        return self.seconds_done / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Wall-clock seconds left; None while unknown."""
        return (self.seconds_total - self.seconds_done) / self.speed if self.speed > 0 else None


@dataclass(frozen=True)
class FailedFile:
    """A file that was not indexed, or not all of it."""

    path: Path
    reason: str
    remedy: str
    failed_at: datetime | None = None
    """When; None in the report of the run in which it did."""


@dataclass(frozen=True)
class IndexReport:
    """What an indexing run did."""

    indexed: int
    """Recordings indexed, wholly or their missing part."""
    unchanged: int
    """Recordings that were indexed already."""
    moved: int
    """Of those: recordings found under another path than before."""
    failed: tuple[FailedFile, ...]
    seconds: float
    """Seconds of recording indexed."""
    elapsed_s: float
    forgotten: int = 0
    """Recordings that are left out because somebody had them forgotten."""
    interrupted: bool = False
    """Stopped before the end; what was committed stays, and the next run goes on."""
    adopted: tuple[SpaceSummary, ...] = ()
    """What searches use from this run on, instead of another one of the same sense."""
    behind: tuple[SpaceSummary, ...] = ()
    """What searches are to use, and will once it has all that the one they use has."""
    beside: tuple[SpaceSummary, ...] = ()
    """What was asked for and is indexed beside the one that searches use."""

"""What the catalogue takes and gives: frozen values, never rows."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.types import Recording, WindowQuality

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FileStamp:
    """What the file system says of a file without reading it: equal stamps mean that it did not change."""

    size_bytes: int
    modified_at: datetime
    """With a time zone, in microseconds, which is what the catalogue keeps."""

    @classmethod
    def of(cls, path: Path) -> "FileStamp":
        """Ask the file system.

        Raises:
            OSError: There is no such file.
        """
        return cls.from_stat(path.stat())

    @classmethod
    def from_stat(cls, stat: os.stat_result) -> "FileStamp":
        """Return the stamp in what `os.stat` or a directory entry said."""
        return cls(stat.st_size, EPOCH + timedelta(microseconds=stat.st_mtime_ns // 1000))


@dataclass(frozen=True)
class CatalogedRecording:
    """A recording with what the catalogue knows besides."""

    recording: Recording
    modified_at: datetime
    """The file's own time when it was added."""
    indexed_at: datetime
    """When it was last added."""


@dataclass(frozen=True)
class Failure:
    """A file that could not be indexed."""

    path: Path
    reason: str
    """Why, as a clause: "it holds neither sound nor picture"."""
    remedy: str
    """What to do, as a clause in the imperative."""
    stamp: FileStamp
    """The file as it was then; another stamp means that it is worth another try."""
    failed_at: datetime


@dataclass(frozen=True, eq=False)
class CatalogedWindows:
    """n windows of one recording in one space, in time order."""

    index: NDArray[np.int64]
    """Shape (n,), ascending."""
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    quality: WindowQuality

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class CatalogCounts:
    """How much the library holds."""

    recordings: int
    duration_s: float
    windows: int
    failures: int

"""What an export or an import did: a frozen value that travels from the process that owns a library."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BackupReport:
    """A library that was written to an archive, or made from one."""

    path: Path
    """The archive that was written, or the library that was made."""
    recordings: int
    vectors: int
    missing: int
    """Windows that had no vector in the library that was exported, and so have none in any copy."""
    size_bytes: int
    """Of the archive; where it is a folder, of the files in it."""

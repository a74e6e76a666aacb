"""One process at a time in a folder. The lock goes with the process, however it ends.

Qdrant Edge locks a shard through its write-ahead log, and a shard without one not at all: two processes would open it
and overwrite each other's pages without a word (measured with 0.9.0).
"""

import os
from contextlib import suppress
from pathlib import Path

from egosearch.errors import LibraryLockedError

LOCK = ".lock"
"""The file, in the folder; it holds the process id of whoever has the lock, for people and for the message."""


class FolderLock:
    """A lock on a folder that exists."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            LibraryLockedError: Another process has it, or another opener in this one.
        """
        self._handle: int | None = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            holder = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else ""
            self.release()
            raise LibraryLockedError(
                f"the vectors in {folder} are in use by {f'process {holder}' if holder else 'another process'},"
                " perhaps an indexing run or a browser on this library; wait until it ends, or end it"
            ) from error
        with suppress(OSError):  # a full disk; who is told that the folder is in use is not told by whom
            os.truncate(self._handle, 0)
            os.write(self._handle, str(os.getpid()).encode("ascii"))

    def release(self) -> None:
        """Give the lock back; twice is fine."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import importlib

        msvcrt = importlib.import_module("msvcrt")
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the process id, which others may read
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

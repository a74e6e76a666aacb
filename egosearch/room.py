"""Room on the disk: asked for before vectors are written, and what to say where there is none.

The engine of the vectors writes through memory maps of files with holes. Where the disk is full it is not told so by
an error: the kernel ends the process (SIGBUS). Nothing is lost by that, but nobody learns why. So room is looked for
first, and the floor is far above what is written until it is looked for again. A disk that somebody else fills within
that moment still ends the process, as a kill would.
"""

import errno
import shutil
from pathlib import Path

from egosearch.errors import LibraryError

FLOOR_BYTES = 128_000_000
"""What is left free. Written between two looks, measured: 1.4 MB for ten minutes of sound in 512 dimensions; the
catalogue's log grows to 16 MB and is then written a second time, into its place; and on a file system that gives holes
a place when they are read (tmpfs), opening takes 33 MB for each of the spaces that are dense."""
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
FULL_WORDS = ("no space left on device", "disk quota exceeded", "not enough space on the disk")
"""As the systems say it, in the messages of engines that do not tell the number."""
LARGER_FILES = "let this user write larger files (`ulimit -f`) and run the same command again"


def free_bytes(folder: Path) -> int:
    """Return how much this user may still write to the disk that holds a folder, or would hold it.

    Raises:
        OSError: The file system cannot be asked.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def taken_bytes(folder: Path) -> int:
    """Return what the files below a folder take on the disk: their blocks, where the system counts them."""
    stats = [path.lstat() for path in folder.rglob("*")]
    return sum(int(getattr(stat, "st_blocks", stat.st_size // 512)) * 512 for stat in stats)


def has_room(folder: Path, more_bytes: int = 0) -> bool:
    """Whether so many bytes could be written and the floor were still free."""
    return free_bytes(folder) >= FLOOR_BYTES + more_bytes


def require(folder: Path, more_bytes: int = 0) -> None:
    """Make sure that so many bytes can be written and the floor is still free.

    Raises:
        LibraryError: They cannot.
    """
    free = free_bytes(folder)
    wanted = FLOOR_BYTES + more_bytes
    if free < wanted:
        raise LibraryError(
            f"the disk of {folder} is nearly full ({free / 1e6:.1f} MB are free, and nothing is written there below"
            f" {wanted / 1e6:.1f} MB); make room and run the same command again"
        )


def remedy(error: OSError) -> str:
    """Return what to do where a file cannot be written, as a clause in the imperative."""
    if error.errno in FULL:
        return "make room on the disk and run the same command again"
    if error.errno == errno.EFBIG:
        return LARGER_FILES
    if error.errno in FORBIDDEN:
        return "make it writable for this user and run the same command again"
    return "check the disk"


def obstacle(message: str) -> str | None:
    """Return what an engine's message says of the disk: what is wrong and what to do; None where it says nothing."""
    lowered = message.lower()
    if any(words in lowered for words in FULL_WORDS):
        return "the disk is full; make room and run the same command again"
    if "file too large" in lowered:
        return f"files may not grow so large; {LARGER_FILES}"
    if "read-only file system" in lowered:
        return "its file system is read-only; make it writable and run the same command again"
    if "permission denied" in lowered:
        return "permission was denied; make it writable for this user and run the same command again"
    return None

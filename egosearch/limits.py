"""How much of the machine an indexing run may take: its priority, and memory shared out among workers.

A cap is kept in three ways. No more workers are started than it has room for. On Linux, a worker that still holds more
than its share between two slices is replaced, and a slice that asks for far more is refused the memory, which costs
that slice and no other: a damaged file that claims frames of a hundred megapixels.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000

PROGRAM_MB = 110
"""What is kept for the program itself, of which 60 to 105 were measured: the catalogue, the store, the search cache."""
WORKER_MB = 230
"""A worker with the default encoders, of which 170 to 215 were measured on 1080p; one that had less is not started. An
MP4 file of ten hours, whose index each worker holds while it decodes, takes 115 more."""
DATA_PER_SHARE = 2
"""What the system counts as data is half as much again as what is resident, for much is set aside and never touched."""
MIN_MEMORY_MB = PROGRAM_MB + WORKER_MB


@dataclass(frozen=True)
class Limits:
    """Of one worker process."""

    nice: int = 0
    """Added to its niceness: 19 gets what nobody else wants."""
    held_bytes: int | None = None
    """A worker that holds more when it has done a slice is replaced; None for any amount."""
    data_bytes: int | None = None
    """What a worker may set aside; more is refused by the system. None for any amount."""


def share_out(jobs: int, memory_mb: int | None, nice: int = 0) -> tuple[int, Limits]:
    """Return how many workers a run may have within its memory, at most `jobs`, and the limits of each.

    1000 MB for four jobs are 890 for workers: three of 296.

    Raises:
        ValueError: It is not enough for one.
    """
    if memory_mb is None:
        return jobs, Limits(nice)
    if memory_mb < MIN_MEMORY_MB:
        raise ValueError(f"indexing within {memory_mb} MB of memory is not possible: it takes {MIN_MEMORY_MB} MB")
    left_mb = memory_mb - PROGRAM_MB
    count = max(1, min(jobs, left_mb // WORKER_MB))
    share = left_mb * MB // count
    return count, Limits(nice, share, DATA_PER_SHARE * share)


def apply(limits: Limits) -> None:
    """Take the limits upon this process, for good."""
    if limits.nice and hasattr(os, "nice"):
        os.nice(limits.nice)
    if limits.data_bytes is not None and sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = limits.data_bytes if hard == resource.RLIM_INFINITY else min(limits.data_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))


def held_bytes() -> int | None:
    """Return the resident memory of this process, after giving back what lies idle in it; None where it is not known.

    The C library keeps what was freed between live blocks: without asking it grows by the sound of a slice.
    """
    if sys.platform != "linux":
        return None
    give_back()
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Return freed memory to the system where the C library can be asked to: glibc."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)

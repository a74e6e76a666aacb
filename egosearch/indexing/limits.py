"""How much of the machine an indexing run may take: its priority, memory shared out among workers, and time.

A cap on memory is kept in four ways. No more workers are started than it has room for. On Linux, a worker that still
holds more than its share between two slices is replaced, one that grows far beyond while it works is ended, and one
that asks for far more at once is refused the memory. The last two cost that slice and no other: a damaged file that
claims frames of a hundred megapixels. Without a cap, a worker may hold half of the machine's memory.

Time is not counted where work goes on: how long an honest slice takes depends on the encoder and the machine, from
seconds to an hour, and no multiple of its length tells that from an endless loop. What tells them apart is that a
decoder which is stuck counts nothing any more.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000

PROGRAM_MB = 110
"""What is kept for the program itself: the catalogue, the store, the search cache. 85 to 95 were measured in the first
hours of a library; its index in the store's memory adds 10 with each hour more."""
WORKER_MB = 230
"""A worker with the default encoders, of which 173 to 188 were measured on 1080p; one that had less is not started. An
MP4 file of ten hours, whose index each worker holds while it decodes, takes 115 more."""
DATA_PER_SHARE = 2
"""What the system counts as data is half as much again as what is resident, for much is set aside and never touched."""
MIN_MEMORY_MB = PROGRAM_MB + WORKER_MB
LARGE_BLOCK_BYTES = 2 << 20
"""What glibc is to take from the system block by block, as frames and batches are. Left to itself it takes all up to
32 MB from one heap once such a block was freed, which frames then leave full of holes. Smaller blocks, such as the
pictures that networks are shown, come from the heap: each page of a block from the system is cleared at its first use,
which from 1 MB on took a twentieth of the CPU seconds on 1080p."""
IDLE_BYTES = 4 << 20
"""What glibc is to keep at the end of the heap for what is wanted next: with a picture's blocks in it, less than its
own 128 kB would be given back and cleared again with each."""
MACHINE_SHARE = 0.5
"""Of the machine's memory, for one worker: large encoders take gigabytes, and are run where there are many; what takes
more than half of all there is leaves nothing for anybody else."""


@dataclass(frozen=True)
class Limits:
    """Of one worker process."""

    nice: int = 0
    """Added to its niceness: 19 gets what nobody else wants."""
    held_bytes: int | None = None
    """A worker that holds more when it has done a slice is replaced; None for any amount."""
    data_bytes: int | None = None
    """What a worker may set aside; more is refused by the system. None for any amount."""
    most_bytes: int | None = None
    """A worker that holds more while it works is ended; None for any amount."""


@dataclass(frozen=True)
class Patience:
    """How long a worker may take, in seconds."""

    still_s: float = 60.0
    """A slice whose decoder has counted nothing for so long is stuck. Honest steps take milliseconds, and seconds where
    a disk wakes up, or a long file without an index is sought through."""
    slice_s: float = 3600.0
    """A slice that goes on for so long, and in addition `per_second` for each of its seconds, does not end. Far above
    what the largest encoders take on slow machines: this is for a decoder that counts for ever."""
    per_second: float = 60.0
    probe_s: float = 60.0
    """To open a file and show its first frames, and in addition `per_megabyte` for each of its megabytes: where the
    container does not say how long it is, all of it is read."""
    per_megabyte: float = 0.2

    def with_slice(self, length_s: float) -> float:
        """Return how long a slice may take in all.

        A slice of ten minutes has 3,600 + 600 · 60 s: eleven hours.
        """
        return self.slice_s + self.per_second * length_s

    def with_file(self, size_bytes: int) -> float:
        """Return how long it may take to open a file: a gigabyte has 60 + 1000 · 0.2 = 260 s."""
        return self.probe_s + self.per_megabyte * size_bytes / MB


def share_out(jobs: int, memory_mb: int | None, nice: int = 0) -> tuple[int, Limits]:
    """Return how many workers a run may have within its memory, at most `jobs`, and the limits of each.

    1000 MB for four jobs are 890 for workers: three of 296.

    Raises:
        ValueError: It is not enough for one.
    """
    if memory_mb is None:
        there = machine_bytes()
        return jobs, Limits(nice, most_bytes=None if there is None else int(MACHINE_SHARE * there))
    if memory_mb < MIN_MEMORY_MB:
        raise ValueError(f"indexing within {memory_mb} MB of memory is not possible: it takes {MIN_MEMORY_MB} MB")
    left_mb = memory_mb - PROGRAM_MB
    count = max(1, min(jobs, left_mb // WORKER_MB))
    share = left_mb * MB // count
    return count, Limits(nice, share, DATA_PER_SHARE * share, DATA_PER_SHARE * share)


def apply(limits: Limits) -> None:
    """Take the limits upon this process, for good."""
    if limits.nice and hasattr(os, "nice"):
        os.nice(limits.nice)
    if limits.data_bytes is not None and sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = limits.data_bytes if hard == resource.RLIM_INFINITY else min(limits.data_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))


def keep_no_holes() -> None:
    """Let freed blocks of `LARGE_BLOCK_BYTES` and more go back to the system at once, where the C library is glibc."""
    _ask_libc("mallopt", -3, LARGE_BLOCK_BYTES)  # M_MMAP_THRESHOLD
    _ask_libc("mallopt", -1, IDLE_BYTES)  # M_TRIM_THRESHOLD


def machine_bytes() -> int | None:
    """Return how much memory there is, or the container that this runs in may have; None where that is not known."""
    if not hasattr(os, "sysconf"):
        return None
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
    for name in ("memory.max", "memory/memory.limit_in_bytes"):  # of control groups, second and first version
        try:
            there = min(there, int(Path("/sys/fs/cgroup", name).read_text(encoding="ascii")))
        except (OSError, ValueError):  # there is none, or it says "max"
            continue
    return there


def held_bytes() -> int | None:
    """Return the resident memory of this process, after giving back what lies idle in it; None where it is not known.

    The C library keeps what was freed between live blocks: without asking it grows by the sound of a slice.
    """
    give_back()
    return resident_bytes(os.getpid())


def resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process; None where it is not known, or there is no such process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Return freed memory to the system where the C library can be asked to: glibc."""
    _ask_libc("malloc_trim", 0)


def _ask_libc(name: str, *arguments: int) -> None:
    import ctypes

    asked = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if asked is not None:
        asked(*arguments)

"""Work shared out among threads: NumPy and simsimd let go of the interpreter while they compute."""

import os
from collections.abc import Callable

MOST_THREADS = 8
"""What is read comes from memory, which a few cores exhaust."""
WORTHWHILE = 8
"""Parts that are worth another thread, which costs a fifth of a millisecond."""


def share_out(n: int, size: int, work: Callable[[slice], None]) -> None:
    """Do some work on n rows, in parts of `size`: whoever is done with one takes the next.

    So little is left waiting for a core that something else is busy on.

    Args:
        n: Rows.
        size: Rows in a part, of a third of a millisecond or so.
        work: Is given the rows of a part, in any order and on any thread; writes what nobody else does.
    """
    parts = [slice(first, min(n, first + size)) for first in range(0, n, size)]
    threads = min(cores(), MOST_THREADS, len(parts) // WORTHWHILE)
    left = iter(parts)

    def take_on() -> None:
        for part in left:
            work(part)

    if threads <= 1:
        take_on()
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(take_on) for _ in range(threads - 1)]
        take_on()
        for one in others:
            one.result()  # raises what work raised


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

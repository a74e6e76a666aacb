"""Indexing that nobody waits for makes room for what people do."""

import os
import sys
from contextlib import suppress

NICE = 10


def make_room(*, is_alone: bool) -> None:
    """Lower the priority of what this thread does, and of the threads and processes that it starts.

    Linux counts processor time, and with it the order of disk accesses, by thread. Elsewhere it is the process's.

    Args:
        is_alone: Whether all else that this process does may wait too; else nothing is done but on Linux.
    """
    if not hasattr(os, "setpriority") or not (is_alone or sys.platform == "linux"):
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))

"""What a worker process does, first and with a slice. Imports nothing heavy, so that `begin` comes before NumPy."""

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from egosearch import limits
from egosearch.limits import Limits

if TYPE_CHECKING:
    from indexers.slices import Plan, SliceResult
    from indexers.types import Slice

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True, eq=False)
class Done:
    """A slice that a worker is through with."""

    result: "SliceResult"
    held_bytes: int | None
    """What the worker's memory was afterwards; None where that is not known."""


def begin(allowed: Limits) -> None:
    """Use one thread, since there is a worker a core; leave Ctrl-C to the parent; and go when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    limits.apply(allowed)
    threading.Thread(target=_follow_parent, daemon=True).start()


def index(piece: "Slice", plan: "Plan") -> Done:
    """Index a slice in this worker process and tidy up.

    Raises:
        MediaError: The slice cannot be decoded.
        EncoderError: An encoder cannot be loaded.
        MemoryError: It takes more than the worker may have.
    """
    from indexers.slices import index_slice

    result = index_slice(piece, plan)
    return Done(result, limits.held_bytes())


def _follow_parent() -> None:
    """Exit with the parent: where that was killed, a worker would wait for its next slice for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

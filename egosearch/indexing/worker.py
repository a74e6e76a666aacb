"""A worker process: does one task after the other until nobody has one for it. `crew` is the other end.

Imports nothing heavy, so that `_begin` comes before NumPy.
"""

import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egosearch.indexing import limits
from egosearch.indexing.limits import Limits

if TYPE_CHECKING:
    from indexers.media import DecodeStats
    from indexers.slices import Plan, SliceResult
    from indexers.types import Recording, Slice

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
BEAT_S = 0.5
"""How often a worker looks whether it gets on."""
MOST_LOGGED = 100
"""Records of one task that are passed on; a damaged file may give rise to thousands."""


@dataclass(frozen=True)
class Task:
    """What a worker is to do."""

    call: Callable[..., Any]
    """Of a module, so that it can be named across processes."""
    arguments: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Reply:
    """What came of a task."""

    value: Any = None
    error: Exception | None = None
    """Raised instead."""
    where: str = ""
    """Where in the worker it arose: a traceback."""
    logged: tuple[logging.LogRecord, ...] = ()
    held_bytes: int | None = None
    """What the worker's memory was afterwards; None where that is not known."""


READY = Reply()
"""A worker's first word: it has come up."""


@dataclass(frozen=True)
class Start:
    """What a worker has to know before anything else."""

    limits: Limits
    niceness: int
    """Of whoever wants it; the process that it was forked from may have another one."""
    environ: Mapping[str, str]
    """Likewise."""


def serve(connection: Connection, pulse: Any, start: Start) -> None:
    """Do tasks until the other end hangs up.

    Args:
        connection: Tasks come in here, and a reply goes out for each.
        pulse: A shared counter that moves for as long as there is progress.
        start: Of this process.
    """
    _begin(start)
    heart = _Heart(pulse)
    heart.start()
    logged = _Logged()
    with suppress(EOFError, OSError):  # the other end is gone, or wants no reply any more
        connection.send(READY)
        while True:
            task: Task = connection.recv()
            connection.send(_done(task, logged))


def index(piece: "Slice", plan: "Plan") -> "SliceResult":
    """Index a slice.

    Raises:
        MediaError: The slice cannot be decoded.
        EncoderError: An encoder cannot be loaded.
        MemoryError: It takes more than the worker may have.
    """
    from indexers.media import DecodeStats
    from indexers.slices import index_slice

    stats = _in_hand.stats = DecodeStats()
    try:
        return index_slice(piece, plan, stats)
    finally:
        _in_hand.stats = None


def describe(path: Path) -> "Recording":
    """Describe a media file.

    Raises:
        MediaError: It cannot be opened, or holds nothing to index.
    """
    from indexers.media import probe

    return probe(path)


def _begin(start: Start) -> None:
    """Use one thread, since there is a worker a core; leave Ctrl-C to the parent; and go when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(start.environ)
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    if hasattr(time, "tzset"):
        time.tzset()  # the environment says where this is
    if hasattr(os, "nice"):
        os.nice(max(0, start.niceness - os.nice(0)))
    limits.apply(start.limits)
    limits.keep_no_holes()
    with suppress(OSError):  # where memory runs out for all, the system is to end a worker, and nobody else
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """Exit with the parent: where that was killed, a worker would wait for its next slice for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _done(task: Task, logged: "_Logged") -> Reply:
    value, error, where = None, None, ""
    try:
        value = task.call(*task.arguments)
    except Exception as raised:
        error, where = _portable(raised), "".join(traceback.format_exception(raised)).rstrip()
    return Reply(value, error, where, logged.taken(), limits.held_bytes())


def _portable(error: Exception) -> Exception:
    """Return an error that survives the way."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _Logged(logging.Handler):
    """Keeps what is logged, for the parent to log: nobody reads what a worker would write."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[logging.LogRecord] = []
        logging.getLogger().handlers = [self]

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, made into text: what it was made of may not survive the way."""
        if len(self._records) < MOST_LOGGED:
            if record.exc_info:
                record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.msg, record.args, record.exc_info = record.getMessage(), None, None
            self._records.append(record)

    def taken(self) -> tuple[logging.LogRecord, ...]:
        """Return what was logged since this was last asked."""
        records, self._records = tuple(self._records), []
        return records


@dataclass
class _InHand:
    """What the main thread is at."""

    stats: "DecodeStats | None" = None
    """The decoder's counters, while a slice is indexed."""


_in_hand = _InHand()


class _Heart(threading.Thread):
    """Moves the pulse, unless the main thread stands in the decoder and the decoder's counters stand too.

    A decoder that never comes back and never lets go of Python keeps this thread from running, which looks the same
    from outside. What encoders do is not watched: the largest take minutes for what they are given at once.
    """

    def __init__(self, pulse: Any) -> None:
        super().__init__(name="heart", daemon=True)
        self._pulse = pulse
        self._main = threading.main_thread().ident or 0
        self._counted = ""

    def run(self) -> None:
        """Beat for as long as the process lives."""
        while True:
            frame = sys._current_frames().get(self._main)
            is_decoding = frame is not None and str(frame.f_globals.get("__name__")).startswith("indexers.media.")
            counted = repr(_in_hand.stats)
            if not is_decoding or counted != self._counted:
                self._pulse.value += 1
            self._counted = counted
            del frame
            time.sleep(BEAT_S)

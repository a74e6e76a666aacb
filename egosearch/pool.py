"""Slices through `index_slice`: in this process, or in worker processes of which any may crash.

A decoder that crashes takes its process with it, and the pool cannot say which slice it was. Those that were in flight
are then tried again one at a time, each in a process of its own, until the culprit is found.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from types import ModuleType, TracebackType
from typing import Self

from egosearch import worker
from egosearch.errors import EgosearchError, LibraryError, MediaError
from egosearch.limits import Limits
from egosearch.worker import Done
from indexers.slices import Plan, SliceResult, index_slice
from indexers.types import Slice

log = logging.getLogger(__name__)

POLL_S = 0.2
"""How long a wish to stop may go unnoticed."""
MAX_DEFAULT_JOBS = 8
"""Decoding is bound by memory and disk beyond; each worker takes about 230 MB."""

NO_LIMITS = Limits()

_starting = threading.Lock()


@dataclass(frozen=True, eq=False)
class SliceFailure:
    """A slice that gave nothing."""

    slice: Slice
    error: MediaError
    is_crash: bool = False
    """Whether it took its process with it."""


Outcome = SliceResult | SliceFailure
Executor = Callable[[Iterable[Slice], Plan, Callable[[], bool]], Generator[Outcome, None, None]]
"""What runs slices: draws them as it has room, yields what they give as it comes, and ends when asked to stop."""


def default_jobs() -> int:
    """Return one worker for each core that this process may use, at most eight."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(MAX_DEFAULT_JOBS, cores or 1))


def index_here(pieces: Iterable[Slice], plan: Plan, should_stop: Callable[[], bool]) -> Generator[Outcome, None, None]:
    """Index slices in this process, in order; a crash ends it.

    Raises:
        EncoderError: An encoder cannot be loaded.
    """
    for piece in pieces:
        if should_stop():
            return
        yield outcome(piece, partial(index_slice, piece, plan))


def index_in_workers(
    pieces: Iterable[Slice], plan: Plan, should_stop: Callable[[], bool], *, jobs: int, limits: Limits = NO_LIMITS
) -> Generator[Outcome, None, None]:
    """Index slices in worker processes and yield what they give as it comes.

    Args:
        pieces: Drawn one by one as workers fall idle, so that memory stays bounded.
        plan: What to make of each.
        should_stop: Asked several times a second; once true, running slices are abandoned.
        jobs: Worker processes; one slice more than that is in flight.
        limits: Of each of them.

    Raises:
        EncoderError: An encoder cannot be loaded.
        LibraryError: No worker process can be started.
    """
    rest = iter(pieces)
    with _Workers(jobs, plan, limits) as workers:
        while not should_stop():
            workers.take(rest)
            if not workers.in_flight:
                return
            yield from workers.finished()
            suspects = workers.crashed()
            yield from _one_by_one(suspects, plan, should_stop, limits)


def _one_by_one(
    suspects: list[Slice], plan: Plan, should_stop: Callable[[], bool], limits: Limits
) -> Iterator[Outcome]:
    for suspect in suspects:
        with _Workers(1, plan, limits) as alone:
            alone.check()
            alone.take(iter([suspect]))
            while alone.in_flight and not should_stop():
                yield from alone.finished()
                if alone.crashed():
                    error = MediaError(
                        suspect.recording.path,
                        f"decoding it from {suspect.start_s:.0f} s on crashed a worker process",
                        "check that it plays elsewhere, or convert it",
                    )
                    yield SliceFailure(suspect, error, is_crash=True)


class _Workers:
    """Worker processes and the slices they have in hand. Leaving the `with` ends them, whatever they are doing."""

    def __init__(self, jobs: int, plan: Plan, limits: Limits) -> None:
        self._jobs = jobs
        self._plan = plan
        self._limits = limits
        self._executor = self._new_executor()
        self._suspects: list[Slice] = []
        self._is_worn = False
        self.in_flight: dict[Future[Done], Slice] = {}

    def take(self, pieces: Iterator[Slice]) -> None:
        """Draw slices until every worker is busy and one slice waits.

        Once a worker holds more memory than it may, nothing is drawn until all are idle, and then all are replaced.
        """
        if self._is_worn and not self.in_flight:
            self._is_worn = False
            self._end()
            self._executor = self._new_executor()
        while not self._is_worn and len(self.in_flight) <= self._jobs and (piece := next(pieces, None)) is not None:
            self.in_flight[self._submit(piece)] = piece

    def finished(self) -> Iterator[Outcome]:
        """Wait a moment and yield what came of it."""
        done, _ = wait(self.in_flight, timeout=POLL_S, return_when=FIRST_COMPLETED)
        for future in done:
            piece = self.in_flight.pop(future)
            try:
                found = outcome(piece, partial(self._result, future))
            except BrokenProcessPool:
                self._suspects.append(piece)
            else:
                yield found

    def _result(self, future: "Future[Done]") -> SliceResult:
        done, allowed = future.result(), self._limits.held_bytes
        self._is_worn |= allowed is not None and done.held_bytes is not None and done.held_bytes > allowed
        return done.result

    def crashed(self) -> list[Slice]:
        """Return the slices that were in flight when a worker crashed, and start afresh; empty where none did."""
        if not self._suspects:
            return []
        # The others are lost too; that they have not said so yet is a matter of milliseconds.
        suspects = [*self._suspects, *self.in_flight.values()]
        self._suspects, self.in_flight = [], {}
        self._end()
        self._executor = self._new_executor()
        return sorted(suspects, key=lambda piece: (str(piece.recording.path), piece.index))

    def check(self) -> None:
        """Make sure that a worker process comes up at all, before a slice is blamed that it does not."""
        try:
            with _undisturbed():
                started = self._executor.submit(os.getpid)
            started.result()
        except BrokenProcessPool as error:
            raise LibraryError("worker processes cannot be started here; index with one job (`--jobs 1`)") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _submit(self, piece: Slice) -> "Future[Done]":
        try:
            with _undisturbed():
                return self._executor.submit(worker.index, piece, self._plan)
        except BrokenProcessPool as error:
            lost: Future[Done] = Future()
            lost.set_exception(error)
            return lost

    def _new_executor(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._jobs, mp_context=get_context("spawn"), initializer=worker.begin, initargs=(self._limits,)
        )

    def _end(self) -> None:
        # Only Python 3.14 has a public way to end workers that are busy.
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        for process in processes:
            process.terminate()
        self._executor.shutdown(wait=True, cancel_futures=True)


def outcome(piece: Slice, get: Callable[[], SliceResult]) -> Outcome:
    """Return what a slice gave, from a function that returns or raises it; one bad file never stops a run.

    Raises:
        EgosearchError: Something else than the file is at fault.
    """
    path = piece.recording.path
    try:
        return get()
    except MediaError as error:
        return SliceFailure(piece, error)
    except (EgosearchError, BrokenProcessPool):
        raise
    except MemoryError as error:
        log.warning("%s: slice %d ran out of memory", path, piece.index, exc_info=error)
        reason = f"indexing it from {piece.start_s:.0f} s on takes more memory than there is for it"
        return SliceFailure(piece, MediaError(path, reason, "allow more memory, or index with fewer jobs"))
    except Exception as error:
        log.warning("%s: slice %d failed", path, piece.index, exc_info=error)
        reason = f"indexing it from {piece.start_s:.0f} s on failed ({type(error).__name__}: {error})"
        return SliceFailure(piece, MediaError(path, reason, "leave it out, and report this as a bug"))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Start processes that hear no Ctrl-C, not even while they start, and that do not run the caller's script again.

    A spawned process imports `__main__` to find functions in it. Ours are not there, and without this every script
    that indexes would need `if __name__ == "__main__"`, and every worker would load the command line.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        blocked = None
        if hasattr(signal, "pthread_sigmask"):
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            sys.modules["__main__"] = main
            if blocked is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

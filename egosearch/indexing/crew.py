"""Workers that open and decode files, of which any may crash, hang or swallow memory.

Each has one task in hand, over a pipe of its own: so it is known which slice it was that ended a worker, no other is
suspected, and no other is lost. A program that wants fewer processes hands `index_here` to the run.
"""

import logging
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Self

from egosearch.errors import LibraryError, MediaError
from egosearch.indexing import worker
from egosearch.indexing.limits import MB, Limits, Patience
from egosearch.indexing.pool import POLL_S, Outcome, SliceFailure, blame, outcome
from egosearch.indexing.worker import Reply, Task
from egosearch.indexing.worker_process import WorkerProcess
from indexers.slices import Plan
from indexers.types import Recording, Slice

START_S = 120.0
"""For a worker to come up."""
MOST_STARTS = 3
"""Workers in a row that do not come up: then none will."""
MOST_KILLS = 2
"""Times that a worker may be killed from outside over the same task: by a person, or by a system short of memory."""
FROM_OUTSIDE = frozenset({"SIGKILL", "SIGTERM", "SIGHUP", "status 255"})
"""How workers end that somebody else has killed; 255 is what is said where the process that they were forked from was
killed too, and nobody is left who knows."""
CONVERT = "check that it plays elsewhere, or convert it"


class WorkerLostError(MediaError):
    """A file that cost its worker."""


@dataclass(eq=False)
class _Errand:
    """A task on its way."""

    task: Task
    path: Path
    doing: str
    """As a clause begins: "decoding it from 600 s on"."""
    total_s: float
    """It may take so long."""
    still_s: float = float("inf")
    """It may stand still for so long."""
    kills: int = 0


@dataclass(eq=False)
class _Hand:
    """A worker and what it has in hand."""

    process: WorkerProcess
    errand: _Errand | None = field(default=None)


class Crew:
    """Up to a number of workers, each started when there is something for it. Leaving the `with` ends them."""

    def __init__(self, jobs: int, limits: Limits, patience: Patience | None = None) -> None:
        """Start nothing yet.

        Args:
            jobs: Workers at once.
            limits: Of each.
            patience: How long tasks may take.
        """
        self._jobs = jobs
        self._limits = limits
        self._patience = patience or Patience()
        self._hands: list[_Hand] = []
        self._waiting: deque[_Errand] = deque()
        """To be done before anything new."""
        self._false_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they are doing; twice is fine."""
        while self._hands:
            self._hands.pop().process.end()

    def probe(self, path: Path) -> Recording:
        """Describe a media file, in a worker.

        Raises:
            MediaError: It cannot be opened, takes too long or too much memory, or crashes the worker.
            LibraryError: No worker process can be started.
        """
        try:
            size_bytes = path.stat().st_size
        except OSError:  # the worker says what is wrong with it
            size_bytes = 0
        total_s = self._patience.with_file(size_bytes)
        errand = _Errand(Task(worker.describe, (path,)), path, "opening it", total_s)
        ((_, reply),) = self._done(iter([errand]), lambda: False)
        if reply.error is not None:
            raise blame(path, errand.doing, reply.error)
        found: Recording = reply.value
        return found

    def outcomes(
        self, pieces: Iterable[Slice], plan: Plan, should_stop: Callable[[], bool]
    ) -> Generator[Outcome, None, None]:
        """Index slices and yield what they give as it comes.

        Args:
            pieces: Drawn one by one as workers fall idle, so that memory stays bounded.
            plan: What to make of each.
            should_stop: Asked several times a second; once true, running slices are abandoned.

        Raises:
            EncoderError: An encoder cannot be loaded.
            LibraryError: No worker process can be started.
        """
        under_way: dict[_Errand, Slice] = {}

        def errands() -> Iterator[_Errand]:
            for piece in pieces:
                total_s = self._patience.with_slice(piece.end_s - piece.start_s)
                doing = f"decoding it from {piece.start_s:.0f} s on"
                task = Task(worker.index, (piece, plan))
                errand = _Errand(task, piece.recording.path, doing, total_s, self._patience.still_s)
                under_way[errand] = piece
                yield errand

        try:
            for errand, reply in self._done(errands(), should_stop):
                piece = under_way.pop(errand)
                if isinstance(reply.error, WorkerLostError):
                    yield SliceFailure(piece, reply.error)
                else:
                    yield outcome(piece, partial(_value, reply))
        finally:
            self._waiting.clear()
            for hand, _ in self._busy():
                self._dismiss(hand)

    def _done(self, errands: Iterator[_Errand], should_stop: Callable[[], bool]) -> Iterator[tuple[_Errand, Reply]]:
        """Have errands done and yield what came of each."""
        self._hand_out(errands)
        while self._busy() and not should_stop():
            done = list(self._look())
            self._hand_out(errands)  # first: no worker waits while what came is written down
            for errand, reply in done:
                for record in reply.logged:
                    logger = logging.getLogger(record.name)
                    if logger.isEnabledFor(record.levelno):
                        logger.handle(record)
                if reply.error is not None and reply.where:
                    reply.error.add_note(f"In a worker process:\n{reply.where}")
                yield errand, reply

    def _busy(self) -> list[tuple[_Hand, _Errand]]:
        return [(hand, hand.errand) for hand in self._hands if hand.errand is not None]

    def _hand_out(self, errands: Iterator[_Errand]) -> None:
        """Give every worker something to do, as long as there is anything."""
        while len(self._busy()) < self._jobs:
            errand = self._waiting.popleft() if self._waiting else next(errands, None)
            if errand is None:
                return
            hand = next((hand for hand in self._hands if hand.errand is None), None) or self._hire()
            hand.errand = errand
            try:
                hand.process.give(errand.task)
            except OSError:  # it was killed while it had nothing to do
                self._dismiss(hand)
                self._waiting.append(errand)
                self._note_false_start(hand)

    def _look(self) -> Iterator[tuple[_Errand, Reply]]:
        """Wait a moment and yield what is done, or will not be done."""
        busy = self._busy()
        ready = wait([hand.process.connection for hand, _ in busy], POLL_S)
        for hand, errand in busy:
            reply = self._heard(hand, errand) if hand.process.connection in ready else self._watched(hand, errand)
            if reply is not None:
                yield errand, reply

    def _heard(self, hand: _Hand, errand: _Errand) -> Reply | None:
        try:
            reply = hand.process.take()
        except (EOFError, OSError):
            return self._lost(hand, errand)
        self._false_starts = 0
        if reply is not None:
            hand.errand = None
            allowed = self._limits.held_bytes
            if allowed is not None and reply.held_bytes is not None and reply.held_bytes > allowed:
                self._dismiss(hand)
        return reply

    def _watched(self, hand: _Hand, errand: _Errand) -> Reply | None:
        """End a worker that has gone too far."""
        held_bytes = hand.process.look()
        most_bytes = self._limits.most_bytes
        if not hand.process.has_come_up:
            if hand.process.spent_s > START_S:
                self._dismiss(hand)
                self._waiting.append(errand)
                self._note_false_start(hand)
            return None
        if most_bytes is not None and held_bytes is not None and held_bytes > most_bytes:
            reason = f"{errand.doing} took more than {most_bytes / MB:,.0f} MB of memory"
            remedy = "check that it plays elsewhere, and allow more memory if it does"
        elif hand.process.still_s > errand.still_s:
            reason, remedy = f"{errand.doing} took longer than {errand.still_s:.0f} s over a single step", CONVERT
        elif hand.process.spent_s > errand.total_s:
            reason, remedy = f"{errand.doing} took longer than {errand.total_s:.0f} s", CONVERT
        else:
            return None
        self._dismiss(hand)
        return Reply(error=WorkerLostError(errand.path, reason, remedy))

    def _lost(self, hand: _Hand, errand: _Errand) -> Reply | None:
        """Say what ended a worker; nothing where its errand is to be tried again."""
        end = _end_named(self._dismiss(hand))
        if not hand.process.has_come_up:
            self._waiting.append(errand)
            self._note_false_start(hand)
            return None
        if end in FROM_OUTSIDE:
            errand.kills += 1
            if errand.kills < MOST_KILLS:
                self._waiting.append(errand)
                return None
            reason, remedy = f"{errand.doing} had its worker process killed ({end})", "see whether memory runs short"
        else:
            reason, remedy = f"{errand.doing} crashed a worker process ({end})", CONVERT
        return Reply(error=WorkerLostError(errand.path, reason, remedy))

    def _hire(self) -> _Hand:
        try:
            hand = _Hand(WorkerProcess(self._limits))
        except (OSError, EOFError) as error:
            raise LibraryError(
                f"worker processes cannot be started here ({error}); see how many processes and how much memory you may"
                " have (`ulimit -a`)"
            ) from error
        self._hands.append(hand)
        return hand

    def _dismiss(self, hand: _Hand) -> int | None:
        """End a worker; return its exit code."""
        hand.errand = None
        self._hands.remove(hand)
        return hand.process.end()

    def _note_false_start(self, hand: _Hand) -> None:
        """Give up where workers do not come up.

        Raises:
            LibraryError: They do not.
        """
        self._false_starts += not hand.process.has_come_up
        if self._false_starts >= MOST_STARTS:
            raise LibraryError(
                "worker processes end before they have begun; see whether memory runs short, or allow more of it"
            )


def _value(reply: Reply) -> Any:
    if reply.error is not None:
        raise reply.error
    return reply.value


def _end_named(code: int | None) -> str:
    """Say how a process ended: "SIGSEGV", "status 66"."""
    if code is None or code >= 0:
        return f"status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"

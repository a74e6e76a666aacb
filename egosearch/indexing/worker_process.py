"""One worker process, seen from the parent: started, given a task, listened to, watched, ended."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from egosearch.indexing.limits import Limits, resident_bytes
from egosearch.indexing.worker import Reply, Start, Task, serve

MOST_LOOKED_S = 1.0
"""What one look at a worker counts at most: a laptop that slept is no worker that hangs."""
END_S = 5.0
"""For a process that was ended to be gone."""
PRELOADED = "egosearch.indexing.preloading"

_starting = threading.Lock()


class WorkerProcess:
    """A process that does one task at a time."""

    def __init__(self, limits: Limits) -> None:
        """Start it, which returns before it has come up.

        Raises:
            OSError: It cannot be started.
        """
        start = Start(limits, _niceness(), dict(os.environ))
        with _undisturbed():
            try:
                self._start("forkserver" if sys.platform == "linux" else "spawn", start)
            except (OSError, EOFError):  # no place for the socket that processes are forked through
                self._start("spawn", start)
        self.has_come_up = False
        self._is_gone = False
        self.spent_s = 0.0
        """Time that it was seen to spend on its task, or on coming up."""
        self.still_s = 0.0
        """Time since it was last seen to get on."""
        self._looked_at = time.monotonic()
        self._beat = -1

    @property
    def connection(self) -> Connection:
        """What becomes readable when there is a reply, or when the process is gone."""
        return self._connection

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    def give(self, task: Task) -> None:
        """Let it do a task, once it is done with the last one.

        Raises:
            OSError: It is gone.
        """
        if self.has_come_up:
            self._look_anew()
        self._connection.send(task)

    def take(self) -> Reply | None:
        """Return the reply that has come; None where it only says that it has come up.

        Raises:
            EOFError: It is gone.
            OSError: Likewise.
        """
        try:
            reply: Reply = self._connection.recv()
        except (EOFError, OSError):
            self._is_gone = True
            raise
        if self.has_come_up:
            return reply
        self.has_come_up = True
        self._look_anew()
        return None

    def look(self) -> int | None:
        """See how it gets on, and return the memory that it holds; None where that is not known."""
        now_s, beat = time.monotonic(), int(self._pulse.value)
        seen_s = min(now_s - self._looked_at, MOST_LOOKED_S)
        self.spent_s += seen_s
        self.still_s = self.still_s + seen_s if beat == self._beat else 0.0
        self._looked_at, self._beat = now_s, beat
        return None if self.pid is None else resident_bytes(self.pid)

    def end(self) -> int | None:
        """End it, whatever it is doing, and return its exit code as `Process.exitcode` has it."""
        self._connection.close()  # which an idle one takes for the end
        if self._is_gone:
            self._process.join(END_S)  # its number may be another's soon
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_S)
        code = self._process.exitcode
        with suppress(ValueError):  # it is still going; it dies with this process
            self._process.close()
        return code

    def _look_anew(self) -> None:
        self._looked_at = time.monotonic()
        self.spent_s = self.still_s = 0.0

    def _start(self, method: str, start: Start) -> None:
        context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload([PRELOADED])  # too late, and no harm, where the program has one already
        self._connection, theirs = multiprocessing.Pipe()
        self._pulse: Any = context.RawValue("Q", 0)
        self._process: BaseProcess = context.Process(target=serve, args=(theirs, self._pulse, start), daemon=True)
        try:
            self._process.start()
        finally:
            theirs.close()


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Start processes that hear no Ctrl-C, not even while they start, and that do not run the caller's script again.

    A started process imports `__main__` to find functions in it. Ours are not there, and without this every script
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

"""What a whole program costs: seconds, CPU seconds with all its workers, and the most memory each process held."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.settings import ROOT
from egosearch.worker import THREAD_VARIABLES

SAMPLE_S = 0.1
"""How often processes are looked at. The kernel keeps each one's peak, so only its last tenth of a second is missed."""


@dataclass(frozen=True)
class Cost:
    """Of one run of a program."""

    wall_s: float
    cpu_s: float
    """User and system time, workers included."""
    peak_bytes: int
    """Most resident memory of the first process; 0 where the system does not say."""
    worker_peaks_bytes: tuple[int, ...]
    """Of each process that it started, largest first."""
    exit_code: int
    output: str
    """Standard output."""


def use_one_thread() -> None:
    """Let this process compute with one thread, as the workers of an indexing run do; before numpy is loaded."""
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))


def measure(command: Sequence[str], *, expected: Sequence[int] = (0,)) -> Cost:
    """Run a program to its end.

    Raises:
        RuntimeError: Its exit code is not among those expected; the message ends with what it complained of.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        # As from a user's shell, whatever `use_one_thread` set here.
        environment = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=complaints, cwd=ROOT, env=environment)
        with _Watch(process.pid) as watch:
            _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (output, complaints):
            file.seek(0)
        if process.returncode not in expected:
            complaint = complaints.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command[:3])} ... ended with {process.returncode}: {complaint}")
        peaks = dict(watch.peaks_bytes)
        own = peaks.pop(process.pid, 0)
        workers = tuple(sorted(peaks.values(), reverse=True))
        text = output.read().decode(errors="replace")
        return Cost(wall_s, used.ru_utime + used.ru_stime, own, workers, process.returncode, text)


class _Watch:
    """Note the peak memory of a process and its descendants until the `with` is left; nothing but on Linux."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.peaks_bytes: dict[int, int] = {}

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            pending = [self._pid]
            while pending:
                pid = pending.pop()
                try:
                    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
                    tasks = list(Path(f"/proc/{pid}/task").iterdir())
                    pending += [int(one) for task in tasks for one in (task / "children").read_text().split()]
                except OSError:
                    continue  # it has ended, or this is not Linux
                peak = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
                self.peaks_bytes[pid] = max(peak, self.peaks_bytes.get(pid, 0))
            if self._is_over.wait(SAMPLE_S):
                return

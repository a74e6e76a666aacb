"""What a whole program costs: seconds, CPU seconds with all its workers, and the most memory each process held."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.footprint import Footprint, descent, footprint
from benchmarks.settings import ROOT
from egosearch.indexing.worker import THREAD_VARIABLES

NOT_A_USERS = {*THREAD_VARIABLES, "PYTHONDONTWRITEBYTECODE"}
"""Variables that a benchmark's own process may have and a user's shell has not: each start would compile anew."""
SAMPLE_S = 0.1
"""How often processes are looked at. The kernel keeps each one's peak, so only its last tenth of a second is missed."""
FOOTPRINT_S = 0.5
"""How often all of their memory is added up, which takes the kernel some milliseconds."""


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
    footprints: tuple[Footprint, ...] = ()
    """Twice a second, in the order of time; empty where the system does not say."""

    @property
    def most_bytes(self) -> int:
        """Return the most memory that all processes held at once, shared pages counted once; 0 if it is not known."""
        return max((one.total_bytes for one in self.footprints), default=0)


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
        environment = {name: value for name, value in os.environ.items() if name not in NOT_A_USERS}
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
        # The system counts children that were waited for; workers are another process's children, and are looked at.
        cpu_s = max(used.ru_utime + used.ru_stime, sum(watch.cpu_s.values()))
        own = peaks.pop(process.pid, 0)
        return Cost(
            wall_s=wall_s,
            cpu_s=cpu_s,
            peak_bytes=own,
            worker_peaks_bytes=tuple(sorted(peaks.values(), reverse=True)),
            exit_code=process.returncode,
            output=output.read().decode(errors="replace"),
            footprints=tuple(watch.footprints),
        )


class _Watch:
    """Note CPU seconds and peak memory of a process and its descendants until the `with` is left; on Linux only."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._began = self._next_s = time.perf_counter()
        self.peaks_bytes: dict[int, int] = {}
        self.cpu_s: dict[int, float] = {}
        self.footprints: list[Footprint] = []

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            for pid in descent(self._pid):
                try:
                    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
                    ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
                except OSError:
                    continue  # it has ended
                self.cpu_s[pid] = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
                peak = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
                self.peaks_bytes[pid] = max(peak, self.peaks_bytes.get(pid, 0))
            now_s = time.perf_counter()
            if now_s >= self._next_s:
                self._next_s = now_s + FOOTPRINT_S
                found = footprint(self._pid, now_s - self._began)
                self.footprints += [found] if found is not None else []
            if self._is_over.wait(SAMPLE_S):
                return

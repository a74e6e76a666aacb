"""Libraries whose processes are killed: the program as it is, on recordings made for it, and what is left of it.

`index_and_kill` kills by the clock, `doomed` at a step of a verb's way to the disk. Whether two libraries are equal is
said by `tests.reliability.snapshots`; many kills are counted by `tests.reliability.campaigns`.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from egosearch.owner.address import RECORD, read_address
from tests.media import BLUE, GREEN, RED, WHITE, YELLOW, RecordingOptions, Tone, make_recording

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-c", "from egosearch.cli import main; main()")
ENCODERS = ("--encoder", "audio=toy", "--encoder", "visual=toy", "--encoder", "speech=toy")
RECORDINGS = 8
"""Of 6 s and more, and so more than a minute in all: enough for worker processes, and for a slice each."""
SOME_FAILED = 3
DEADLINE_S = 120.0

Whom = Literal["group", "parent", "worker"]
"""Who is killed: the run with its workers, the process that writes, or one of its workers."""
WHOMS: tuple[Whom, ...] = ("group", "parent", "worker")


@dataclass(frozen=True)
class Done:
    """A run of the program that ended by itself."""

    code: int
    complaints: str
    """Standard error."""


@dataclass(frozen=True)
class Attack:
    """Who is to be killed, and when."""

    after_s: float
    """Since the library was open."""
    whom: Whom

    def __str__(self) -> str:
        return f"{self.whom} after {self.after_s:.2f} s"


@dataclass(frozen=True)
class Attacked:
    """A run that was attacked."""

    hits: tuple[Whom, ...]
    """Who was killed: whoever was still there."""
    done: Done | None
    """None where the run was killed; else it had ended before, or outlived its workers."""


def make_recordings(folder: Path, count: int = RECORDINGS) -> Path:
    """Make recordings with colours and tones, each another one."""
    folder.mkdir(parents=True)
    colours = (RED, GREEN, BLUE, YELLOW, WHITE)
    for number in range(count):
        shown = colours[number % 3 : number % 3 + 3]
        tones = (Tone(1, 2, 200 + 60 * number), Tone(4, 5.5, 1200))
        options = RecordingOptions(seconds=6 + number, colours=shown, tones=tones)
        make_recording(folder / f"{number}.mp4", options)
    return folder


def run(*arguments: object) -> Done:
    """Run the program to its end."""
    return run_command(*PROGRAM, *map(str, arguments))


def run_command(*command: str) -> Done:
    """Run any command to its end, in the checkout."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    return Done(done.returncode, done.stderr)


def index(library: Path, recordings: Path, *more: str, jobs: int = 2) -> Done:
    """Index to the end."""
    return run(*index_arguments(library, recordings, *more, jobs=jobs))


def index_arguments(library: Path, recordings: Path, *more: str, jobs: int = 2) -> list[str]:
    """Return the command line of an indexing run."""
    return ["index", str(recordings), "--library", str(library), "--jobs", str(jobs), "--quiet", *ENCODERS, *more]


def index_and_kill(library: Path, recordings: Path, attacks: Sequence[Attack]) -> Attacked:
    """Index, and kill somebody or other while the library is open, in the order of time."""
    hits: list[Whom] = []
    with _started(index_arguments(library, recordings)) as process:
        _wait_until_open(process, library)
        began_s = time.monotonic()
        workers: list[int] = []
        for attack in sorted(attacks, key=lambda attack: attack.after_s):
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, began_s + attack.after_s - time.monotonic()))
            workers = _workers(process.pid)
            if process.poll() is None and _kill(process, attack, workers):
                hits.append(attack.whom)
        _, complaints = process.communicate(timeout=DEADLINE_S)
        _wait_until_gone(workers)
        is_killed = process.returncode == -signal.SIGKILL
        return Attacked(tuple(hits), None if is_killed else Done(process.returncode, complaints))


def _kill(process: "subprocess.Popen[str]", attack: Attack, workers: Sequence[int]) -> bool:
    """Kill, and return whether there was somebody."""
    if attack.whom == "group":
        os.killpg(process.pid, signal.SIGKILL)
    elif attack.whom == "parent":
        process.kill()
    else:
        victims = random.Random(attack.after_s).sample(workers, min(1, len(workers)))
        try:
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended
            return False
        return bool(victims)
    return True


def time_of_run(library: Path, recordings: Path) -> float:
    """Index once, and return the seconds from the library's opening to the end."""
    with _started(index_arguments(library, recordings)) as process:
        _wait_until_open(process, library)
        began_s = time.monotonic()
        _, complaints = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, complaints
        return time.monotonic() - began_s


def doomed(arguments: Sequence[str], step: int, told: Path) -> Done | None:
    """Run the program in one process and kill it at a step; None where that happened, else it ended before."""
    command = [sys.executable, "-m", "tests.reliability.doomed", str(step), str(told), *arguments]
    done = run_command(*command)
    return None if done.code == -signal.SIGKILL else done


def steps_of(arguments: Sequence[str], told: Path) -> int:
    """Run the program to its end and return how many steps it takes."""
    done = doomed(arguments, 0, told)
    assert done is not None
    assert done.code == 0, done.complaints
    return int(told.read_text())


@contextmanager
def _started(arguments: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run the program in a process group of its own, all of which is gone afterwards."""
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait_until_open(process: "subprocess.Popen[str]", library: Path) -> None:
    """Wait until the process answers for the library, which is right after it has opened it."""
    deadline_s = time.monotonic() + DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        address = read_address(library) if (library / RECORD).exists() else None
        if address is not None and address.pid == process.pid:
            return
        time.sleep(0.005)


def _workers(pid: int) -> list[int]:
    """Return the worker processes of a run: its children, and theirs where it starts them through another."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            state, _, group = path.read_text().rpartition(")")[2].split()[:3]
            is_one = int(group) == pid and int(path.parent.name) != pid and state != "Z"
            if is_one and "resource_tracker" not in (path.parent / "cmdline").read_text():
                found.append(int(path.parent.name))
    return sorted(found)


def _wait_until_gone(pids: Sequence[int]) -> None:
    """Wait for processes that follow their parent."""
    deadline_s = time.monotonic() + DEADLINE_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline_s:
        time.sleep(0.01)

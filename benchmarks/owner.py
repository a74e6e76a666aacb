"""Searching while indexing: what a query waits for the process that owns the library, and what that costs indexing.

Recordings are indexed twice with `egosearch index`, into copies of one library: undisturbed, and while a client that
stays connected asks the bench's queries, one every half second, and the program `egosearch query` is started now and
then. Then an owner that is answering is killed, and the clock runs until the same client has its next answer.
"""

import os
import shutil
import signal
import statistics
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.footage import clip
from benchmarks.libraries import index
from benchmarks.processes import Cost, measure
from benchmarks.report import Report, Table
from benchmarks.settings import Settings, Skipped, egosearch_command
from egosearch.owner.address import read_address
from egosearch.owner.connection import Connection, reach
from egosearch.owner.opening import open_library
from egosearch.types import ALL_PARTS, Query

PAUSE_S = 0.5
"""Between two queries of the client: a person who types."""
PROGRAM_EVERY = 10
"""Queries of the client after which the whole program is measured once."""
TAKE_OVERS = 5
DEADLINE_S = 30.0


@dataclass
class _Asked:
    """What was waited for."""

    connected_s: list[float] = field(default_factory=list)
    programs: list[Cost] = field(default_factory=list)


def run(settings: Settings) -> Report:
    """Index with and without queries, and kill owners.

    Raises:
        Skipped: `egosearch` is not installed, or there are no sockets of files here.
    """
    first, rest = _recordings(settings)
    base = settings.work / "library-owner"
    index(base, [first])
    alone, beside = settings.work / "library-owner-alone", settings.work / "library-owner-beside"
    for copy in (alone, beside):
        shutil.copytree(base, copy)
    undisturbed = index(alone, rest)
    asked = _Asked()
    is_over = threading.Event()
    client = threading.Thread(target=_ask, args=(beside, settings.queries(), asked, is_over))
    client.start()
    try:
        disturbed = index(beside, rest)
    finally:
        is_over.set()
        client.join()
    if not asked.connected_s:
        raise Skipped("indexing was over before anything could be asked; name longer recordings with `--shared`")
    taken_s = [_take_over(base) for _ in range(TAKE_OVERS)]
    tables = (_latency(asked), _slowdown(undisturbed, disturbed), _replaced(taken_s))
    notes = [f"{len(rest)} recordings, indexed by two workers; CPU seconds are those of the owner and its workers."]
    if asked.programs:
        cpu_s = statistics.median(cost.cpu_s for cost in asked.programs)
        notes.append(f"Of `egosearch query`, {cpu_s:.2f} CPU seconds, median; the rest is waiting for a core.")
    return Report("Searching while indexing", tables, tuple(notes))


def _recordings(settings: Settings) -> tuple[Path, list[Path]]:
    """Return a recording to begin with, and others to index."""
    try:
        folder = settings.need("bench/recordings", "the bench's recordings")
    except Skipped:
        made = clip(settings.cache, settings.footage_s)
        again = settings.work / f"again-{made.name}"
        again.write_bytes(made.read_bytes() + b"\0")  # another fingerprint, the same recording
        return made, [again]
    found = sorted(path for path in folder.iterdir() if path.is_file())
    return found[0], found[1:]


def _ask(library: Path, texts: tuple[str, ...], asked: _Asked, is_over: threading.Event) -> None:
    """Ask the owner until indexing is over; an answer that it did not give is not counted."""
    connection: Connection | None = None
    while connection is None:
        connection = reach(library)
        if connection is None and is_over.wait(0.02):
            return
    program = [*egosearch_command(), "query", "--library", str(library), "--json"]
    with suppress(ConnectionError):
        for number, text in enumerate(cycle(texts)):
            if is_over.wait(PAUSE_S):
                break
            began_s = time.perf_counter()
            connection.ask("answer", query=Query(text), parts=ALL_PARTS)
            asked.connected_s.append(time.perf_counter() - began_s)
            if number % PROGRAM_EVERY == 0:
                cost = measure([*program, text], expected=(0, 1))
                if read_address(library) is not None:  # else it opened the library itself
                    asked.programs.append(cost)
    connection.close()


def _take_over(library: Path) -> float:
    """Return the seconds from killing an owner to its client's next answer."""
    command = [*egosearch_command(), "serve", "--library", str(library)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as owner:
        deadline_s = time.monotonic() + DEADLINE_S
        while (address := read_address(library)) is None or address.pid != owner.pid:
            if time.monotonic() > deadline_s:
                owner.kill()
                raise Skipped("`egosearch serve` does not begin to answer")
            time.sleep(0.02)
        with open_library(library, read_only=True) as client:
            client.answer(Query("the timer"))
            os.kill(owner.pid, signal.SIGKILL)
            began_s = time.perf_counter()
            client.answer(Query("the timer"))
            return time.perf_counter() - began_s


def _latency(asked: _Asked) -> Table:
    first, *others = asked.connected_s
    waited = {
        "a connected client": others,
        "the same, first": [first],  # the owner loads its networks
        "`egosearch query`": [cost.wall_s for cost in asked.programs],
    }
    rows = tuple(
        (
            name,
            len(taken_s),
            f"{1000 * float(np.percentile(taken_s, 50)):.0f}",
            f"{1000 * float(np.percentile(taken_s, 95)):.0f}",
            f"{1000 * max(taken_s):.0f}",
        )
        for name, taken_s in waited.items()
        if taken_s
    )
    return Table("Queries answered during indexing, ms", ("asked by", "queries", "p50", "p95", "slowest"), rows)


def _slowdown(undisturbed: Cost, disturbed: Cost) -> Table:
    rows = tuple(
        (
            name,
            f"{cost.wall_s:.1f}",
            f"{cost.wall_s / undisturbed.wall_s - 1:+.0%}",
            f"{cost.cpu_s:.1f}",
            f"{cost.cpu_s / undisturbed.cpu_s - 1:+.1%}",
        )
        for name, cost in (("undisturbed", undisturbed), ("with queries", disturbed))
    )
    return Table("Indexing meanwhile", ("run", "seconds", "slowdown", "CPU seconds", "more"), rows)


def _replaced(taken_s: list[float]) -> Table:
    row = (len(taken_s), f"{statistics.median(taken_s):.2f}", f"{max(taken_s):.2f}")
    return Table("An owner is killed, seconds to the next answer", ("times", "median", "slowest"), (row,))

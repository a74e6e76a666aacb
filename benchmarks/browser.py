"""The browser on a library of ten thousand recordings: how long after a key the screen changes.

`egosearch tui` runs in a terminal of its own, a pseudo-terminal of 160 by 48. A key is written to it once it has been
still, and the clock runs until the first byte comes back: Textual writes a whole update at once, so that is the new
screen. What a search then finds comes later and is measured by `query`; nothing here waits for it.
"""

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.libraries import any_library, index, recording
from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, Skipped, egosearch_command
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths

RECORDINGS = 10_000
SEARCHED = 2
"""Recordings to find something in; more of them are more to index, which is not measured here."""
COLUMNS, ROWS = 160, 48
STILL_S = 0.4
"""Without output: what the key before set off has come to rest."""
LOADED_S = 5.0
"""Until the library's screen has read all recordings: a key that moves nothing before that draws nothing."""
LATEST_S = 30.0
READ_BYTES = 1 << 16
DOWN, UP, PAGE_DOWN, ENTER = b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\r"
OPENING = "opening the library"
STEPS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("typing a query", tuple(bytes([byte]) for byte in b"a dog barking in the garden")),
    ("walking through the moments", (ENTER, *(DOWN, UP) * 10)),
    (OPENING, (b"l",)),
    ("walking through its recordings", (*(DOWN,) * 10, *(PAGE_DOWN,) * 10)),
)


def run(settings: Settings) -> Report:
    """Make the library, and type.

    Raises:
        Skipped: There are no pseudo-terminals here.
    """
    if sys.platform == "win32":
        raise Skipped("there are no pseudo-terminals here")
    name, source = _searched(settings)
    library = settings.work / "library-browser"
    shutil.copytree(source, library)
    _fill(library)
    waits_s = _type(library)
    every = [wait for waits in waits_s.values() for wait in waits]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (what, len(waits), *(round(1000 * float(np.quantile(waits, share)), 1) for share in (0.5, 0.95, 1.0)))
        for what, waits in {**waits_s, "all": every}.items()
    )
    table = Table(
        f"Browser, {RECORDINGS:,} recordings, {COLUMNS} x {ROWS}: from a key to the first change of the screen",
        ("keys", "n", "median ms", "p95 ms", "longest ms"),
        rows,
    )
    return Report("Browser", (table,), (f"What is found is that of a small library ({name}); the others are listed.",))


def _searched(settings: Settings) -> tuple[str, Path]:
    """Return a library to find something in, and its name: two of the bench's recordings are enough to walk through."""
    try:
        recordings = sorted(settings.need("bench/recordings", "the bench's recordings").iterdir())[:SEARCHED]
    except Skipped:
        return any_library(settings)
    library = settings.work / "library-searched"
    index(library, recordings)
    return f"{len(recordings)} of the bench's recordings", library


def _fill(library: Path) -> None:
    """List many recordings of an hour, copies of one: writing each by itself takes minutes."""
    import duckdb

    catalog_file = LibraryPaths(library).catalog
    first = recording(0)
    with Catalog.open(catalog_file) as catalog:
        catalog.add_recording(first, datetime(2026, 1, 1, tzinfo=UTC))
    with duckdb.connect(str(catalog_file)) as connection:
        connection.execute(
            """INSERT INTO recordings SELECT one.* REPLACE (
                printf('%032x', number) AS recording_id,
                printf('/generated/%05d.mp4', number) AS path,
                recorded_at + to_hours(number) AS recorded_at)
            FROM recordings AS one, range(1, ?) AS numbers(number) WHERE recording_id = ?""",
            [RECORDINGS, first.recording_id],
        )


def _type(library: Path) -> dict[str, list[float]]:
    """Return the seconds from each key to the first byte, by what is done."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    command = [*egosearch_command(), "tui", "--library", str(library)]
    browser = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # Half blocks: this terminal has nothing else, and would be asked for it, which is no answer to a key.
        env={**os.environ, "TERM": "xterm-256color", "EGOSEARCH_PICTURES": "half"},
    )
    os.close(theirs)
    try:
        _rest(ours, first=LATEST_S)
        waits_s = {}
        for what, keys in STEPS:
            waits_s[what] = [_press(ours, key) for key in keys]
            if what == OPENING:
                _drain(ours, LOADED_S)
        return waits_s
    finally:
        browser.kill()  # it only reads
        browser.wait()
        os.close(ours)


def _press(terminal: int, key: bytes) -> float:
    begin = time.perf_counter()
    os.write(terminal, key)
    _next(terminal, LATEST_S)
    waited_s = time.perf_counter() - begin
    _rest(terminal, first=STILL_S)
    return waited_s


def _rest(terminal: int, *, first: float) -> None:
    """Read until nothing comes for a while; wait for the first byte a while longer.

    Raises:
        TimeoutError: It does not rest.
    """
    wait_s, begin = first, time.perf_counter()
    while _next(terminal, wait_s):
        wait_s = STILL_S
        if time.perf_counter() - begin > 2 * LATEST_S:
            raise TimeoutError("the browser does not come to rest")


def _drain(terminal: int, seconds: float) -> None:
    """Read whatever comes for so long."""
    end = time.perf_counter() + seconds
    while (left_s := end - time.perf_counter()) > 0:
        _next(terminal, left_s)


def _next(terminal: int, wait_s: float) -> bytes:
    readable, _, _ = select.select([terminal], [], [], wait_s)
    return os.read(terminal, READ_BYTES) if readable else b""

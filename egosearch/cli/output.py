"""Words on the two streams: standard output is data, standard error is talk.

File names, metadata and the words of concepts come from elsewhere and may hold anything. They pass `plain`, and they
are printed by consoles that read no markup, so nothing in them can steer the terminal or Rich.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

from egosearch.printable import plain as plain  # noqa: PLC0414
from egosearch.telling import clock as clock  # noqa: PLC0414 - the commands find them here, with the other words
from egosearch.telling import length as length  # noqa: PLC0414
from egosearch.telling import when as when  # noqa: PLC0414

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 120
"""Columns of a table where there is no terminal to ask; Rich would take 80 and break most lines."""

Align = Literal["left", "right"]
Cell = str | tuple[str, ...]
"""Of a table: one line, or several. A line break within a line is none."""


def say(text: str) -> None:
    """Print a line of talk."""
    print(plain(text), file=sys.stderr, flush=True)


def complain(text: str) -> None:
    """Print why something failed."""
    say(f"error: {text}")


def write_line(text: str = "") -> None:
    """Print a line of data for people to read."""
    print(plain(text))


def write_json(value: Any, *, is_line: bool = False) -> None:
    """Print JSON, indented or as one line. It is ASCII: any terminal and any pipe takes it, control characters too."""
    print(json.dumps(value, indent=None if is_line else 2, allow_nan=False), flush=is_line)


def write_path(path: Path, *, end: str = "\n") -> None:
    r"""Print a path: byte for byte into a pipe, so that it can be opened; made printable on a terminal.

    Args:
        path: Which one.
        end: What follows it. A name may hold a line break, so programs that must not be misled ask for "\0".
    """
    if end == "\n" and sys.stdout.isatty():
        write_line(str(path))
    else:
        _write_bytes(os.fsencode(path) + end.encode())


def write_data(text: str) -> None:
    """Print text for programs: exact into a pipe, undecodable names too; printable line by line on a terminal."""
    if sys.stdout.isatty():
        for line in text.splitlines():
            write_line(line)
    else:
        _write_bytes(text.encode("utf-8", "surrogateescape"))


def write_table(
    columns: Mapping[str, Align], rows: Sequence[Sequence[Cell]], *, styles: Mapping[str, str] | None = None
) -> None:
    """Print rows of text under headings, in the width of the terminal.

    Args:
        columns: Headings, and the side that what is below them is flush with.
        rows: A cell for each.
        styles: Colours by heading, for terminals that have any and users who want them (`NO_COLOR`); nothing may be
            told by colour alone.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for heading, align in columns.items():
        style = (styles or {}).get(heading, "")
        table.add_column(heading, justify=align, style=style, overflow="fold", no_wrap=align == "right")
    for row in rows:
        table.add_row(*(Text("\n").join(Text(plain(line)) for line in _lines(cell)) for cell in row))
    console(sys.stdout).print(table)


def _lines(cell: Cell) -> tuple[str, ...]:
    return (cell,) if isinstance(cell, str) else cell


def _write_bytes(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def console(stream: TextIO) -> "Console":
    """Return a console that reads no markup, no emoji codes, and colours no numbers by itself."""
    from rich.console import Console

    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)


def size(size_bytes: int) -> str:
    """Return a size in decimal units.

    >>> size(999), size(51_000_000)
    ('999 B', '51.0 MB')
    """
    if size_bytes < 1000:
        return f"{size_bytes} B"
    value, units = float(size_bytes), iter(("kB", "MB", "GB", "TB"))
    unit = "B"
    while value >= 999.95 and unit != "TB":
        value, unit = value / 1000, next(units)
    return f"{value:.1f} {unit}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 recording", "3 recordings"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def iso(moment: datetime | None) -> str | None:
    """Return a wall-clock time for programs, to the second."""
    return moment.isoformat(timespec="seconds") if moment else None


def relay_warnings(*, is_verbose: bool) -> None:
    """Say what the library logs as a warning; with `is_verbose`, all that it logs."""
    import logging

    class Relay(logging.Handler):
        """Looks up standard error each time: it may have been replaced."""

        def emit(self, record: logging.LogRecord) -> None:
            say(f"{record.levelname.lower()}: {self.format(record)}")

    for name in ("egosearch", "indexers"):
        logger = logging.getLogger(name)
        logger.handlers = [one for one in logger.handlers if type(one).__name__ != Relay.__name__]
        logger.addHandler(Relay())
        if is_verbose:
            logger.setLevel(logging.DEBUG)


def tolerate_narrow_encodings() -> None:
    """Print a question mark where a terminal's encoding lacks a character, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]

"""Words on the two streams: standard output is data, standard error is talk.

File names, metadata and the words of concepts come from elsewhere and may hold anything. They pass `plain`, and they
are printed by consoles that read no markup, so nothing in them can steer the terminal or Rich.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 120
"""Columns of a table where there is no terminal to ask; Rich would take 80 and break most lines."""
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\t\n\r\v\f\x85\u2028\u2029")

Align = Literal["left", "right"]


def plain(text: str) -> str:
    r"""Return text on one line that cannot steer a terminal: no control, direction or undecodable characters.

    Markup such as `[red]` is kept as it is: the consoles below do not read any.

    >>> plain("a\x1b[31mb\nc [red]d")
    'a[31mb c [red]d'
    """
    return "".join(
        " " if char in _BLANK else char
        for char in text
        if char in _BLANK or unicodedata.category(char) not in _UNPRINTABLE
    )


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


def write_path(path: Path) -> None:
    """Print a path: byte for byte into a pipe, so that it can be opened; made printable on a terminal."""
    if sys.stdout.isatty():
        write_line(str(path))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + b"\n")
    sys.stdout.buffer.flush()


def write_table(columns: Mapping[str, Align], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of text under headings, in the width of the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for heading, align in columns.items():
        table.add_column(heading, justify=align, overflow="fold", no_wrap=align == "right")
    for row in rows:
        table.add_row(*(Text("\n").join(Text(plain(line)) for line in cell.split("\n")) for cell in row))
    console(sys.stdout).print(table)


def console(stream: TextIO) -> "Console":
    """Return a console that reads no markup, no emoji codes, and colours no numbers by itself."""
    from rich.console import Console

    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)


def clock(time_s: float) -> str:
    """Return a position or a duration as m:ss or h:mm:ss, rounded down.

    >>> clock(754.9), clock(3601)
    ('12:34', '1:00:01')
    """
    minutes, seconds = divmod(int(max(time_s, 0.0) + 1e-6), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length(duration_s: float) -> str:
    """Return how long a moment is: tenths of a second below a minute.

    >>> length(1.44), length(75)
    ('1.4 s', '1:15')
    """
    return f"{duration_s:.1f} s" if duration_s < 59.95 else clock(round(duration_s))


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


def when(moment: datetime | None) -> str:
    """Return a wall-clock time to the second, in the zone it was recorded in; empty where unknown."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


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

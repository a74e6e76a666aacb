"""How pictures can be shown in the terminal that the browser runs in: what it is told, or what the terminal answers.

The terminal is asked before Textual reads from it, and once. Five questions go out together, the last of which every
terminal answers, so that nobody waits for the others: no answer may arrive later, when it would be taken for keys.
"""

import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from egosearch.errors import QueryError
from tui.pictures.sixel import COLORS

VARIABLE = "EGOSEARCH_PICTURES"
LONGEST_S = 1.0
"""To wait for the answers: over SSH they take a round trip."""
_ASK = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[>q\x1b[16t\x1b[?1;1;0S\x1b[c"
"""Kitty's graphics? Your name and version? How many pixels is a cell? How many colours has a Sixel? What are you
(primary device attributes)?"""
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL = b"4"
_KITTY = re.compile(rb"\x1b_Gi=31;OK\x1b\\")
_NAME = re.compile(rb"\x1bP>\|(kitty|ghostty)\W(\d+)\.(\d+)", re.IGNORECASE)
"""Those with placeholders: Konsole and WezTerm say yes to Kitty's graphics too, and show boxes for them."""
_SINCE = {b"kitty": (0, 28), b"ghostty": (1, 0)}
"""The versions that they came with."""
_COLORS = re.compile(rb"\x1b\[\?1;0;(\d+)S")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_SILENT = ("", "dumb", "linux")
"""Of TERM: what shows questions instead of answering them."""


class Way(Enum):
    """How pictures are shown."""

    HALF = "half"
    KITTY = "kitty"
    SIXEL = "sixel"


@dataclass(frozen=True)
class Pictures:
    """What is known of the terminal."""

    way: Way = Way.HALF
    cell_px: tuple[int, int] | None = None
    """Width and height of a cell; None where the terminal does not say."""


def pictures_here(environment: Mapping[str, str] | None = None) -> Pictures:
    """Return how to show pictures in this process's terminal, which is asked where `VARIABLE` leaves it open.

    Raises:
        QueryError: `VARIABLE` names no way.
    """
    known = os.environ if environment is None else environment
    wanted = known.get(VARIABLE, "").strip().lower() or "auto"
    ways = [way.value for way in Way]
    if wanted not in ("auto", *ways):
        raise QueryError(f"{VARIABLE} is {wanted!r}, which is no way to show pictures; use auto, {', '.join(ways)}")
    if wanted == Way.HALF.value or not _can_be_asked(known):
        return Pictures()
    answered = ask(sys.__stdin__.fileno(), sys.__stderr__.fileno())  # type: ignore[union-attr]  # terminals both
    return understood(answered, None if wanted == "auto" else Way(wanted), measured())


def understood(answered: bytes, wanted: Way | None, cell_px: tuple[int, int] | None = None) -> Pictures:
    """Return what a terminal's answers to the five questions mean.

    Sixel only with the size of a cell, since a Sixel covers pixels and not cells, and not where the terminal says that
    it has fewer colours than are sent: xterm has 16 unless told otherwise, and takes one for another then.

    Args:
        answered: All of them, one after the other.
        wanted: The way that the user wants; None to go by the answers.
        cell_px: Width and height of a cell, where that is known already.
    """
    if cell_px is None and (cell := _CELL.search(answered)) and int(cell[1]) and int(cell[2]):
        cell_px = int(cell[2]), int(cell[1])
    attributes = _ATTRIBUTES.search(answered)
    has_sixel = attributes is not None and _SIXEL in attributes[1].split(b";")[1:]  # the first is the kind of terminal
    if wanted is Way.KITTY or (wanted is None and _KITTY.search(answered) and _has_placeholders(answered)):
        return Pictures(Way.KITTY, cell_px)
    colors = _COLORS.search(answered)
    is_poor = colors is not None and int(colors[1]) < COLORS
    if cell_px and (wanted is Way.SIXEL or (has_sixel and not is_poor)):
        return Pictures(Way.SIXEL, cell_px)
    return Pictures(Way.HALF, cell_px)


def _has_placeholders(answered: bytes) -> bool:
    named = _NAME.search(answered)
    return named is not None and (int(named[2]), int(named[3])) >= _SINCE[named[1].lower()]


def measured() -> tuple[int, int] | None:
    """Return the width and height of a cell in pixels as the system knows them; None where it does not."""
    if sys.platform == "win32" or sys.__stderr__ is None:
        return None
    import fcntl
    import struct
    import termios

    try:
        told = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):  # no terminal; closed
        return None
    rows, columns, width_px, height_px = struct.unpack("HHHH", told)
    return (width_px // columns, height_px // rows) if width_px >= columns > 0 and height_px >= rows > 0 else None


def _can_be_asked(environment: Mapping[str, str]) -> bool:
    """Return whether this is a terminal and not tmux or screen: they answer for themselves and pass pictures badly."""
    if sys.platform == "win32" or environment.get("TMUX") or environment.get("STY"):
        return False
    term = environment.get("TERM", "")
    if term in _SILENT or term.startswith(("tmux", "screen")) or environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return False
    streams = sys.__stdin__, sys.__stderr__  # where Textual reads and writes
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def ask(reads: int, writes: int, *, longest_s: float = LONGEST_S) -> bytes:
    """Ask a terminal, and return what it answers, up to the answer that comes last; what came where it does not.

    What is typed meanwhile is lost.

    Args:
        reads: File descriptor to read from.
        writes: To write to.
        longest_s: Wait no longer for all of it.
    """
    import select
    import termios
    import tty

    try:
        before = termios.tcgetattr(reads)
        tty.setcbreak(reads, termios.TCSANOW)
    except (OSError, termios.error):
        return b""
    answered, end = b"", time.monotonic() + longest_s
    try:
        os.write(writes, _ASK)
        while not _ATTRIBUTES.search(answered) and (left_s := end - time.monotonic()) > 0:
            if select.select([reads], [], [], left_s)[0]:
                came = os.read(reads, 1024)
                if not came:
                    break
                answered += came
    except OSError:  # the terminal is gone; Textual says so in its way
        return answered
    finally:
        termios.tcsetattr(reads, termios.TCSANOW, before)
    return answered

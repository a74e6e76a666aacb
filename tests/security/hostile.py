"""Recordings whose names and tags would take a terminal over, break tables, or be taken for options."""

import os
from pathlib import Path

from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

EVIL = "[red]\x1b]0;evil\x07[bold].mp4"
"""Sets a terminal's title; and is markup."""
NAMES = (
    EVIL.encode(),
    b"\xff\xfe undecodable.mp4",
    "two\nlines \u202ereversed\u2069 \u2028x\x85.mp4".encode(),
    b"--help.mp4",
    "eight bits \x9b31m\x9d0;evil\x9c.mp4".encode(),
    b"%s {0} $(touch evil) `touch evil` '; DROP TABLE recordings; --.mp4",
    b"<img src=x onerror=evil()>.mp4",
)
BROKEN = b"broken \x1b[2J\xff.mp4"
"""No recording at all."""
DEVICE = {"make": "\x1b[41m[bold]", "model": "x\u202egp\n\x07"}
FREE_ATOM = b"\0\0\0\x08free"
"""Of MP4: nothing. So many of them make files of one content different ones."""


def make_hostile(folder: Path) -> None:
    """Make a folder of such recordings: blue in the third second, a tone from 9 to 11 s."""
    folder.mkdir(parents=True)
    draft = folder / "draft.mp4"
    colours = (RED, GREEN, BLUE, *([YELLOW] * 9))
    tones = (Tone(9.0, 11.0, 1200.0),)
    make_recording(draft, RecordingOptions(seconds=12.0, colours=colours, tones=tones, metadata=DEVICE))
    content = draft.read_bytes()
    draft.unlink()
    for number, name in enumerate(NAMES):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(content + number * FREE_ATOM)
    Path(os.fsdecode(os.fsencode(folder) + b"/" + BROKEN)).write_bytes(b"nothing")


def steers(shown: str) -> list[str]:
    """Return the characters in what was printed that steer a terminal or the reader's eye."""
    return [char for char in shown if char != "\n" and not (char.isprintable() or char == "\ufffd")]

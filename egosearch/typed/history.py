"""What was typed before, kept in the library's folder for its owner's eyes only."""

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

NAME = "typed.txt"
"""In the library's folder: lines of UTF-8, the latest last."""
KEPT = 500
PRIVATE = 0o600


class History:
    """The lines that were typed, and a place in them, as a shell has it. Where it cannot be kept, it is forgotten."""

    def __init__(self, folder: Path) -> None:
        """Read what is kept for the library in a folder."""
        self._path = folder / NAME
        self._lines = self._read()
        self._place: int | None = None
        """Of the line that is shown; None for the one being typed."""
        self._draft = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is remembered, the latest last."""
        return tuple(self._lines)

    @property
    def is_walking(self) -> bool:
        """Whether an older line is shown."""
        return self._place is not None

    def older(self, typed: str) -> str:
        """Return the line before the one shown, or that one where there is none; `typed` is kept for the way back."""
        if not self._lines:
            return typed
        if self._place is None:
            self._draft = typed
            self._place = len(self._lines)
            if self._lines[-1] == typed and len(self._lines) > 1:
                self._place -= 1
        self._place = max(self._place - 1, 0)
        return self._lines[self._place]

    def newer(self) -> str:
        """Return the line after the one shown, in the end what was being typed."""
        if self._place is None:
            return self._draft
        self._place += 1
        if self._place >= len(self._lines):
            self._place = None
            return self._draft
        return self._lines[self._place]

    def leave(self) -> None:
        """Stay where it is: the line shown is being changed, or was asked."""
        self._place = None

    def remember(self, line: str) -> None:
        """Add a line, or move it to the end where it is there already."""
        line = " ".join(line.split())
        self._place = None
        if not line or self._lines[-1:] == [line]:
            return
        # What another browser added meanwhile stays; where nothing can be kept, what is at hand does.
        self._lines = [*(one for one in self._read() or self._lines if one != line), line][-KEPT:]
        self._write()

    def _read(self) -> list[str]:
        try:
            return self._path.read_text("utf-8").splitlines()[-KEPT:]
        except FileNotFoundError:
            return []
        except (OSError, UnicodeError) as error:
            log.warning("%s cannot be read, so nothing typed before is at hand (%s)", self._path, error)
            return []

    def _write(self) -> None:
        new = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write("".join(f"{line}\n" for line in self._lines))
            new.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written, so what was typed is not kept (%s)", self._path, error)

"""A terminal that answers questions as some real ones do, and keeps what is written to it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from types import TracebackType
from typing import Self

COLUMNS, ROWS = 120, 40
CELL_PX = (9, 18)
LATEST_S = 20.0
ATTRIBUTES = b"\x1b[?62;22c"
ATTRIBUTES_SIXEL = b"\x1b[?62;4;22c"
KITTY = b"\x1b_Gi=31;OK\x1b\\"


class FakeTerminal:
    """Runs the browser on a pseudo-terminal.

    Args:
        answers: What it says when it is asked what it is.
        cell_px: Width and height of a cell as the system is told them; None to say nothing.
        environment: Variables besides those of this process.
    """

    def __init__(
        self,
        answers: bytes,
        *,
        cell_px: tuple[int, int] | None = CELL_PX,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._answers = answers
        self.written = b""
        ours, theirs = pty.openpty()
        width_px, height_px = cell_px or (0, 0)
        size = struct.pack("HHHH", ROWS, COLUMNS, COLUMNS * width_px, ROWS * height_px)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        known = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY", "TERM_PROGRAM")}
        self._browser = subprocess.Popen(
            [sys.executable, "-m", "tests.tui.pictures.browser"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**known, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})},
        )
        os.close(theirs)
        self._ours = ours

    def press(self, keys: bytes) -> None:
        """Write what keys write."""
        os.write(self._ours, keys)

    def wait_for(self, what: bytes, *, after: int = 0) -> int:
        """Read until something is written, answering questions meanwhile; return where it ends.

        Raises:
            TimeoutError: It does not come.
        """
        end = time.monotonic() + LATEST_S
        while (found := self.written.find(what, after)) < 0:
            if time.monotonic() > end or not self._read():
                raise TimeoutError(f"{what!r} does not come; the last: {self.written[-300:]!r}")
        return found + len(what)

    def leave(self) -> int:
        """Quit the browser, and return its exit code."""
        self.press(b"\x11")
        while self._read():
            pass
        return self._browser.wait(LATEST_S)

    def _read(self) -> bool:
        """Read a little; return whether there may be more."""
        if not select.select([self._ours], [], [], LATEST_S)[0]:
            return False
        try:
            came = os.read(self._ours, 1 << 16)
        except OSError:  # Linux's word for: nobody has the other end any more
            return False
        asked = self.written.count(b"\x1b[c")
        self.written += came
        if self.written.count(b"\x1b[c") > asked:
            os.write(self._ours, self._answers)
        return bool(came)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser.poll() is None:
            self._browser.kill()
            self._browser.wait()
        os.close(self._ours)

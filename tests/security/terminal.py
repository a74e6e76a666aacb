"""A terminal of our own, to run full-screen programs in."""

import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import ioctl

PATIENCE_S = 30.0


class Terminal:
    """A program in a terminal of 100 columns and 30 rows."""

    def __init__(self, process: "subprocess.Popen[bytes]", handle: int) -> None:
        self.process = process
        self._handle = handle
        self.written = b""
        """All that it has written so far."""

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._handle, keys)

    def wait_for(self, text: bytes) -> None:
        """Wait until the program writes a text that it has not written before."""
        start, deadline_s = len(self.written), time.monotonic() + PATIENCE_S
        while text not in self.written[start:]:
            assert time.monotonic() < deadline_s, f"no {text!r} in {self.written[start:][-2000:]!r}"
            assert self._read() or self.process.poll() is None, f"it ended: {self.written[-2000:]!r}"

    def wait(self) -> int:
        """Wait until the program ends, and return its exit code."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline_s:
            self._read()
        return self.process.wait(1)

    def _read(self) -> bool:
        if not select.select([self._handle], [], [], 0.1)[0]:
            return False
        try:
            piece = os.read(self._handle, 1 << 16)
        except OSError:  # Linux says so when the program has ended
            return False
        self.written += piece
        return bool(piece)


@contextmanager
def in_terminal(command: Sequence[str], env: dict[str, str]) -> Iterator[Terminal]:
    """Run a program in a terminal for as long as the `with` lasts."""
    ours, its = pty.openpty()
    ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    variables = env | {"TERM": "xterm-256color"}
    with subprocess.Popen(command, env=variables, stdin=its, stdout=its, stderr=its, start_new_session=True) as process:
        os.close(its)
        try:
            yield Terminal(process, ours)
        finally:
            if process.poll() is None:
                process.kill()
            os.close(ours)

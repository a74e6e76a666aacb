"""Runs `egosearch` and kills it at a step of its way to the disk.

    python -m tests.reliability.doomed STEP FILE ARGUMENT...

A step is a call that a module which writes makes or receives, into the interpreter's own functions and the engines
too: `os.replace`, `execute`, `flush`. With STEP 0 it lives, and FILE holds the number of its steps afterwards.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

WRITERS = tuple(
    str(Path("egosearch") / part)
    for part in ("access.py", "catalog", "config.py", "indexing.py", "library.py", "migrations.py", "scan", "stores")
)


class Doom:
    """Counts steps, and ends the process without a word at one of them."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._is_writer: dict[str, bool] = {}
        self.steps = 0

    def watch(self, frame: FrameType, event: str, _: object) -> None:
        """Take a call, as `sys.setprofile` tells it."""
        if event not in {"call", "c_call"}:
            return
        name = frame.f_code.co_filename
        is_writer = self._is_writer.get(name)
        if is_writer is None:
            is_writer = self._is_writer[name] = any(f"{os.sep}{part}" in name for part in WRITERS)
        if is_writer:
            self.steps += 1
            if self.steps == self._step:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run the command line."""
    step, told, *arguments = sys.argv[1:]
    from egosearch.cli import app

    doom = Doom(int(step))
    sys.setprofile(doom.watch)
    try:
        app(arguments, prog_name="egosearch")
    finally:
        sys.setprofile(None)
        Path(told).write_text(str(doom.steps))


if __name__ == "__main__":
    main()

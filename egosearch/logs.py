"""What happened to a library, written down in its folder: runs, failures with where they arose, repairs, migrations.

Four files of a megabyte at most, for their owner's eyes only. Names of recordings are in them; what was asked, said or
seen is not: what searches and front ends log is left out, whatever it is.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from egosearch.printable import plain

NAME = "egosearch.log"
"""Of the file in use."""
MOST_BYTES = 1_000_000
OLDER_FILES = 3
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
KEPT = ("egosearch", "indexers")
"""Packages whose warnings are kept."""
LEFT_OUT = ("egosearch.query", "egosearch.owner", "egosearch.cli", "egosearch.typed", "egosearch.evaluation")
"""Parts of them that have to do with what is asked."""

journal = logging.getLogger("egosearch.journal")
"""For what is written down and not told: users see runs and failures as they happen."""
journal.setLevel(logging.INFO)
journal.propagate = False
journal.addHandler(logging.NullHandler())

_open: dict[Path, tuple["_File", int]] = {}
"""By folder, with how many want it."""
_opening = threading.Lock()


def log_folder(library: Path) -> Path:
    """Return where a library's logs are."""
    return library / "logs"


@contextmanager
def keeping(library: Path) -> Iterator[None]:
    """Write down what happens to a library while the `with` lasts; one in another, or in another thread, is fine.

    Where nothing can be written nothing is: a full disk must not stop what the log is about.
    """
    folder = log_folder(library)
    with _opening:
        file, wanted = _open.get(folder, (None, 0))
        if file is None:
            file = _File(folder)
            for name in (*KEPT, journal.name):
                logging.getLogger(name).addHandler(file)
        _open[folder] = file, wanted + 1
    try:
        yield
    finally:
        with _opening:
            file, wanted = _open.pop(folder)
            if wanted > 1:
                _open[folder] = file, wanted - 1
            else:
                for name in (*KEPT, journal.name):
                    logging.getLogger(name).removeHandler(file)
                file.close()


class _File(RotatingFileHandler):
    """Makes folder and file when there is something to write."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / NAME, maxBytes=MOST_BYTES, backupCount=OLDER_FILES, encoding="utf-8", errors="replace", delay=True
        )
        self.setLevel(logging.INFO)
        self.setFormatter(_Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.addFilter(lambda record: not record.name.startswith(LEFT_OUT))

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
        return open(number, "a", encoding=self.encoding, errors=self.errors)  # noqa: PTH123 - it is a number

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Do without."""


class _Lines(logging.Formatter):
    """Times in UTC, and no line that a file's name has begun: it may hold a line break, or steer a terminal."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line, and a traceback below it, indented."""
        head, *rest = [plain(line) for line in super().format(record).replace("\\", "\\\\").split("\n")]
        return "\n".join([head, *(f"    {line}" for line in rest)])

"""What every test gets: a home of its own, and nothing of the developer's machine."""

import atexit
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality

# The same examples in every run; `HYPOTHESIS_PROFILE=default` looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A job in the background of a script is born deaf to Ctrl-C, and so would be the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

HOMES = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA", "APPDATA")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the developer's home, settings, libraries and time zone out."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in HOMES:
            patch.setenv(name, str(folder))
        for name in [name for name in os.environ if name.startswith("EGOSEARCH_")]:
            patch.delenv(name)
        patch.setenv("TZ", "UTC")
        _read_time_zone()
        yield folder
    _read_time_zone()


def _read_time_zone() -> None:
    if hasattr(time, "tzset"):  # not on Windows
        time.tzset()


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(autouse=True)
def no_logged_errors() -> Iterator[None]:
    """Fail a test in which egosearch logged an error: what it logs so is a bug or should have been raised."""
    errors = _Errors()
    loggers = [logging.getLogger(name) for name in ("egosearch", "indexers", "tui")]
    for logger in loggers:
        logger.addHandler(errors)
    yield
    for logger in loggers:
        logger.removeHandler(errors)
    assert errors.messages == []


@pytest.fixture
def toy() -> IndexOptions:
    """Return options that index colours and tones in this process."""
    return IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Return a new library, open for writing, at `tmp_path / "library"`."""
    with Library.open(tmp_path / "library") as opened:
        yield opened


def _end_quietly() -> None:
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


# The summary stays the last thing printed: DuckDB's bindings report leaks of their own when Python ends.
atexit.register(_end_quietly)

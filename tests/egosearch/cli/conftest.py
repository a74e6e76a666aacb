"""Runs the command line in process."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from egosearch.cli import app, options
from tests.egosearch.cli.fake_library import FakeLibrary


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _as_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave no handlers behind, and take the width that a pipe has."""
    monkeypatch.delenv("COLUMNS", raising=False)
    loggers = [logging.getLogger(name) for name in ("egosearch", "indexers")]
    before = [(list(logger.handlers), logger.level) for logger in loggers]
    yield
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers
        logger.setLevel(level)


@pytest.fixture
def run() -> Run:
    """Run a command; arguments as on a command line, `typed` goes to standard input."""

    def _run(*arguments: str | Path, typed: str | bytes | None = None) -> Outcome:
        result = CliRunner().invoke(app, [str(one) for one in arguments], input=typed, prog_name="egosearch")
        return Outcome(result.stdout, result.stderr, result.exit_code)

    return _run


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeLibrary:
    """Every command finds this library, whatever it was told to open."""
    library = FakeLibrary()
    monkeypatch.setattr(options, "open_library", library.open)
    monkeypatch.setattr(options, "own_library", library.open)
    return library

"""Indexing progress: a bar on a terminal, lines elsewhere."""

import io
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.cli.progress import Bar, Lines, Silence, describe, progress_view
from egosearch.indexing.types import IndexProgress

FIRST = IndexProgress(Path("/v/kitchen.mp4"), 0, 3, 0.0, 4800.0, 0.0)
STEP = replace(FIRST, seconds_done=42.0, elapsed_s=8.4)
LAST = replace(FIRST, recordings_done=3, seconds_done=4800.0, elapsed_s=100.0)


class Terminal(io.StringIO):
    """Standard error as it is on a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (FIRST, "0:00 of 1:20:00"),
        (STEP, "0:42 of 1:20:00, 5.0 × real time, 15:51 left"),
        (LAST, "1:20:00 of 1:20:00, 48 × real time"),
    ],
)
def test_how_far_a_run_is(step: IndexProgress, text: str) -> None:
    assert describe(step) == text


def test_lines_come_now_and_then_and_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    with Lines() as view:
        for now_s in (0.0, 3.0, 9.0, 12.0, 13.0):  # noqa: B007 - read by the clock
            view.show(STEP)
        view.show(LAST)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 3


def test_a_bar_shows_name_and_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    view = progress_view()
    assert isinstance(view, Bar)
    with view:
        view.show(replace(STEP, path=Path("[red]kitchen\x1b[2J.mp4")))
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    assert "[red]kitchen[2J.mp4" in terminal.getvalue(), "neither markup nor control characters"
    assert "0/3 · 0:42/1:20:00 · 5.0× · 15:51 left" in shown


def test_a_bar_keeps_both_ends_of_a_long_name(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "140")
    with Bar() as view:
        view.show(replace(STEP, path=Path(f"holiday-{'x' * 60}-0042.mp4")))
    assert "holiday-" in terminal.getvalue()
    assert "-0042.mp4" in terminal.getvalue()


def test_the_view_fits_the_stream() -> None:
    assert isinstance(progress_view(), Lines)
    assert type(progress_view(is_quiet=True)) is Silence

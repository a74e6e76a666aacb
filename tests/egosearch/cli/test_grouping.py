"""Groups of options, and completion of recordings in the shell."""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from egosearch.cli.completion import complete_recording
from egosearch.cli.grouping import grouped
from tests.egosearch.cli.fake_library import FakeLibrary
from tests.egosearch.clips.made import made


@dataclass(frozen=True)
class Size:
    width: Annotated[int, typer.Option("--wide", help="How wide.")] = 3
    height: Annotated[int | None, typer.Option("--high")] = None


def test_a_group_is_given_as_one_and_typed_as_several() -> None:
    got: list[tuple[str, Size, bool]] = []

    @grouped
    def draw(name: str, *, size: Size, fill: bool = False) -> None:
        """Draw it."""
        got.append((name, size, fill))

    app = typer.Typer()
    app.command()(draw)
    assert CliRunner().invoke(app, ["a", "--wide", "5", "--fill"]).exit_code == 0
    assert CliRunner().invoke(app, ["b"]).exit_code == 0
    assert got == [("a", Size(5, None), True), ("b", Size(3, None), False)]
    help_text = CliRunner().invoke(app, ["--help"]).output
    assert "--wide" in help_text
    assert "Draw it." in help_text


def test_recordings_that_begin_so_are_offered(fake: FakeLibrary) -> None:
    context = typer.Context(typer.main.get_command(typer.Typer(callback=lambda: None)))
    assert complete_recording(context, "ki") == ["kitchen.mp4"]
    assert complete_recording(context, "") == ["hall [red].mp4", "kitchen.mp4"]
    fake.error = RuntimeError("damaged")
    assert complete_recording(context, "ki") == []


@pytest.mark.parametrize("words", ["egosearch clip ki", "egosearch show ki", "egosearch query timer --recording ki"])
def test_the_shell_is_told_them(words: str) -> None:
    code = "from egosearch.cli import main; main()"
    environment = os.environ | {
        "_EGOSEARCH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
        "EGOSEARCH_LIBRARY": str(made() / "library"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == ["kitchen.mp4"]
    assert done.stderr == ""

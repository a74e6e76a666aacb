"""Every command explains itself: help, an example whose options exist, and the exit codes."""

import re

import pytest
import typer.main

from egosearch.cli import app, boundary
from tests.egosearch.cli.conftest import Run

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_commands() -> None:
    names = (
        "clip day demo doctor eval export failures forget import index mark migrate models note notes query recordings"
        " remove save saved serve sheet shell show similar spaces sql stats transcript tui verify watch"
    )
    assert names.split() == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_help_and_an_example(run: Run, command: str) -> None:
    short, long = run(command, "-h"), run(command, "--help")
    assert short == long
    assert (long.code, long.stderr) == (0, "")
    text, _, examples = long.stdout.partition("\n  Examples:\n")
    assert f"Usage: egosearch {command}" in text
    assert f"egosearch {command}" in examples


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_in_an_example_exists(run: Run, command: str) -> None:
    examples = run(command, "--help").stdout.partition("\n  Examples:\n")[2]
    for used, rest in re.findall(r"egosearch (\w+)(.*)", examples):
        known = run(used, "--help").stdout
        for option in re.findall(r"--[a-z-]+", rest):
            assert re.search(rf"{option}\b", known), f"{used} has no {option}"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_overview_is_not_cut_off(run: Run, command: str) -> None:
    (line,) = [line for line in run("--help").stdout.splitlines() if line.startswith(f"  {command} ")]
    assert line.endswith("."), "cut off, or no sentence"
    assert not line.endswith("...")


def test_the_exit_codes_are_documented(run: Run) -> None:
    documented = {int(code) for code in re.findall(r"^ {4}(\d+)  ", run("--help").stdout, re.MULTILINE)}
    assert documented == {
        boundary.FOUND,
        boundary.NOTHING_MATCHED,
        boundary.USAGE,
        boundary.SOME_FAILED,
        boundary.LIBRARY,
        boundary.STOPPED,
    }

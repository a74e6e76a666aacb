"""The error boundary: one sentence, a documented code, and a stack trace only where it is asked for."""

import pytest

from egosearch.errors import EncoderError, LibraryError
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import FakeLibrary


@pytest.mark.parametrize(
    ("error", "stderr"),
    [
        (LibraryError("it is damaged; restore it"), "error: it is damaged; restore it\n"),
        (EncoderError("there is no encoder 'x'"), "error: there is no encoder 'x'\n"),
        (
            PermissionError(13, "Permission denied", "/library/x"),
            "error: /library/x: Permission denied; make it writable for this user and run the same command again\n",
        ),
        (
            OSError(28, "No space left on device"),
            "error: No space left on device; make room on the disk and run the same command again\n",
        ),
    ],
)
def test_what_may_go_wrong_is_one_sentence(run: Run, fake: FakeLibrary, error: Exception, stderr: str) -> None:
    fake.error = error
    outcome = run("recordings")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (4, "", stderr)


def test_a_fault_of_ours_says_how_to_report_it(run: Run, fake: FakeLibrary) -> None:
    fake.error = KeyError("x")
    outcome = run("recordings")
    assert outcome.code == 4
    assert "KeyError: 'x'" in outcome.stderr
    assert "egosearch --debug" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("by_variable", [False, True])
def test_debug_shows_where(run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch, *, by_variable: bool) -> None:
    fake.error = LibraryError("it is damaged")
    if by_variable:
        monkeypatch.setenv("EGOSEARCH_DEBUG", "1")
    outcome = run(*([] if by_variable else ["--debug"]), "recordings")
    assert outcome.code == 4
    assert outcome.stderr.startswith("Traceback")
    assert outcome.stderr.endswith("error: it is damaged\n")


def test_ctrl_c(run: Run, fake: FakeLibrary) -> None:
    fake.error = KeyboardInterrupt()
    outcome = run("recordings")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (130, "", "stopped\n")


def test_a_reader_that_has_seen_enough(run: Run, fake: FakeLibrary) -> None:
    fake.error = BrokenPipeError(32, "Broken pipe")
    outcome = run("recordings")
    assert (outcome.code, outcome.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["recordings", "--nonsense"], ["show"]])
def test_usage(run: Run, arguments: list[str]) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: ")
    assert outcome.stderr.count("\n") == 1
    assert "--help`" in outcome.stderr


def test_version(run: Run) -> None:
    outcome = run("--version")
    assert (outcome.code, outcome.stdout[:10], outcome.stderr) == (0, "egosearch ", "")


def test_without_a_command_there_is_help(run: Run) -> None:
    outcome = run()
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout == run("--help").stdout

"""`egosearch mark`, on a real library of one film."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from egosearch.cli.sessions import default_session
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Place
from indexers.types import Modality
from tests.egosearch.cli.conftest import Outcome, Run
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording

QUERY = "a whistle"
MARK_KEYS = {"query", "recording", "recording_id", "start_s", "end_s", "is_right", "session", "marked_at"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of a film with a whistle from 20.4 to 22.4 s."""
    made = tmp_path_factory.mktemp("mark")
    options = RecordingOptions(seconds=30, colours=(*[RED] * 20, *[BLUE] * 10), tones=(Tone(20.4, 22.4, 2500),))
    with Library.open(made / "library") as library:
        library.index(
            [make_recording(made / "me@home.mp4", options)],
            options=IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1),
        )
    return made / "library"


@pytest.fixture(autouse=True)
def _unmarked(folder: Path) -> Iterator[None]:
    yield
    with Library.open(folder) as library:
        for mark in library.marks():
            library.unmark(Place(mark.recording_id, mark.span.start_s), mark.query, session=mark.session)


def listed(run: Run, folder: Path, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("mark", "--list", "--json", "--library", folder, *options).stdout)
    return found


def on(run: Run, folder: Path, *arguments: str) -> Outcome:
    return run("mark", *arguments, "--library", folder)


def test_marking_and_listing(run: Run, folder: Path) -> None:
    outcome = on(run, folder, "me@home.mp4@0:20", "--query", QUERY, "--right")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr == "Marked me@home.mp4 at 0:20 (2.0 s) as right for “a whistle”.\n"
    (mark,) = listed(run, folder)
    assert set(mark) == MARK_KEYS
    assert (mark["query"], mark["is_right"], mark["session"]) == (QUERY, True, default_session())
    assert (mark["start_s"], mark["end_s"]) == (pytest.approx(20.4, abs=0.1), pytest.approx(22.4, abs=0.1))
    shown = on(run, folder, "--list").stdout
    for part in ("me@home.mp4", "0:20", "2.0 s", "right", QUERY, default_session()):
        assert part in shown


def test_marking_as_json(run: Run, folder: Path) -> None:
    outcome = on(run, folder, "me@home.mp4@5", "--query", QUERY, "--wrong", "--length", "1.5", "--json")
    (mark,) = json.loads(outcome.stdout)
    assert (mark["start_s"], mark["end_s"], mark["is_right"]) == (5, 6.5, False)


def test_sessions(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(run, folder, "me@home.mp4@20", "--query", QUERY, "--right", "--session", "evening")
    monkeypatch.setenv("EGOSEARCH_SESSION", "morning")
    on(run, folder, "me@home.mp4@20", "--query", QUERY, "--wrong")
    assert [(one["session"], one["is_right"]) for one in listed(run, folder)] == [("morning", False)]
    assert [(one["session"], one["is_right"]) for one in listed(run, folder, "--session", "evening")] == [
        ("evening", True)
    ]
    monkeypatch.delenv("EGOSEARCH_SESSION")
    assert len(listed(run, folder)) == 2


def test_a_terminal_s_session_is_the_same_for_each_command() -> None:
    assert default_session() == default_session() == f"terminal-{os.getsid(0)}"


def test_undo(run: Run, folder: Path) -> None:
    on(run, folder, "me@home.mp4@20", "--query", QUERY, "--wrong")
    nothing = on(run, folder, "me@home.mp4@3", "--query", QUERY, "--undo")
    assert (nothing.code, nothing.stdout) == (1, "")
    assert "Nothing is marked there for “a whistle” in this session" in nothing.stderr
    outcome = on(run, folder, "me@home.mp4@0:20", "--query", QUERY.upper(), "--undo")
    assert outcome.code == 0
    assert outcome.stderr == "Unmarked me@home.mp4 at 0:20 (2.0 s) as wrong for “a whistle”.\n"
    assert listed(run, folder) == []
    empty = on(run, folder, "--list")
    assert (empty.code, empty.stdout) == (0, "")
    assert "Nothing is marked" in empty.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["me@home.mp4@20", "--query", QUERY], "choose one of them"),
        (["me@home.mp4@20", "--query", QUERY, "--right", "--wrong"], "choose one of them"),
        (["--query", QUERY, "--right"], "name the moment"),
        (["me@home.mp4@20", "--right"], "name the query"),
        (["--list", "me@home.mp4@20"], "only --session narrows it"),
        (["me@home.mp4@20", "--query", QUERY, "--undo", "--length", "3"], "its place is enough"),
        (["me@home.mp4", "--query", QUERY, "--right"], "'home.mp4' is not a time"),
        (["attic.mp4@20", "--query", QUERY, "--right"], "no recording matches 'attic.mp4'"),
        (["me@home.mp4@1:00:00", "--query", QUERY, "--right"], "name a time within it"),
        (["me@home.mp4@20", "--query", " ", "--right"], "is empty"),
        (["me@home.mp4@20", "--query", "x" * 10_000, "--right"], "10000 characters"),
        (["me@home.mp4@20", "--query", QUERY, "--right", "--length", "-1"], "name one above 0"),
    ],
)
def test_what_is_not_understood(run: Run, folder: Path, arguments: list[str], message: str) -> None:
    outcome = on(run, folder, *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert message in outcome.stderr
    assert outcome.stderr.startswith("error: ")
    assert outcome.stderr.count("\n") == 1


def test_a_mistyped_library_is_not_made(run: Run, tmp_path: Path) -> None:
    outcome = run("mark", "a.mp4@1", "--query", QUERY, "--right", "--library", tmp_path / "none")
    assert outcome.code == 4
    assert "there is no library" in outcome.stderr
    assert not (tmp_path / "none").exists()

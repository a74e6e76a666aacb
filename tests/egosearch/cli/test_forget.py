"""`egosearch forget`: what it asks, tells and refuses; `tests/egosearch/forgetting/` is about what goes."""

import json
import shutil
from pathlib import Path

import pytest

from egosearch.forgetting import erasing
from egosearch.indexing.pool import index_here
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.media import BLUE, RED, RecordingOptions, make_recording

KITCHEN = RecordingOptions(
    seconds=8, colours=(*[RED] * 4, *[BLUE] * 4), metadata={"creation_time": "2026-11-20T18:00:00Z"}
)
TOY = IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    film = make_recording(folder / "kitchen.mp4", KITCHEN)
    with Library.open(folder / "library") as library:
        library.index([film], options=TOY, executor=index_here)
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a library's folder of this test's own, which every command means."""
    shutil.copytree(kept / "library", tmp_path / "library")
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(tmp_path / "library"))
    return tmp_path / "library"


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let forgetting end after its transaction, as a kill would end it."""
    monkeypatch.setattr(erasing.Erasure, "run", lambda _: None)


def held(folder: Path) -> list[str]:
    with Library.open(folder, read_only=True) as library:
        return [one.path.name for one in library.recordings()]


def test_a_recording_is_forgotten_listed_and_taken_back(run: Run, folder: Path, kept: Path) -> None:
    outcome = run("forget", "kitchen.mp4", "--yes")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert (
        "Forgot 0:08 of 1 recording: 8 windows, 0 utterances, 0 marks, 0 notes. Gone from the library's files"
        in outcome.stderr
    )
    assert "The files themselves are where they were." in outcome.stderr
    assert held(folder) == []
    assert (kept / "kitchen.mp4").exists()
    (note,) = json.loads(run("forget", "--list", "--json").stdout)
    assert (note["is_whole"], note["end_s"], note["is_gone_from_disk"]) == (True, None, True)
    assert note["recording_id"][:8] in run("forget", "--list").stdout
    assert run("forget", "--undo", kept / "kitchen.mp4").code == 0
    assert run("forget", "--list").stderr == "Nothing is forgotten.\n"


def test_a_dry_run_shows_and_changes_nothing(run: Run, folder: Path) -> None:
    outcome = run("forget", "kitchen.mp4", "--from", "0:02", "--to", "0:06", "--dry-run")
    assert outcome.code == 0
    assert [line.split() for line in outcome.stdout.splitlines()[2:]] == [
        ["kitchen.mp4", "0:02", "0:06", "4", "0", "0", "0"]
    ]
    assert held(folder) == ["kitchen.mp4"]
    assert run("forget", "--list").stderr == "Nothing is forgotten.\n"


def test_by_the_clock_as_json(run: Run, folder: Path) -> None:
    outcome = run("forget", "--on", "2026-11-20", "--between", "18:00-19:00", "--dry-run", "--json")
    (doomed,) = json.loads(outcome.stdout)
    assert (Path(doomed["recording"]).name, doomed["is_whole"], doomed["windows"]) == ("kitchen.mp4", True, 8)


def test_nothing_from_then_is_exit_code_1(run: Run, folder: Path) -> None:
    outcome = run("forget", "--on", "2020-01-01", "--yes")
    assert (outcome.code, outcome.stderr) == (1, "Nothing in the library is from then.\n")


def test_where_nobody_can_be_asked_nothing_is_forgotten(run: Run, folder: Path) -> None:
    outcome = run("forget", "kitchen.mp4", typed="y\n")
    assert outcome.code == 2
    assert "nobody is there to confirm that 0:08 of 1 recording is forgotten" in outcome.stderr
    assert held(folder) == ["kitchen.mp4"]


@pytest.mark.usefixtures("noting")
@pytest.mark.parametrize(("typed", "left"), [("y\n", []), ("n\n", ["kitchen.mp4"]), ("\n", ["kitchen.mp4"])])
def test_it_asks_on_a_terminal(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, left: list[str]
) -> None:
    from egosearch.cli import forget

    monkeypatch.setattr(forget, "_can_ask", lambda: True)
    outcome = run("forget", "kitchen.mp4", typed=typed)
    assert outcome.code == 0
    assert "for good? The files themselves stay." in outcome.stderr
    assert held(folder) == left


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name what is to be forgotten"),
        (["--from", "0:01"], "times of one recording"),
        (["--list", "kitchen.mp4"], "name nothing besides it"),
        (["--undo"], "name the recording"),
        (["--undo", "--on", "yesterday"], "name nothing besides it"),
        (["kitchen.mp4", "--from", "5", "--to", "4"], "nothing lies between 5 and 4"),
        (["kitchen.mp4", "--to", "4", "--delete-file", "--yes"], "only a part of kitchen.mp4"),
        (["--undo", "kitchen.mp4"], "means nothing that is forgotten"),
        (["hall.mp4"], "no recording matches"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, folder: Path, arguments: list[str], message: str) -> None:
    outcome = run("forget", *arguments)
    assert outcome.code == 2
    assert message in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert held(folder) == ["kitchen.mp4"]


def test_an_interrupted_one_is_shown_and_finished(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(erasing.Erasure, "run", lambda _: None)
        run("forget", "kitchen.mp4", "--yes")
    assert "still there: run `egosearch forget`" in run("forget", "--list").stdout
    outcome = run("forget")
    assert outcome.code == 0
    assert "gone from the library's files now" in outcome.stderr
    assert "still there" not in run("forget", "--list").stdout


def test_a_file_is_deleted_when_asked_for(run: Run, folder: Path, kept: Path, tmp_path: Path) -> None:
    film = shutil.copy2(kept / "kitchen.mp4", tmp_path / "copy.mp4")
    with Library.open(folder) as library:
        library.remove(library.find("kitchen.mp4").recording_id)
        library.index([film], options=TOY, executor=index_here)
    outcome = run("forget", "copy.mp4", "--delete-file", "--yes")
    assert outcome.code == 0
    assert "Deleted 1 file." in outcome.stderr
    assert not Path(film).exists()
    assert (kept / "kitchen.mp4").exists()

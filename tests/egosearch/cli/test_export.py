"""`egosearch export` and `egosearch import`: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest

from egosearch.cli.boundary import LIBRARY, USAGE
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from tests.egosearch.cli.conftest import Run
from tests.media import RecordingOptions, make_recording


@pytest.fixture
def folder(tmp_path: Path, toy: IndexOptions) -> Path:
    film = make_recording(tmp_path / "walk.mp4", RecordingOptions(seconds=3))
    with Library.open(tmp_path / "library") as library:
        library.index([film], options=toy)
    return tmp_path / "library"


def test_there_and_back(run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = run("export", "backup.tar.gz", "--library", folder, "--json")
    assert written.code == 0
    told = json.loads(written.stdout)
    assert (told["path"], told["recordings"], told["missing_vectors"]) == (str(tmp_path / "backup.tar.gz"), 1, 0)
    assert told["size_bytes"] == (tmp_path / "backup.tar.gz").stat().st_size
    assert written.stderr.startswith("Wrote 1 recording and ")
    made = run("import", "backup.tar.gz", "--library", tmp_path / "new")
    assert (made.code, made.stdout) == (0, "")
    assert made.stderr == f"Made a library of 1 recording and {told['vectors']} vectors in {tmp_path / 'new'}.\n"
    listed = [json.loads(run("recordings", "--library", one, "--json").stdout) for one in (folder, tmp_path / "new")]
    assert listed[0] == listed[1]


def test_help_says_what_is_not_in_it(run: Run) -> None:
    text = " ".join(run("export", "--help").stdout.split())
    assert "The recordings themselves are not" in text


def test_errors_are_one_sentence(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk\n" * 500)
    for arguments in (
        ("export", folder.parent / "walk.mp4", "--library", folder),
        ("export", tmp_path / "out.tar", "--library", tmp_path / "nowhere"),
        ("import", tmp_path / "notes.txt", "--library", tmp_path / "new"),
        ("import", tmp_path / "nowhere.tar", "--library", tmp_path / "new"),
        ("import", tmp_path / "notes.txt", "--library", folder),
    ):
        done = run(*arguments)
        assert (done.code, done.stdout) == (LIBRARY, "")
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "nowhere").exists()
    assert run("export").code == USAGE

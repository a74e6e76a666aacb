"""`egosearch migrate`: what it says, and what it does not understand."""

from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from tests.egosearch.cli.conftest import Run
from tests.egosearch.servers import FakeClient, servers
from tests.media import RecordingOptions, make_recording

URL = "http://one:6333"


def test_there_and_back(run: Run, tmp_path: Path, toy: IndexOptions) -> None:
    folder = tmp_path / "library"
    with Library.open(folder) as library:
        library.index([make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=4))], options=toy)
    with servers({URL: FakeClient()}):
        told = [
            run("migrate", "--to", where, "--library", folder, *more)
            for where, more in ((URL, ()), (URL, ("--remove-old",)), ("local", ("--remove-old",)), ("local", ()))
        ]
    assert [(each.code, each.stdout) for each in told] == [(0, "")] * 4
    assert [each.stderr.splitlines() for each in told] == [
        [
            f"Moved 11 vectors to {URL}; each was read back and compared.",
            "The old copy in the library's folder is still there; the same command with --remove-old removes it.",
        ],
        [f"The library keeps its vectors at {URL}.", "Removed the old copy in the library's folder."],
        [
            "Moved 11 vectors into the library's folder; each was read back and compared.",
            f"Removed the old copy at {URL}.",
        ],
        ["The library keeps its vectors in the library's folder."],
    ]


@pytest.mark.parametrize("place", ["localhost:6333", "", "ftp://one"])
def test_a_place_that_is_none(run: Run, place: str) -> None:
    outcome = run("migrate", "--to", place)
    assert outcome.code == 2
    assert "is neither a URL such as http://localhost:6333 nor `local`" in outcome.stderr


def test_no_library(run: Run, tmp_path: Path) -> None:
    outcome = run("migrate", "--to", "local", "--library", tmp_path / "nowhere")
    assert (outcome.code, outcome.stderr.count("\n")) == (4, 1)
    assert outcome.stderr.startswith("error: there is no library at")


def test_a_server_that_is_away(run: Run, tmp_path: Path) -> None:
    Library.open(tmp_path / "library").close()
    outcome = run("migrate", "--to", "http://127.0.0.1:1", "--library", tmp_path / "library")
    assert outcome.code == 4
    assert outcome.stderr.startswith("error: no Qdrant server answers at http://127.0.0.1:1 (")
    assert outcome.stderr.count("\n") == 1

"""`egosearch verify`: what it prints, and its exit code."""

import json
from pathlib import Path

import numpy as np
import pytest

from egosearch.cli import options
from egosearch.cli.boundary import LIBRARY
from egosearch.indexing.types import IndexOptions
from egosearch.integrity import Finding, IntegrityReport, Kind
from egosearch.library import Library
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.media import RecordingOptions, make_recording


@pytest.fixture
def folder(tmp_path: Path, toy: IndexOptions) -> Path:
    film = make_recording(tmp_path / "walk.mp4", RecordingOptions(seconds=3))
    with Library.open(tmp_path / "library") as library:
        library.index([film], options=toy)
    return tmp_path / "library"


def lose_vectors(folder: Path) -> None:
    with Library.open(folder) as library, library._access.vectors() as store:
        space = next(one for one in library._catalog.spaces() if one.modality is Modality.VISUAL)
        store.discard(space, {library.recordings()[0].recording_id: np.array([1])})


def test_a_sound_library(run: Run, folder: Path) -> None:
    done = run("verify", "--library", folder)
    assert (done.code, done.stdout) == (0, "")
    assert done.stderr.startswith("Checked 1 recording and ")
    assert done.stderr.endswith(": nothing is wrong.\n")


def test_what_is_wrong_is_told_and_mended(run: Run, folder: Path) -> None:
    lose_vectors(folder)
    told = run("verify", "--library", folder)
    first, remedy = told.stdout.splitlines()
    assert told.code == LIBRARY
    assert first == f"missing vectors (1): {folder.parent / 'walk.mp4'}: visual (toy)"
    assert "egosearch verify --repair" in remedy
    assert "1 problem left" in told.stderr
    mended = run("verify", "--repair", "--library", folder)
    assert mended.code == 0
    assert mended.stdout == f"mended: {first}\n"
    assert "1 problem mended." in mended.stderr
    assert run("verify", "--library", folder).code == 0


def test_as_json(run: Run, folder: Path) -> None:
    (folder.parent / "walk.mp4").unlink()
    done = run("verify", "--json", "--library", folder)
    assert done.code == LIBRARY
    told = json.loads(done.stdout)
    assert (told["is_sound"], told["recordings"]) == (False, 1)
    (finding,) = told["findings"]
    assert (finding["kind"], finding["count"], finding["is_mended"]) == ("missing file", 1, False)


@pytest.mark.parametrize("option", ["--repair", "--json"])
def test_a_folder_without_a_library_is_told_and_does_not_become_one(run: Run, tmp_path: Path, option: str) -> None:
    done = run("verify", option, "--library", tmp_path / "nowhere")
    assert done.code == LIBRARY
    assert "there is no library" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_names_cannot_steer_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def verify(self, *, deep: bool) -> IntegrityReport:
            finding = Finding(Kind.MISSING_FILE, "/videos/\x1b[31mred\nx.mp4", 1, "bring it back")
            return IntegrityReport((finding,), 1, 0, 0.0)

        def __enter__(self) -> "Broken":
            return self

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr(options, "open_library", lambda *_, **__: Broken())
    shown = run("verify").stdout
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2

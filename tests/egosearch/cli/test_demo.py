"""`egosearch demo` without its engine: what it makes, says, keeps and removes."""

from pathlib import Path

import pytest

from egosearch.cli.demo import program
from egosearch.demo import recording as demo_recording
from egosearch.indexing.types import FailedFile, IndexReport
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import FakeLibrary


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(path: Path) -> None:
        path.write_bytes(b"a recording")

    monkeypatch.setattr(demo_recording, "make_demo_recording", make)


def test_it_makes_indexes_asks_and_says_how_to_go_on(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    outcome = run("demo", "--folder", tmp_path)
    assert outcome.code == 0
    assert [paths for paths, _ in fake.indexed] == [[tmp_path / "morning.mp4"]]
    asked = [query.text for query in fake.asked]
    assert asked == [*demo_recording.QUESTIONS, demo_recording.ABSENT_QUESTION]
    lines = outcome.stdout.splitlines()
    assert "  0:12 – 0:14  ███████▌  93 %  heard: Alarm clock, Beep · 1.2 s later seen: oven" in lines
    assert "“a dog barking”: nothing matches" in lines
    assert lines[-2:] == [
        f'  egosearch query --library {tmp_path}/library "the doorbell"',
        f"  egosearch tui --library {tmp_path}/library",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["morning.mp4"], "no draft is left"


def test_a_recording_that_is_there_is_taken(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    assert "Making" in run("demo", "--folder", tmp_path).stderr
    assert "Making" not in run("demo", "--folder", tmp_path, "--keep").stderr


def test_remove_leaves_nothing(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    outcome = run("demo", "--folder", tmp_path / "new", "--remove")
    assert outcome.code == 0
    assert "go on" not in outcome.stdout
    assert list(tmp_path.iterdir()) == []


def test_remove_leaves_what_was_there(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    run("demo", "--folder", tmp_path)
    run("demo", "--folder", tmp_path, "--remove")
    assert (tmp_path / "morning.mp4").exists()


def test_by_default_it_goes_into_the_cache_folder(run: Run, fake: FakeLibrary, home: Path) -> None:
    assert run("demo").code == 0
    assert list(home.rglob("morning.mp4"))


def test_ctrl_c(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    fake.report = IndexReport(0, 0, 0, (), 0.0, 0.1, interrupted=True)
    outcome = run("demo", "--folder", tmp_path)
    assert (outcome.code, outcome.stdout) == (130, "")


def test_a_recording_that_cannot_be_indexed(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    failed = FailedFile(tmp_path / "morning.mp4", "it is cut off", "make it again")
    fake.report = IndexReport(0, 0, 0, (failed,), 0.0, 0.1)
    outcome = run("demo", "--folder", tmp_path)
    assert outcome.code == 4
    assert "it is cut off; make it again" in outcome.stderr


def test_the_way_to_go_on_works_where_egosearch_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [str(tmp_path / "bin" / "egosearch")])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == str(tmp_path / "bin" / "egosearch")
    (tmp_path / "egosearch").touch(mode=0o755)
    assert program() == "egosearch"
    monkeypatch.setattr("sys.argv", ["pytest"])
    assert program() == "egosearch"

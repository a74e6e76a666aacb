"""Two commits measured with one ruler; and what the program offers is documented."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import revisions
from benchmarks.__main__ import NAMES
from benchmarks.compare import figures
from benchmarks.settings import ROOT
from tests.media import RecordingOptions, Tone, make_recording

needs_git = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="this is no checkout with Git"
)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_runs_and_is_explained(name: str) -> None:
    assert callable(import_module(f"benchmarks.{name}").run)
    assert f"\n| `{name}` | " in (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")


@needs_git
def test_a_commit_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert revisions.main(["no-such-commit"]) == 2
    assert "error: there is no commit 'no-such-commit' to compare with" in capsys.readouterr().err


@pytest.mark.slow
def test_this_checkout_is_measured_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(revisions, "HOURS", 1)
    monkeypatch.setattr(revisions, "STARTS", 1)
    monkeypatch.setattr(revisions, "QUERIES", ("a bell", "a red wall", "a beep"))
    recording = RecordingOptions(seconds=62.0, frame_rate_hz=2, tones=(Tone(5.0, 8.0),))
    clip = make_recording(tmp_path / "minute.mp4", recording)
    found = figures(revisions.measured(revisions.here(), [clip], tmp_path / "work"))
    names = {(place.row, place.column) for place in found}
    assert {("generated, 1 h", "p95, ms"), ("egosearch --help", "seconds")} <= names, capsys.readouterr().err
    assert {place.caption for place in found} == {"Indexing short clips, 2 jobs", "Queries, warm", "The whole program"}
    assert all(value > 0 for place, value in found.items() if "memory" not in place.column and "MB" not in place.column)
    assert not (tmp_path / "work").exists()

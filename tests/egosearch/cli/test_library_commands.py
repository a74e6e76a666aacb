"""`recordings`, `show`, `remove` and `stats`."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.cli import remove
from egosearch.indexing.types import FailedFile
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import HALL, KITCHEN, FakeLibrary

RECORDING_KEYS = {
    "recording",
    "recording_id",
    "recorded_at",
    "duration_s",
    "indexed_s",
    "size_bytes",
    "device",
    "has_sound",
    "has_pictures",
    "is_present",
}


def test_recordings(run: Run, fake: FakeLibrary) -> None:
    outcome = run("recordings")
    assert (outcome.code, outcome.stderr) == (0, "")
    for part in ("2026-11-21 08:15:02", "kitchen.mp4", "1:30", "12.3 MB", "1f3a9c00", "hall [red].mp4"):
        assert part in outcome.stdout
    assert "file is gone, indexed 5:00 of 10:00" in outcome.stdout
    assert fake.opened == [(None, True)]


def test_recordings_as_json(run: Run, fake: FakeLibrary) -> None:
    listed = json.loads(run("recordings", "--json").stdout)
    assert [one["recording"] for one in listed] == ["/videos/kitchen.mp4", "/videos/hall [red].mp4"]
    assert all(set(one) == RECORDING_KEYS for one in listed)
    assert [one["recorded_at"] for one in listed] == ["2026-11-21T08:15:02+00:00", None]


def test_an_empty_library_says_how_to_fill_it(run: Run, fake: FakeLibrary) -> None:
    fake.held = []
    outcome = run("recordings")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert "egosearch index" in outcome.stderr
    assert json.loads(run("recordings", "--json").stdout) == []


def test_recordings_mentions_failures(run: Run, fake: FakeLibrary) -> None:
    fake.failed = [FailedFile(Path("a"), "it is empty", "delete it")]
    assert "1 file could not be indexed" in run("recordings").stderr


def test_show(run: Run, fake: FakeLibrary) -> None:
    shown = run("show", "kitchen.mp4").stdout
    for part in ("/videos/kitchen.mp4", KITCHEN.recording_id, "GoPro HERO12", "sound and pictures", "end to end"):
        assert part in shown
    assert "file is gone" in run("show", HALL.recording_id[:4]).stdout


def test_show_as_json(run: Run, fake: FakeLibrary) -> None:
    assert set(json.loads(run("show", "kitchen.mp4", "--json").stdout)) == RECORDING_KEYS


def test_show_what_is_not_there(run: Run, fake: FakeLibrary) -> None:
    outcome = run("show", "attic")
    assert (outcome.code, outcome.stdout) == (4, "")
    assert outcome.stderr == "error: no recording matches 'attic'; `egosearch recordings` lists them\n"


def test_what_a_camera_wrote_cannot_steer_the_terminal(run: Run, fake: FakeLibrary) -> None:
    fake.held = [replace(KITCHEN, device="Evil\x1b]0;title\x07Cam")]
    assert "Evil]0;titleCam" in run("show", "kitchen.mp4").stdout


def test_remove_refuses_where_nobody_can_be_asked(run: Run, fake: FakeLibrary) -> None:
    outcome = run("remove", "kitchen.mp4", typed="y\n")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "add --yes" in outcome.stderr
    assert fake.removed == []


def test_remove_with_yes(run: Run, fake: FakeLibrary) -> None:
    outcome = run("remove", "kitchen.mp4", "--yes")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert fake.removed == [KITCHEN.recording_id]
    assert [read_only for _, read_only in fake.opened] == [True, False], "looked up before anything is made"


@pytest.mark.parametrize(("typed", "removed"), [("y\n", [KITCHEN.recording_id]), ("n\n", []), ("\n", [])])
def test_remove_asks_on_a_terminal(
    run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch, typed: str, removed: list[str]
) -> None:
    monkeypatch.setattr(remove, "_can_ask", lambda: True)
    outcome = run("remove", "kitchen.mp4", typed=typed)
    assert outcome.code == 0
    assert fake.removed == removed


def test_nobody_can_be_asked_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert not remove._can_ask()


def test_stats(run: Run, fake: FakeLibrary) -> None:
    shown = run("stats").stdout
    for part in ("audio windows", "1,437", "size", "5.0 MB", "  vectors", "3.0 MB", "an hour", "26.1 MB"):
        assert part in shown
    found = dict(re.split(r" {2,}", line.strip(), maxsplit=1) for line in shown.splitlines() if "  " in line.strip())
    assert found["size"] == "5.0 MB"
    assert found["growth an hour"] == "24.0 MB"
    assert found["audio concepts"] == "2.0 MB"


def test_stats_as_json(run: Run, fake: FakeLibrary) -> None:
    assert json.loads(run("stats", "--json").stdout) == {
        "library": "/libraries/mine",
        "recordings": 2,
        "duration_s": 690.0,
        "windows": {"audio": 1437, "visual": 690},
        "failures": 1,
        "size_bytes": 5_000_500,
        "bytes_by_part": {"catalogue": 2_000_000, "vectors": 3_000_000, "scan": 500, "other": 0},
        "bytes_by_space": {"audio concepts": 2_000_500, "visual open-clip:ViT-B-32/laion2b": 1_000_000},
        "fixed_bytes": 400_500,
        "growth_bytes_an_hour": 24_000_000,
    }


def test_paths_of_recordings_for_pipes(run: Run, fake: FakeLibrary) -> None:
    assert run("recordings", "--paths").stdout == "/videos/kitchen.mp4\n/videos/hall [red].mp4\n"
    outcome = run("recordings", "--paths", "-0", "kitchen.mp4")
    assert (outcome.stdout, outcome.stderr) == ("/videos/kitchen.mp4\0", "")
    assert run("recordings", "--paths", "--json").code == run("recordings", "-0").code == 2

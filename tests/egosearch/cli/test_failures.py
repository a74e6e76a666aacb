"""`egosearch failures`: what it lists, and what it forgets."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egosearch.indexing.types import FailedFile
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import FakeLibrary

AT = datetime(2026, 11, 21, 8, 15, 2, tzinfo=UTC)
EMPTY = FailedFile(Path("/videos/a/em\x1b[2Jpty [red].mp4"), "it is empty", "copy it again", AT)
CRASHED = FailedFile(Path("/videos/b/crash.mp4"), "decoding it crashed", "convert it", AT)


@pytest.fixture
def failed(fake: FakeLibrary) -> FakeLibrary:
    fake.failed = [EMPTY, CRASHED]
    return fake


def test_failures_are_listed_with_reason_and_remedy(run: Run, failed: FakeLibrary) -> None:
    outcome = run("failures")
    assert outcome.code == 0
    _, *rows = (line for line in outcome.stdout.splitlines() if line.strip("─ "))
    assert [" ".join(row.split()) for row in rows] == [
        "/videos/a/em[2Jpty [red].mp4 it is empty copy it again 2026-11-21 08:15:02",
        "/videos/b/crash.mp4 decoding it crashed convert it 2026-11-21 08:15:02",
    ]
    assert outcome.stderr == (
        "2 files could not be indexed, or not wholly; `egosearch index --retry-failed` tries again."
        f" Where in the program each arose is in {failed.path}/logs.\n"
    )
    assert failed.opened == [(None, True)]


def test_failures_for_programs(run: Run, failed: FakeLibrary) -> None:
    outcome = run("failures", "--json", "/videos/b")
    assert json.loads(outcome.stdout) == [
        {
            "path": "/videos/b/crash.mp4",
            "reason": "decoding it crashed",
            "remedy": "convert it",
            "failed_at": "2026-11-21T08:15:02+00:00",
        }
    ]
    assert outcome.stderr == ""


def test_failures_of_some_files_are_forgotten(run: Run, failed: FakeLibrary) -> None:
    outcome = run("failures", "--clear", "/videos/a", "/videos/b/nothing.mp4")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr == "Forgot 1 failure; the next `egosearch index` tries them again.\n"
    assert failed.failed == [CRASHED]
    assert run("failures", "--clear").code == 0
    assert failed.failed == []


def test_nothing_has_failed(run: Run, fake: FakeLibrary) -> None:
    for arguments in ([], ["--clear"]):
        outcome = run("failures", *arguments)
        assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "No file has failed.\n")
    assert run("failures", "/videos").stderr == "No file has failed there.\n"
    assert all(read_only for _, read_only in fake.opened), "a folder that is none must not become a library"


def test_paths_of_failures_for_pipes(run: Run, fake: FakeLibrary) -> None:
    fake.failed = [FailedFile(Path(f"/videos/{name}.mp4"), "it is empty", "remove it") for name in "ab"]
    outcome = run("failures", "--paths", "--print0")
    assert (outcome.stdout, outcome.stderr) == ("/videos/a.mp4\0/videos/b.mp4\0", "")
    assert run("failures", "--paths", "--json").code == run("failures", "--print0").code == 2

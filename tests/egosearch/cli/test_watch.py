"""`egosearch watch`: what its options become."""

from pathlib import Path
from typing import Any

import pytest

from egosearch.indexing.types import FailedFile, IndexReport
from egosearch.watching.folders import FolderOptions
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import FakeLibrary


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[FolderOptions]:
    """Return how folders are watched from here on; each watch ends at once, after two files that failed alike."""
    found: list[FolderOptions] = []

    class Watch:
        def __init__(self, library: Any, folders: list[Path], options: FolderOptions, **tell: Any) -> None:
            found.append(options)
            self._report = tell["on_report"]

        def run(self, should_stop: object) -> None:
            failed = tuple(FailedFile(Path(f"/videos/{i}.mp4"), "it is empty", "copy it again") for i in range(9))
            self._report(IndexReport(0, 0, 0, failed, 0.0, 1.0))

    monkeypatch.setattr("egosearch.watching.folders.FolderWatch", Watch)
    return found


def test_limits_reach_every_run(run: Run, fake: FakeLibrary, asked: list[FolderOptions], tmp_path: Path) -> None:
    assert run("watch", tmp_path, "--jobs", "2", "--nice", "15", "--memory", "600").code == 0
    ((options,),) = [asked]
    assert (options.index.jobs, options.index.nice, options.index.memory_mb) == (2, 15, 600)


def test_many_failures_are_one_line(run: Run, fake: FakeLibrary, asked: list[FolderOptions], tmp_path: Path) -> None:
    lines = run("watch", tmp_path, "--quiet").stderr.splitlines()
    assert lines == ["failed: 9 files, /videos/0.mp4 the first of them: it is empty; copy it again"]

"""Watched folders: what arrives is indexed once it is whole, whatever way it arrives."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from egosearch.indexing.types import FailedFile, IndexOptions, IndexReport
from egosearch.library import Library
from egosearch.owner.opening import own_library
from egosearch.watching import folders
from egosearch.watching.folders import Arrivals, FolderOptions, FolderWatch
from tests.media import RecordingOptions, make_recording

SETTLE_S = 0.4


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """Return an empty folder."""
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a short recording that lies elsewhere."""
    return make_recording(tmp_path / "made.mp4", RecordingOptions(seconds=2))


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def _grown(path: Path, data: bytes) -> None:
    """Append to a file, and let its time be now."""
    with path.open("ab") as file:
        file.write(data)


def test_a_file_is_whole_once_it_has_not_grown_for_a_while(watched: Path, recording: Path) -> None:
    clock, data, path = Clock(), recording.read_bytes(), watched / "a.mp4"
    arrivals = Arrivals([watched], 3.0, clock=clock)
    _grown(path, data[:1000])
    arrivals.look()
    clock.now_s += 2
    _grown(path, data[1000:])
    assert arrivals.whole() == []
    clock.now_s += 2
    assert arrivals.whole() == []
    clock.now_s += 1
    assert arrivals.whole() == [path]
    arrivals.look()
    assert not arrivals.is_waiting


def test_a_file_that_cannot_be_opened_is_given_longer(watched: Path, recording: Path) -> None:
    clock, data, path = Clock(), recording.read_bytes(), watched / "a.mp4"
    arrivals = Arrivals([watched], 3.0, clock=clock)
    _grown(path, data[: len(data) // 2])
    arrivals.look()
    clock.now_s += 4
    assert arrivals.whole() == []
    clock.now_s += 30
    assert arrivals.whole() == [path]


def test_a_file_that_is_gone_again_is_forgotten(watched: Path, recording: Path) -> None:
    clock = Clock()
    arrivals = Arrivals([watched], 3.0, clock=clock)
    path = watched / "a.mp4"
    path.write_bytes(recording.read_bytes())
    arrivals.look()
    path.unlink()
    clock.now_s += 10
    assert arrivals.whole() == []
    assert not arrivals.is_waiting


class Watching:
    """A watch in a thread, and what it told."""

    def __init__(self) -> None:
        self.reports: list[IndexReport] = []
        self.told: list[str] = []

    @property
    def indexed(self) -> int:
        return sum(report.indexed for report in self.reports)

    @property
    def moved(self) -> int:
        return sum(report.moved for report in self.reports)

    @property
    def failed(self) -> list[FailedFile]:
        return [failed for report in self.reports for failed in report.failed]


@contextmanager
def _watching(library: Path, watched: Path, options: FolderOptions) -> Iterator[Watching]:
    seen, stop, errors = Watching(), threading.Event(), []

    def run() -> None:
        try:
            with own_library(library) as opened:
                watch = FolderWatch(opened, [watched], options, tell=seen.told.append, on_report=seen.reports.append)
                watch.run(stop.is_set)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join(30)
    assert errors == []
    assert not thread.is_alive()


def _soon(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline_s, "it does not happen"
        time.sleep(0.05)


@pytest.mark.parametrize("poll_s", [None, 0.3])
def test_what_is_there_and_what_arrives_is_indexed(
    tmp_path: Path, watched: Path, recording: Path, toy: IndexOptions, poll_s: float | None
) -> None:
    make_recording(watched / "first.mp4", RecordingOptions(seconds=3))
    with _watching(tmp_path / "library", watched, FolderOptions(SETTLE_S, poll_s, toy)) as seen:
        _soon(lambda: seen.indexed == 1)
        draft = watched / "second.part"
        draft.write_bytes(recording.read_bytes())
        (watched / "new").mkdir()
        draft.rename(watched / "new" / "second.mp4")
        make_recording(watched / "third.mp4", RecordingOptions(seconds=4))
        _soon(lambda: seen.indexed == 3)
        (watched / "third.mp4").rename(watched / "moved.mp4")
        _soon(lambda: seen.moved == 1)
        (watched / "first.mp4").unlink()
    assert seen.failed == []
    with Library.open(tmp_path / "library", read_only=True) as library:
        names = {one.path.name: one.is_present for one in library.recordings()}
    assert names == {"first.mp4": False, "second.mp4": True, "moved.mp4": True}


def test_a_broken_file_is_told_once_and_indexed_when_it_is_replaced(
    tmp_path: Path, watched: Path, recording: Path, toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "BROKEN_AFTER", 1.0)
    path = watched / "a.mp4"
    path.write_bytes(b"broken" * 100)
    with _watching(tmp_path / "library", watched, FolderOptions(SETTLE_S, 0.3, toy)) as seen:
        _soon(lambda: len(seen.failed) == 1)
        time.sleep(1.0)
        assert [failed.path for failed in seen.failed] == [path]
        path.write_bytes(recording.read_bytes())
        _soon(lambda: seen.indexed == 1)
    with Library.open(tmp_path / "library", read_only=True) as library:
        assert library.failures() == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_a_request_to_end_is_heeded_and_the_next_watch_goes_on(tmp_path: Path, watched: Path, recording: Path) -> None:
    (watched / "a.mp4").write_bytes(recording.read_bytes())
    arguments = ["watch", str(watched), "--library", str(tmp_path / "library")]
    command = [sys.executable, "-c", "from egosearch.cli import main; main()", *arguments]
    toys = ["--encoder", "audio=toy", "--encoder", "visual=toy", "--settle", "0.3"]
    for wanted in ("Indexed 1 recording", "Watching"):
        with subprocess.Popen([*command, *toys], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if wanted in line:
                    break
            time.sleep(0.5)
            os.kill(process.pid, signal.SIGTERM)
            assert "Stopped." in process.stderr.read()
            assert process.wait(20) == 0
    with Library.open(tmp_path / "library", read_only=True) as library:
        assert [one.path.name for one in library.recordings()] == ["a.mp4"]

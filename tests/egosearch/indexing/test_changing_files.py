"""Files that change, move or vanish while they are indexed, and what lies in folders that is no file."""

import os
import shutil
import socket
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.indexing.pool import Executor, SliceFailure, index_here
from egosearch.indexing.run import RunSettings
from indexers.slices import Plan, SliceResult
from indexers.types import Modality, Slice
from tests.egosearch.runs import HERE, Bench, bench
from tests.media import BLUE, GREEN, RecordingOptions, make_recording

TWO_SECOND_SLICES = RunSettings(slice_s=2)


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def changing(change: Callable[[], object]) -> Executor:
    """Return what indexes in this process, and does something to the files before the first slice comes back."""

    def run(
        pieces: Iterable[Slice], plan: Plan, should_stop: Callable[[], bool]
    ) -> Generator[SliceResult | SliceFailure, None, None]:
        for number, found in enumerate(index_here(pieces, plan, should_stop)):
            if not number:
                change()
            yield found

    return run


def test_a_file_that_grows_while_it_is_read_is_indexed_when_it_is_whole(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mkv", RecordingOptions(seconds=4))
    whole = make_recording(films.parent / "whole.mkv", RecordingOptions(seconds=8, colours=(BLUE, GREEN)))
    report = on.run(path, settings=TWO_SECOND_SLICES, executor=changing(lambda: shutil.copy(whole, path)))
    assert [failed.reason for failed in report.failed] == [
        "it changed while it was indexed (0 of 2 slices are indexed all the same)"
    ]
    assert on.catalog.recordings() == []
    report = on.run(path)
    assert (report.indexed, report.failed, on.catalog.failures()) == (1, (), [])
    assert on.windows(Modality.VISUAL, path) == list(range(8))


def test_a_file_that_is_only_touched_while_it_is_read_is_indexed(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    assert on.run(path, executor=changing(lambda: os.utime(path, (1, 1)))).indexed == 1
    assert on.run(path).unchanged == 1


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_file_that_goes_away_while_it_is_read(on: Bench, films: Path, is_moved: bool) -> None:
    path, there = make_recording(films / "a.mp4"), films / "b.mp4"
    make_recording(films / "other.mp4", RecordingOptions(seconds=2))
    change = (lambda: path.rename(there)) if is_moved else path.unlink
    report = on.run(films, executor=changing(change))
    assert [(failed.path, failed.reason) for failed in report.failed] == [
        (path, "it was moved or removed while it was indexed")
    ]
    assert report.indexed == 1
    report = on.run(films)
    assert (report.indexed, report.unchanged, report.failed) == (int(is_moved), 1, ())
    assert on.catalog.failures() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_what_is_no_file_is_never_opened(on: Bench, films: Path) -> None:
    os.mkfifo(films / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(films / "socket.mp4"))
        (films / "link.mp4").symlink_to(films / "pipe.mp4")
        report = on.run(films)
        assert (report.failed, report.indexed) == ((), 0), "of a folder, they are no recordings"
        named = [films / "pipe.mp4", films / "socket.mp4", Path("/dev/zero")]
        report = on.run(*named)
    assert [(failed.path, failed.reason) for failed in report.failed] == [
        (path, "it is no file but a pipe, a device or a socket") for path in named
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(on: Bench, films: Path) -> None:
    path = make_recording(films / "a.mp4")
    path.chmod(0)
    (failed,) = on.run(films).failed
    assert failed.reason == "it may not be read"
    path.chmod(0o600)
    assert on.run(films, options=replace(HERE, retry_failed=True)).indexed == 1


def test_links_are_followed_within_the_folder_and_in_no_circle(on: Bench, films: Path, tmp_path: Path) -> None:
    path = make_recording(films / "a.mp4")
    outside = make_recording(tmp_path / "outside.mp4", RecordingOptions(seconds=2))
    (films / "round").symlink_to(films, target_is_directory=True)
    (films / "again.mp4").symlink_to(path)
    (films / "out.mp4").symlink_to(outside)
    (films / "nowhere.mp4").symlink_to(films / "gone.mp4")
    report = on.run(films)
    assert (report.indexed, report.unchanged, report.failed) == (1, 0, ())
    assert on.run(films / "out.mp4").indexed == 1, "named, it is meant"

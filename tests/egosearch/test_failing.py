"""Failures as a library keeps them: listed, forgotten, also through its owner."""

from pathlib import Path

import pytest

from egosearch.errors import LibraryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from tests.media import RecordingOptions, make_recording


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Return a folder with one recording and two files that are none."""
    folder = tmp_path / "films"
    (folder / "old").mkdir(parents=True)
    make_recording(folder / "good.mp4", RecordingOptions(seconds=2))
    for name in ("bad.mp4", "old/worse.mp4"):
        (folder / name).write_bytes(b"no film" * 1000)
    return folder


def test_failures_are_forgotten_and_tried_again(library: Library, films: Path, toy: IndexOptions) -> None:
    assert len(library.index([films], options=toy).failed) == 2
    bad, worse = library.failures()
    assert (bad.path, worse.path) == (films / "bad.mp4", films / "old" / "worse.mp4")
    assert bad.reason == "it is not a media file, or is damaged"
    assert bad.failed_at is not None
    make_recording(films / "bad.mp4", RecordingOptions(seconds=3))
    assert library.clear_failures([films / "old"]) == [worse]
    assert library.failures() == [bad]
    report = library.index([films], options=toy)
    assert (report.indexed, [one.path for one in report.failed]) == (1, [worse.path])
    assert len(library.clear_failures()) == 1
    assert library.failures() == []


def test_failures_are_cleared_through_the_owner(tmp_path: Path, films: Path, toy: IndexOptions) -> None:
    with own_library(tmp_path / "library") as owned:
        owned.index([films], options=toy)
        with open_library(tmp_path / "library") as shared:
            assert shared.is_remote
            assert len(shared.failures()) == 2
            assert [one.path for one in shared.clear_failures([films / "bad.mp4"])] == [films / "bad.mp4"]
        assert [one.path for one in owned.failures()] == [films / "old" / "worse.mp4"]


def test_a_library_that_is_only_read_forgets_nothing(tmp_path: Path) -> None:
    Library.open(tmp_path / "library").close()
    with (
        Library.open(tmp_path / "library", read_only=True) as library,
        pytest.raises(LibraryError, match="for reading only"),
    ):
        library.clear_failures()

"""The real ways to a real library: reading, changing and indexing it in one process."""

import sys
from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.opening import open_library
from egosearch.types import Place, Query
from indexers.types import Span
from tests.media import RecordingOptions, make_recording
from tui.command import IDLE_S, ways_to

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="owners answer on sockets in the file system")


@pytest.fixture
def folder(tmp_path: Path, toy: IndexOptions) -> Path:
    with Library.open(tmp_path / "library") as library:
        library.index([make_recording(tmp_path / "one.mp4")], options=toy)
    return tmp_path / "library"


def test_a_mark_is_kept_and_reading_goes_on(folder: Path) -> None:
    with open_library(folder, read_only=True, idle_s=IDLE_S) as opened:
        (recording,) = opened.recordings()
        ways = ways_to(opened)
        with ways.writing() as library:
            library.mark(Place(recording.recording_id, 1.0), "blue", is_right=True, session=ways.session)
        (mark,) = opened.marks()
        assert (mark.query, mark.session) == ("blue", ways.session)
        assert isinstance(mark.span, Span)


def test_a_run_in_this_process_answers_for_the_library(folder: Path, tmp_path: Path, toy: IndexOptions) -> None:
    second = make_recording(tmp_path / "two.mp4", RecordingOptions(seconds=5.0))
    found: list[int] = []
    with open_library(folder, read_only=True, idle_s=IDLE_S) as opened:
        opened.recordings()
        with ways_to(opened).owning() as library:
            report = library.index([second], on_progress=lambda _: found.append(len(opened.recordings())))
            assert opened.is_remote
            assert opened.answer(Query("blue")).query.text == "blue"
        assert report.indexed == 1
        assert found
        assert {one.path.name for one in opened.recordings()} == {"one.mp4", "two.mp4"}
        assert not opened.is_remote


def test_a_named_session_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOSEARCH_SESSION", "kitchen")
    with open_library(folder, read_only=True) as opened:
        assert ways_to(opened).session == "kitchen"

"""`Library.clip`: moments and spans as files, whole or not at all."""

import os
import stat
import sys
from pathlib import Path

import pytest

from egosearch.clips.cutting import padded
from egosearch.clips.types import ClipOptions, Cut
from egosearch.errors import LibraryError, MediaError, QueryError
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from indexers.facts import Span
from indexers.media import probe
from tests.egosearch.clips.made import BLUE_S, made
from tests.indexers.test_clip import is_like, seen
from tests.media import BLUE, GREEN


def kitchen(library: Library) -> str:
    return library.find("kitchen.mp4").recording_id


def test_a_moment_becomes_a_file(filmed: Library, tmp_path: Path) -> None:
    moment = filmed.search("blue", min_confidence=0, limit=1)[0]
    written = filmed.clip(moment, tmp_path / "clip.mp4")
    assert written.path == tmp_path / "clip.mp4"
    assert written.spans == (moment.span,)
    clip = seen(written.path)
    assert clip.end_s == pytest.approx(moment.span.duration_s, abs=0.002)
    assert is_like(clip.colours[len(clip.colours) // 2], BLUE)
    began = probe(written.path).recorded_at
    assert began is not None
    assert moment.recorded_at is not None
    assert abs((began - moment.recorded_at).total_seconds()) < 0.01


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="whoever may write anywhere is not refused")
def test_a_folder_that_may_not_be_written_to_is_named(filmed: Library, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(QueryError, match="cannot be written"):
        filmed.clip(Cut(kitchen(filmed), Span(1.0, 2.0)), tmp_path / "clip.mp4")


def test_padding_ends_with_the_recording(filmed: Library, tmp_path: Path) -> None:
    cut = Cut(kitchen(filmed), Span(8.5, 9.5))
    written = filmed.clip(cut, tmp_path / "clip.mp4", options=ClipOptions(pad_s=1.0))
    (span,) = written.spans
    assert span.start_s == 7.5
    assert span.end_s == pytest.approx(10.0, abs=0.05)


def test_several_become_one(filmed: Library, tmp_path: Path) -> None:
    mute = filmed.find("mute.mp4").recording_id
    parts = [Cut(kitchen(filmed), Span(*BLUE_S)), Cut(mute, Span(1.0, 2.0))]
    written = filmed.clip(parts, tmp_path / "reel.mp4")
    assert written.spans == tuple(part.span for part in parts)
    clip = seen(written.path)
    assert clip.end_s == pytest.approx(4.0, abs=0.002)
    assert is_like(clip.colours[0], BLUE)
    assert is_like(clip.colours[-1], GREEN)


def test_a_copy_says_where_it_really_begins(filmed: Library, tmp_path: Path) -> None:
    cut = Cut(kitchen(filmed), Span(4.5, 5.5))
    written = filmed.clip(cut, tmp_path / "copy.mp4", options=ClipOptions(copy=True))
    assert written.spans[0].start_s == pytest.approx(4.0, abs=0.01)


def test_nothing_is_replaced_unasked(filmed: Library, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"dear")
    cut = Cut(kitchen(filmed), Span(1.0, 1.5))
    with pytest.raises(QueryError, match="is there already"):
        filmed.clip(cut, path)
    assert path.read_bytes() == b"dear"
    filmed.clip(cut, path, options=ClipOptions(replace=True))
    assert seen(path).end_s == pytest.approx(0.5, abs=0.002)


def test_a_file_that_appears_meanwhile_stays(filmed: Library, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"

    def appear(done_s: float, total_s: float) -> None:
        path.write_bytes(b"dear")

    with pytest.raises(QueryError, match="is there already"):
        filmed.clip(Cut(kitchen(filmed), Span(1.0, 1.5)), path, on_progress=appear)
    assert path.read_bytes() == b"dear"
    assert [one.name for one in tmp_path.iterdir()] == ["clip.mp4"]


def test_what_is_stopped_leaves_nothing_behind(filmed: Library, tmp_path: Path) -> None:
    def stop(done_s: float, total_s: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmed.clip(Cut(kitchen(filmed), Span(1.0, 3.0)), tmp_path / "clip.mp4", on_progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="it has other rights")
def test_clips_are_private(filmed: Library, tmp_path: Path) -> None:
    written = filmed.clip(Cut(kitchen(filmed), Span(1.0, 1.5)), tmp_path / "clip.mp4")
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600


def test_progress_is_told_in_seconds(filmed: Library, tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    filmed.clip(
        [Cut(kitchen(filmed), Span(1.0, 2.0)), Cut(kitchen(filmed), Span(4.0, 6.0))],
        tmp_path / "reel.mp4",
        on_progress=lambda done_s, total_s: told.append((done_s, total_s)),
    )
    assert {total_s for _, total_s in told} == {3.0}
    assert told[-1][0] == 3.0


def test_what_cannot_be_cut_is_said(filmed: Library, tmp_path: Path) -> None:
    of = kitchen(filmed)
    with pytest.raises(QueryError, match=r"does not say what to write; let it end in \.mp4"):
        filmed.clip(Cut(of, Span(1.0, 2.0)), tmp_path / "clip.avi")
    with pytest.raises(QueryError, match="nothing of it lies between"):
        filmed.clip(Cut(of, Span(20.0, 22.0)), tmp_path / "clip.mp4")
    with pytest.raises(QueryError, match="there is nothing to cut out"):
        filmed.clip([], tmp_path / "clip.mp4")
    with pytest.raises(QueryError, match="there is no folder"):
        filmed.clip(Cut(of, Span(1.0, 2.0)), tmp_path / "nowhere" / "clip.mp4")
    parts = [Cut(of, Span(1.0, 2.0)), Cut(of, Span(3.0, 4.0))]
    with pytest.raises(QueryError, match="copies cannot be joined"):
        filmed.clip(parts, tmp_path / "clip.mp4", options=ClipOptions(copy=True))
    with pytest.raises(LibraryError, match="no recording has the id"):
        filmed.clip(Cut("f" * 32, Span(1.0, 2.0)), tmp_path / "clip.mp4")
    with pytest.raises(MediaError, match="it has no sound"):
        filmed.clip(Cut(filmed.find("mute.mp4").recording_id, Span(1.0, 2.0)), tmp_path / "clip.wav")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pad_s", [-1.0, float("nan"), float("inf")])
def test_padding_is_a_number_of_seconds(filmed: Library, pad_s: float) -> None:
    with pytest.raises(QueryError, match="cannot be added around a moment"):
        padded(Span(1.0, 2.0), pad_s, filmed._recording(kitchen(filmed)))


@pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")
def test_it_works_while_another_owns_the_library(tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(made() / "library", tmp_path / "library"))
    with own_library(folder), open_library(folder, read_only=True) as shared:
        assert shared.is_remote
        moment = shared.search("blue", min_confidence=0, limit=1)[0]
        written = shared.clip(moment, tmp_path / "clip.mp4")
    assert is_like(seen(written.path).colours[5], BLUE)

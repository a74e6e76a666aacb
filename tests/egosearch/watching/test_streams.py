"""Live sources: found while they happen, written down, indexed, and followed again when they were away."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from egosearch.errors import LibraryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from egosearch.owner.shared import SharedLibrary
from egosearch.types import Query
from egosearch.watching import streams
from egosearch.watching.streams import StreamOptions, StreamWatch, name_of
from indexers.media import probe
from indexers.media.live_source import Source
from tests.egosearch.watching.sources import Camera, grow
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")

LOUDLY = RecordingOptions(
    seconds=16, colours=(RED, GREEN, YELLOW, RED), group_s=2.0, tones=(Tone(4, 5, 200.0), Tone(9, 10, 2500.0))
)
T = TypeVar("T")

BOUND_S = 5.0
"""Of what is promised, 2 s, with room for a machine that is busy with other tests."""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return sixteen seconds in which a whistle is heard at 9 s."""
    return make_recording(tmp_path / "made.mkv", LOUDLY)


class Watching:
    """A watch in this process, in a thread of its own, and somebody who asks it."""

    def __init__(self, folder: Path, source: Source, options: StreamOptions) -> None:
        self._given = folder, source, options
        self._stop = threading.Event()
        self.told: list[str] = []
        self.failed: list[object] = []
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Watching":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        folder, source, options = self._given
        try:
            with own_library(folder) as library:
                watch = StreamWatch(library, source, options, tell=self.told.append)
                self.failed += watch.run(self._stop.is_set)
        except BaseException as error:
            self.error = error


def _client(folder: Path) -> SharedLibrary:
    return _soon(lambda: _reached(folder))


def _reached(folder: Path) -> SharedLibrary | None:
    try:
        return open_library(folder, read_only=True)
    except LibraryError:
        return None


def _soon(look: Callable[[], T | None], within_s: float = 20.0) -> T:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it does not happen")


def _whistles(client: SharedLibrary) -> list[float]:
    moments = client.answer(Query("a whistle", min_confidence=0.0)).moments
    return [one.span.start_s for one in moments if one.score > 1]


def test_a_growing_file_is_found_in_while_it_grows_and_is_indexed_where_it_is(
    tmp_path: Path, recording: Path, toy: IndexOptions
) -> None:
    growing, folder = tmp_path / "growing.mkv", tmp_path / "library"
    writer = grow(growing, recording.read_bytes(), seconds=4)
    with Watching(folder, Source(str(growing), patience_s=1.0), StreamOptions(index=toy)) as watching:
        with _client(folder) as client:
            assert _soon(lambda: _whistles(client)) == pytest.approx([9.0], abs=0.1)
            assert writer.is_alive() or client.is_remote
        writer.join()
        watching.thread.join(30)
    assert watching.failed == []
    with Library.open(folder, read_only=True) as library:
        assert [(one.path, one.recording_id) for one in library.recordings()] == [
            (growing, probe(growing).recording_id)
        ]
        assert [one.span.start_s for one in library.search("a whistle")] == pytest.approx([9.0], abs=0.1)


def test_an_event_is_found_soon_and_its_recording_is_kept_in_parts(
    tmp_path: Path, recording: Path, toy: IndexOptions
) -> None:
    folder = tmp_path / "library"
    with (
        Camera(recording, speed=1.0) as camera,
        Watching(folder, Source(camera.url), StreamOptions(part_s=6.0, index=toy)) as watching,
    ):
        with _client(folder) as client:
            starts = _soon(lambda: _whistles(client))
            assert time.time() - (camera.began_s() + 9.0) < BOUND_S
            assert len(starts) == 1
        camera.wait()
        _soon(lambda: any("asking again" in line for line in watching.told))
    with Library.open(folder, read_only=True) as library:
        kept = library.recordings()
        assert all(one.path.parent == folder / "live" and one.is_present for one in kept)
        assert len(kept) == 3
        assert sum(one.duration_s for one in kept) == pytest.approx(16, abs=0.7)
        assert all(one.recorded_at is not None for one in kept)
        assert [one.recording_id for one in kept] == [probe(one.path).recording_id for one in kept]
        found = library.search("a whistle", min_confidence=0.0)
        assert found[0].path == kept[1].path
        assert found[0].span.start_s == pytest.approx(3.0, abs=0.3)


def test_a_source_that_was_away_is_followed_again(
    tmp_path: Path, recording: Path, toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "FIRST_WAIT_S", 0.1)
    folder = tmp_path / "library"
    with (
        Camera(recording, speed=4.0, until_s=(6, 1e9)) as camera,
        Watching(folder, Source(camera.url), StreamOptions(index=toy)) as watching,
    ):
        with _client(folder) as client:
            _soon(lambda: _whistles(client))
        camera.wait()
    assert sum("Following" in line for line in watching.told) == 2
    with Library.open(folder, read_only=True) as library:
        lengths = sorted(one.duration_s for one in library.recordings())
    assert lengths == pytest.approx([6, 16], abs=0.7)


def test_nothing_is_kept_where_nothing_shall_be(tmp_path: Path, recording: Path, toy: IndexOptions) -> None:
    folder = tmp_path / "library"
    with (
        Camera(recording, speed=8.0) as camera,
        Watching(folder, Source(camera.url), StreamOptions(is_kept=False, index=toy)) as watching,
    ):
        camera.wait()
        _soon(lambda: any("asking again" in line for line in watching.told))
    assert list(folder.rglob("*.mkv")) == []
    with Library.open(folder, read_only=True) as library:
        assert len(library.search("a whistle")) == 1
        assert [one.is_present for one in library.recordings()] == [False]


@pytest.mark.parametrize(
    "options", [replace(LOUDLY, colours=()), replace(LOUDLY, has_audio=False, colours=(RED, BLUE, BLUE, GREEN))]
)
def test_a_source_may_have_sound_or_pictures_alone(
    tmp_path: Path, options: RecordingOptions, toy: IndexOptions
) -> None:
    made, folder = make_recording(tmp_path / "made.mkv", options), tmp_path / "library"
    with Watching(folder, Source(str(made), patience_s=0.2), StreamOptions(index=toy)) as watching:
        watching.thread.join(30)
    with Library.open(folder, read_only=True) as library:
        assert library.search("a whistle" if options.has_audio else "blue", min_confidence=0.0)


def test_what_cannot_be_followed_is_told(tmp_path: Path, toy: IndexOptions) -> None:
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(b"no recording" * 100)
    with Watching(tmp_path / "library", Source(str(broken), patience_s=0.1), StreamOptions(index=toy)) as watching:
        watching.thread.join(30)
    assert len(watching.failed) == 1
    assert "cannot be opened" in watching.told[-1]


WATCHING = """
import sys
from egosearch.owner.opening import own_library
from egosearch.indexing.types import IndexOptions
from egosearch.watching.streams import StreamOptions, StreamWatch
from indexers.media.live_source import Source
from indexers.types import Modality
options = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
with own_library(sys.argv[1]) as library:
    StreamWatch(library, Source(sys.argv[2]), StreamOptions(index=options), tell=print).run(lambda: False)
"""


def test_what_a_kill_leaves_behind_is_indexed_by_the_next_run(
    tmp_path: Path, recording: Path, toy: IndexOptions
) -> None:
    folder = tmp_path / "library"
    with (
        Camera(recording, speed=1.5) as camera,
        subprocess.Popen([sys.executable, "-c", WATCHING, str(folder), camera.url], stdout=subprocess.DEVNULL) as one,
        _client(folder) as client,
    ):
        _soon(lambda: client.is_remote and _whistles(client))
        time.sleep(1.5)  # what is flushed each second is on the disk
        os.kill(one.pid, signal.SIGKILL)
    ended = tmp_path / "ended.mkv"
    ended.write_bytes(recording.read_bytes())
    with Watching(folder, Source(str(ended), patience_s=0.1), StreamOptions(index=toy)) as watching:
        watching.thread.join(30)
    assert any("earlier run" in line for line in watching.told)
    with Library.open(folder, read_only=True) as library:
        (left,) = [one for one in library.recordings() if one.path != ended]
        assert left.path.parent == folder / "live"
        assert left.duration_s >= 9
        assert left.path in [moment.path for moment in library.search("a whistle")]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("rtsp://admin:secret@kitchen.local:554/stream1?key=1", "kitchen.local-stream1"),
        ("/dev/video0", "video0"),
        ("http://10.0.0.2:8080/", "10.0.0.2"),
        ("udp://:1234", "live"),
    ],
)
def test_files_are_named_after_the_source_without_its_secrets(source: str, name: str) -> None:
    assert name_of(Source(source).shown) == name

"""Cameras that speak RTSP: over TCP and UDP, behind a password, cut off and back, and silent ones."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.watching import streams
from egosearch.watching.streams import StreamOptions
from indexers.errors import MediaError
from indexers.media import live_opening, probe
from indexers.media.live_opening import opened
from indexers.media.live_source import Source
from tests.egosearch.watching.rtsp import RtspCamera
from tests.egosearch.watching.test_streams import LOUDLY, Watching
from tests.media import make_recording

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return sixteen seconds with a key frame every two."""
    return make_recording(tmp_path_factory.mktemp("made") / "made.mkv", LOUDLY)


def soon(is_there: Callable[[], object], within_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_there():
        assert time.monotonic() < deadline_s, "it does not happen"
        time.sleep(0.05)


@pytest.mark.parametrize("is_udp", [False, True])
def test_a_camera_is_followed_behind_its_password_over_what_it_speaks(
    tmp_path: Path, recording: Path, toy: IndexOptions, monkeypatch: pytest.MonkeyPatch, is_udp: bool
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "se/cret@!")
    folder = tmp_path / "library"
    with RtspCamera(recording, login="admin:se/cret@!", is_udp=is_udp) as camera:
        source = Source(f"rtsp://admin:$CAMERA_PASSWORD@{camera.address}")
        with Watching(folder, source, StreamOptions(index=toy)) as watching:
            soon(lambda: any("Following" in line for line in watching.told))
            time.sleep(1.0)
    with Library.open(folder, read_only=True) as library:
        (kept,) = [probe(one.path) for one in library.recordings()]
    assert kept.duration_s > 1
    assert (kept.video is not None, kept.audio is not None) == (True, True)
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".mkv"]
    assert not any(b"cret" in one for one in [*written, *(line.encode() for line in watching.told)])


def test_a_camera_that_was_cut_off_is_followed_again(
    tmp_path: Path, recording: Path, toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "FIRST_WAIT_S", 0.1)
    with RtspCamera(recording) as camera:
        camera.pieces = [piece for piece in camera.pieces if piece[0] < 2.5]
        with Watching(tmp_path / "library", Source(f"rtsp://{camera.address}"), StreamOptions(index=toy)) as watching:
            soon(lambda: sum("Following" in line for line in watching.told) == 2)
    assert f"rtsp://{camera.address}: it has ended; asking again in 0 s." in watching.told
    assert watching.failed == []


def test_a_wrong_password_is_said_once_and_not_tried_again(tmp_path: Path, recording: Path, toy: IndexOptions) -> None:
    with RtspCamera(recording, login="admin:right") as camera:
        source = Source(f"rtsp://admin:wrong@{camera.address}")
        with Watching(tmp_path / "library", source, StreamOptions(index=toy)) as watching:
            watching.thread.join(20)
            assert not watching.thread.is_alive()
    assert len(watching.failed) == 1
    assert watching.told[-1].startswith(
        f"failed: rtsp://{camera.address}: it lets nobody in without the right user and password; name them: "
    )
    assert len(camera.logins) == 1


def test_a_camera_that_says_nothing_is_given_up(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_opening, "OPENING_S", 0.5)
    with (
        RtspCamera(recording, is_mute=True) as camera,
        pytest.raises(MediaError, match=r"it cannot be opened \(no answer within 0.5 s\)"),
        opened(Source(f"rtsp://{camera.address}"), lambda: False),
    ):
        pass

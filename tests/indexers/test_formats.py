"""Files that would have FFmpeg open others: none of those is read, whatever the first is called."""

import socket
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from PIL import Image

from indexers.errors import MediaError
from indexers.media import probe
from indexers.media.formats import CONTAINERS, what_else
from tests.media import RecordingOptions, make_recording

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n{extra}#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" '
    'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{other}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return a socket that waits for whoever calls."""
    with socket.socket() as waiting:
        waiting.bind(("127.0.0.1", 0))
        waiting.listen()
        waiting.setblocking(False)
        yield waiting


def assert_nobody_called(listener: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("name", ["a.mp4", "a.m3u8", "a.mpd"])
@pytest.mark.parametrize("kind", ["hls", "hls with a key", "concat", "dash"])
@pytest.mark.parametrize(
    "other", ["other.ts", "{folder}/other.ts", "file:{folder}/other.ts", "{address}", "data:{data}"]
)
def test_a_playlist_opens_nothing(tmp_path: Path, listener: socket.socket, name: str, kind: str, other: str) -> None:
    make_recording(tmp_path / "other.ts", RecordingOptions(seconds=1))
    port = listener.getsockname()[1]
    target = other.format(folder=tmp_path, address=f"http://127.0.0.1:{port}/other.ts", data="video/mp2t;base64,R0BA")
    text = {
        "hls": HLS.format(extra="", other=target),
        "hls with a key": HLS.format(extra=f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n', other="other.ts"),
        "concat": f"ffconcat version 1.0\nfile '{target}'\n",
        "dash": DASH.format(other=target),
    }[kind]
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match="it is a playlist, which names other files"):
        probe(tmp_path / name)
    assert_nobody_called(listener)


def test_a_session_description_is_not_joined(tmp_path: Path, listener: socket.socket) -> None:
    (tmp_path / "a.mp4").write_text(SDP.format(port=listener.getsockname()[1]))
    with pytest.raises(MediaError, match="it is a playlist"):
        probe(tmp_path / "a.mp4")
    assert_nobody_called(listener)


def test_a_name_is_neither_a_pattern_nor_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg takes `a%d.jpg` for all files of such names, and what is before a colon for a way of reading."""
    monkeypatch.chdir(tmp_path)
    made = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=1)).read_bytes()
    for name in ("subfile,,start,0,end,99,,:a.mp4", "concat:a.mp4|a.mp4", "a%d.mp4", "-i.mp4"):
        Path(name).write_bytes(made)
        assert probe(Path(name)).duration_s == pytest.approx(1, abs=0.05)
    Image.new("RGB", (64, 48)).save("a1.jpg")
    Path("a%d.jpg").write_bytes(Path("a1.jpg").read_bytes())
    with pytest.raises(MediaError, match="it is a picture"):
        probe(Path("a%d.jpg"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_is_no_recording(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "holiday.mp4"
    Image.new("RGB", (64, 48), "red").save(path, kind)
    with pytest.raises(MediaError, match="it is a picture and not a recording; leave it out"):
        probe(path)


def test_text_is_no_recording(tmp_path: Path) -> None:
    for name in ("a.txt", "a.mp4", "a.nfo", "a.srt"):
        (tmp_path / name).write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n\n" * 50)
        with pytest.raises(MediaError):
            probe(tmp_path / name)


def test_only_known_formats_are_opened_and_all_of_them_exist() -> None:
    for name in CONTAINERS:
        av.ContainerFormat(name, "r")
    assert not {"hls", "concat", "dash", "sdp", "rtsp", "image2", "lavfi", "tty", "imf"} & set(CONTAINERS)


def test_a_recording_is_nothing_else(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.ts", "a.avi"):
        codec = "mpeg4" if name == "a.avi" else "libx264"
        assert what_else(make_recording(tmp_path / name, RecordingOptions(seconds=1, video_codec=codec))) is None
    assert what_else(tmp_path / "missing.mp4") is None

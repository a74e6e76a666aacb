"""Nothing goes out unless asked: whoever opens a socket of the Internet is ended by the kernel, and noted by Python."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media import RecordingOptions, Tone, make_recording
from tests.security.processes import EGOSEARCH, SEALED, Ended, run, sealed_environment
from tests.security.sealed import can_seal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals and signals are others there")
needs_kernel = pytest.mark.skipif(not can_seal(), reason="filters of system calls are Linux's")


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes") / "notes.txt"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, notes: Path) -> Path:
    """Index a recording with the encoders that everybody has, in worker processes, without a network."""
    folder = tmp_path_factory.mktemp("network")
    make_recording(folder / "kitchen.mp4", RecordingOptions(seconds=4.0, tones=(Tone(1.0, 2.0, 1200.0),)))
    indexed = _run(notes, "index", folder / "kitchen.mp4", "--jobs", "2", "--library", folder / "library")
    assert indexed.code == 0, indexed.said
    assert not notes.exists(), notes.read_text()
    return folder


def _run(notes: Path, *arguments: str | Path) -> Ended:
    return run(*arguments, env=sealed_environment(notes), before=SEALED)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["query", "a beep", "--min-confidence", "0"], 0),
        (["query", "--image", "kitchen.mp4", "--min-confidence", "0"], 0),
        (["similar", "kitchen.mp4@1", "--min-confidence", "0"], 1),  # there is nothing else in the library
        (["show", "kitchen.mp4"], 0),
        (["recordings"], 0),
        (["stats"], 0),
        (["spaces"], 0),
        (["sql", "SELECT count(*) FROM windows"], 0),
        (["mark", "kitchen.mp4@1", "--query", "a beep", "--right"], 0),
        (["transcript", "kitchen.mp4"], 4),  # it was indexed without speech
        (["models", "list", "--all"], 0),
        (["doctor"], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else str(value),
)
def test_a_command_asks_nobody(
    folder: Path, notes: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(folder / "library"))
    monkeypatch.chdir(folder)
    ended = _run(notes, *arguments)
    assert ended.code == code, ended.said
    assert not notes.exists(), notes.read_text()


def test_the_browser_asks_nobody(folder: Path, notes: Path) -> None:
    from tests.security.terminal import in_terminal

    command = [*SEALED, *EGOSEARCH, "tui", "--library", str(folder / "library")]
    with in_terminal(command, sealed_environment(notes)) as terminal:
        terminal.wait_for(b"1 recording")
        terminal.type(b"a beep")
        terminal.wait_for(b"kitchen.mp4")
        terminal.type(b"\x11")  # Ctrl+Q
        assert terminal.wait() == 0, terminal.written[-2000:]
    assert not notes.exists(), notes.read_text()


PLAYLISTS = {
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "hls.m3u8.mkv": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nconcat:http://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "dash.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1">'
    "<BaseURL>http://127.0.0.1:9/a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "concat.mov": "ffconcat version 1.0\nfile http://127.0.0.1:9/a.mp4\n",
    "sdp.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
}
"""Files that tell a decoder to fetch others."""


def test_recordings_that_name_an_address_lead_nowhere(tmp_path: Path) -> None:
    for name, text in PLAYLISTS.items():
        (tmp_path / name).write_text(text)
    make_recording(tmp_path / "good.mp4")
    toy = ("--encoder", "audio=toy", "--encoder", "visual=toy", "--jobs", "1")
    notes = tmp_path / "notes.txt"
    ended = _run(
        notes, "index", *(tmp_path / name for name in (*PLAYLISTS, "good.mp4")), *toy, "--library", tmp_path / "l"
    )
    assert ended.code == 3, ended.said
    assert [name for name in PLAYLISTS if f"{name}: " not in ended.said] == []
    assert "Indexed 1 recording" in ended.said
    assert not notes.exists(), notes.read_text()


@pytest.mark.parametrize(
    ("attempt", "noted"),
    [
        ("socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo '127.0.0.1'"),
        ("socket.gethostbyname('example.org')", "socket.gethostbyname 'example.org'"),
        ("urllib.request.urlopen('http://127.0.0.1:9')", "urllib.Request 'http://127.0.0.1:9'"),
    ],
)
def test_python_is_seen_when_it_tries(tmp_path: Path, attempt: str, noted: str) -> None:
    notes = tmp_path / "notes.txt"
    tried = _python(notes, f"import socket, urllib.request; {attempt}", before=[])
    assert tried.returncode == 1
    assert noted in notes.read_text()


@needs_kernel
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_native_code_is_ended_when_it_tries(tmp_path: Path, family: str) -> None:
    code = f"import ctypes, socket; ctypes.CDLL(None).socket(socket.{family}, socket.SOCK_DGRAM, 0)"
    tried = _python(tmp_path / "notes.txt", code, before=SEALED)
    assert tried.returncode == -signal.SIGSYS
    harmless = _python(tmp_path / "notes.txt", "import socket; socket.socketpair()", before=SEALED)
    assert harmless.returncode == 0


def _python(notes: Path, code: str, *, before: list[str]) -> "subprocess.CompletedProcess[bytes]":
    command = [*before, sys.executable, "-c", code]
    return subprocess.run(command, env=sealed_environment(notes), capture_output=True, check=False)

"""`egosearch tui --serve` as it is typed."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from egosearch.errors import EgosearchError
from tests.security.processes import environment
from tests.tui.serving.client import EGOSEARCH, PATIENCE_S, serving
from tui.serving.server import listen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and sockets are others there")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - to be refused


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_is_taken(host: str) -> None:
    with listen(host, 0) as first:
        port = first.getsockname()[1]
        assert first.getsockname()[0] == host
        with pytest.raises(EgosearchError, match=rf"port {port} of {host} is not to be had \(.+\); choose another"):
            listen(host, port)


def test_what_others_could_reach_is_not_listened_at() -> None:
    with pytest.raises(ValueError, match="others could reach"):
        listen(EVERYWHERE, 0)


async def test_the_other_loopback_address(session: ClientSession, folder: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    with serving(folder, "--host", "::1", "--port", str(port)) as served:
        assert served.url.startswith(f"http://[::1]:{port}/")
        async with session.get(served.url) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--host", EVERYWHERE], 2, f"{EVERYWHERE} is not a loopback address"),
        (["--host", "::"], 2, "forward a port: `ssh -L"),
        (["--host", "192.168.1.5"], 2, "forward a port: `ssh -L"),
        (["--host", "example.org"], 2, "forward a port: `ssh -L"),
        (["--port", "0"], 2, "greater than or equal to 1"),
        (["--library", "nowhere"], 4, "there is no library at"),
    ],
)
def test_what_is_not_served(tmp_path: Path, options: list[str], code: int, words: str) -> None:
    ended = _run([*EGOSEARCH, "tui", "--serve", *options], cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1)
    assert words in ended.stderr


@pytest.mark.parametrize("options", [["--port", "8000"], ["--host", "::1"]])
def test_an_address_without_a_server(options: list[str]) -> None:
    ended = _run([*EGOSEARCH, "tui", *options])
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "it goes with --serve" in ended.stderr


def test_without_the_extra(folder: Path) -> None:
    code = "import sys; sys.modules['aiohttp'] = None\nfrom egosearch.cli import main; main()"
    ended = _run([sys.executable, "-P", "-c", code, "tui", "--serve", "--library", str(folder)])
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (4, "", 1)
    assert "install it with `pip install 'egosearch[serve]'`\n" in ended.stderr


def _run(command: list[str], cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, env=environment(), cwd=cwd, capture_output=True, text=True, check=False)


def test_only_the_address_is_data(folder: Path) -> None:
    with serving(folder) as served:
        assert (found := re.fullmatch(r"http://127\.0\.0\.1:\d+/([\w-]{43})/", served.url))
        served.process.send_signal(signal.SIGINT)
        data, talk = served.process.communicate(timeout=PATIENCE_S)
    assert (data, found[1] in talk) == ("", False)

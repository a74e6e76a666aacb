"""What a tab shows and does, and that nothing of it is left behind."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.serving.client import PATIENCE_S, Served, serving, tab, until, until_closed
from tui.serving import program
from tui.serving.program import MOST_CELLS, Size
from tui.serving.server import application

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and sockets are others there")
TOKEN = "in-the-path"  # noqa: S105 - of a server for a test
SLEEPER = [sys.executable, "-c", "import time; print('__GANGLION__', flush=True); time.sleep(600)"]
"""A program that does not notice its end."""


async def test_two_tabs(session: ClientSession, served: Served) -> None:
    async with tab(session, served) as one, tab(session, served) as other:
        await until(one, b"1 recording")
        await until(other, b"1 recording")
        for opened in (one, other):
            await opened.send_json(["focus"])
        await one.send_json(["stdin", "blue"])
        await until(one, b"Nothing")
        await one.send_json(["stdin", "\r"])  # what came near
        await until(one, b"one.mp4")
        await one.send_json(["stdin", "r"])
        await until(one, b"Marked right")
        await other.send_json(["stdin", "blue"])
        await until(other, b"100 %")  # what was marked in one tab refines the searches of the other
        await one.send_json(["ping", "1"])
        while (message := await one.receive(PATIENCE_S)).type is not WSMsgType.TEXT:
            assert message.type is WSMsgType.BINARY
        assert message.json() == ["pong", "1"]


async def test_what_is_saved_is_saved_on_this_machine(session: ClientSession, served: Served, folder: Path) -> None:
    downloads = folder.parent / "Downloads"
    downloads.mkdir()
    async with tab(session, served) as opened:
        await until(opened, b"1 recording")
        await opened.send_json(["focus"])
        await opened.send_json(["stdin", "\x10"])  # Ctrl+P: the commands
        await opened.send_json(["stdin", "screenshot"])
        await until(opened, b"Save an SVG")
        await opened.send_json(["stdin", "\r"])
        await until(opened, b"Saved screenshot")
    (saved,) = downloads.iterdir()
    assert saved.suffix == ".svg"
    assert saved.stat().st_mode & 0o077 == 0


async def test_what_no_page_would_send(session: ClientSession, served: Served) -> None:
    async with tab(session, served) as opened:
        for text in ("", "[", "{}", "[]", "7", '["stdin"]', '["stdin", 7]', '["resize", {}]', '["quit"]', "[[]]"):
            await opened.send_str(text)
        await opened.send_bytes(b"M\x00\x00\x00\x02{}")
        await opened.send_json(["resize", {"width": 10**9, "height": -3}])
        await opened.send_json(["resize", {"width": 100, "height": 30}])
        await until(opened, b"1 recording")


async def test_the_user_quits(session: ClientSession, served: Served) -> None:
    async with tab(session, served) as opened:
        await until(opened, b"1 recording")
        await opened.send_json(["stdin", "\x11"])  # Ctrl+Q
        await until_closed(opened)


@pytest.mark.skipif(sys.platform != "linux", reason="others tell otherwise whose child a process is")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_behind(session: ClientSession, folder: Path, number: signal.Signals) -> None:
    with serving(folder) as served:
        async with tab(session, served) as opened:
            await until(opened, b"1 recording")
            (child,) = _children(served.process.pid)
            served.process.send_signal(number)
            await until_closed(opened)
        code = await asyncio.to_thread(served.process.wait, PATIENCE_S)
        assert code == (-number if number is signal.SIGKILL else 0)
        assert served.process.stderr is not None
        said = served.process.stderr.read().splitlines()
        assert said[1:] == ([] if number is signal.SIGKILL else ["Stopped."])
    end_s = time.monotonic() + (PATIENCE_S if number is signal.SIGKILL else 0.5)
    while _is_running(child):
        assert time.monotonic() < end_s
        await asyncio.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_program_that_cannot_start_says_why() -> None:
    code = r"import sys; print('no \x1b]0;title\x07library\nthere', file=sys.stderr); sys.exit(4)"
    async with _in_process([sys.executable, "-c", code]) as opened:
        drawn = await until_closed(opened)
    assert drawn.endswith(b"no ]0;titlelibrary\r\nthere")


async def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "ENDING_S", 0.2)
    started: list[asyncio.subprocess.Process] = []
    begin = asyncio.create_subprocess_exec

    async def noted(*command: str, **options: object) -> asyncio.subprocess.Process:
        started.append(await begin(*command, **options))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    async with _in_process(SLEEPER) as opened:
        await opened.send_json(["stdin", "x"])
    (process,) = started
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == -signal.SIGKILL


@asynccontextmanager
async def _in_process(command: Sequence[str]) -> AsyncIterator[ClientWebSocketResponse]:
    async with TestClient(TestServer(application(command, TOKEN))) as client:
        origin = str(client.make_url("/")).rstrip("/")
        async with client.ws_connect(f"/{TOKEN}/ws", headers={"Origin": origin}) as opened:
            yield opened


@given(st.one_of(st.integers(), st.text(), st.none(), st.floats()), st.integers())
def test_any_size_is_within_bounds(width: object, height: int) -> None:
    size = Size.read(width, height)
    assert 1 <= size.width <= MOST_CELLS
    assert size.height == min(max(height, 1), MOST_CELLS)

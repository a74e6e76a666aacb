"""A server that runs in a process of its own, and a page's side of its tabs."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.security.processes import environment

EGOSEARCH = [sys.executable, "-P", "-c", "from egosearch.cli import main; main()"]
PATIENCE_S = 40.0


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    url: str
    process: "subprocess.Popen[str]"

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def origin(self) -> str:
        return f"http://{self.host}"


@contextmanager
def serving(folder: Path, *options: str, cwd: Path | None = None) -> Iterator[Served]:
    """Serve the library in a folder, for a user whose home is around it."""
    command = [*EGOSEARCH, "tui", "--serve", "--library", str(folder), *options]
    env = environment(HOME=str(folder.parent), XDG_DOWNLOAD_DIR=str(folder.parent / "Downloads"))
    with subprocess.Popen(
        command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url = process.stdout.readline().strip()
            assert url, process.stderr.read()
            yield Served(url, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE_S)


@asynccontextmanager
async def tab(session: ClientSession, served: Served) -> AsyncIterator[ClientWebSocketResponse]:
    """Open a tab of 100 columns and 30 rows."""
    address = served.url + "ws?width=100&height=30"
    async with session.ws_connect(address, headers={"Origin": served.origin}) as opened:
        yield opened


async def until(opened: ClientWebSocketResponse, text: bytes) -> None:
    """Wait until a text was drawn, which is what is left when the steering of the terminal is taken out."""
    drawn, end_s = b"", time.monotonic() + PATIENCE_S
    while text not in re.sub(rb"\x1b\[[\d;?]*[A-Za-z]", b"", drawn):
        message = await opened.receive(max(0.1, end_s - time.monotonic()))
        assert message.type is WSMsgType.BINARY, (message, drawn[-2000:])
        drawn += message.data


async def until_closed(opened: ClientWebSocketResponse) -> bytes:
    """Wait until the tab is closed, and return what was drawn."""
    drawn = b""
    while (message := await opened.receive(PATIENCE_S)).type is WSMsgType.BINARY:
        drawn += message.data
    assert message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED}
    return drawn

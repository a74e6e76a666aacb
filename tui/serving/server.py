"""The server behind `egosearch tui --serve`: one page, one socket a tab, on a loopback address."""

import asyncio
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import textual_serve
from aiohttp import WSCloseCode, web

from egosearch.errors import EgosearchError
from tui.serving.guard import add_headers, guard
from tui.serving.page import FOCUS, page, policy
from tui.serving.program import Size
from tui.serving.tab import show

PARTS = Path(textual_serve.__path__[0]) / "static"
"""Where the terminal for a page is: its script, style and font."""
HEARTBEAT_S = 30.0
"""How often a page is asked whether it is there still."""
ENDING_S = 15.0
"""How long the tabs may take to end: a little longer than their processes, see `tui.serving.program`."""


def serve(library: Path, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the browser until SIGINT or SIGTERM; then all its tabs have ended.

    Args:
        library: The library's folder.
        host: A loopback address.
        port: To listen at; 0 for a free one.
        announce: Is told the address to open, which is a secret, once it can be.

    Raises:
        EgosearchError: The port is taken or not to be had.
    """
    # -P: a file in the folder where this was started must not pass for a module of ours.
    starting = (sys.executable, "-P", "-c", "from egosearch.cli import main; main()")
    with listen(host, port) as listening:
        asyncio.run(_serve((*starting, "tui", "--library", str(library)), listening, announce))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at a loopback address.

    Raises:
        ValueError: It is another address, or none.
        EgosearchError: The port is taken or not to be had.
    """
    address = ip_address(host)
    if not address.is_loopback:
        raise ValueError(f"others could reach {host}")
    try:
        return socket.create_server((host, port), family=socket.AF_INET if address.version == 4 else socket.AF_INET6)
    except OSError as error:
        remedy = "choose another with --port, or leave it to the system"
        raise EgosearchError(f"port {port} of {host} is not to be had ({error.strerror}); {remedy}") from error


async def _serve(command: Sequence[str], listening: socket.socket, announce: Callable[[str], None]) -> None:
    token, is_over = secrets.token_urlsafe(32), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C cancels this
            asyncio.get_running_loop().add_signal_handler(number, is_over.set)
    runner = web.AppRunner(application(command, token), access_log=None, shutdown_timeout=ENDING_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        announce(f"http://{_written(listening)}/{token}/")
        await is_over.wait()
    finally:
        await runner.cleanup()


def _written(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def application(command: Sequence[str], token: str) -> web.Application:
    """Return what answers, to those who know the token.

    Args:
        command: A Textual program and its arguments; each tab starts one.
        token: Safe in a path.
    """
    tabs = Tabs(command)

    async def index(request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": policy(request.host)}
        return web.Response(text=page(request.host, token), content_type="text/html", headers=headers)

    async def focus(request: web.Request) -> web.Response:
        del request
        return web.Response(text=FOCUS, content_type="text/javascript")

    app = web.Application(middlewares=[guard(token)])
    app.add_routes(
        [
            web.get(f"/{token}/", index),
            web.get(f"/{token}/focus.js", focus),
            web.get(f"/{token}/ws", tabs.open),
            web.static(f"/{token}/static", PARTS),
        ]
    )
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(tabs.close)
    return app


class Tabs:
    """The tabs that are open."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._sockets: set[web.WebSocketResponse] = set()

    async def open(self, request: web.Request) -> web.WebSocketResponse:
        """Show a program in a new tab for as long as both are there."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, compress=False)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await show(self._command, socket, Size.read(request.query.get("width"), request.query.get("height")))
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self, app: web.Application) -> None:
        """Close all tabs; their programs end after them."""
        del app
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in self._sockets))

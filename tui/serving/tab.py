"""One tab of a web browser: what its page tells goes to a program, and what the program draws goes to the page.

The page is `textual-serve`'s script: it tells in JSON lists what is typed and how large it is, and gets bytes.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import WSMsgType, web

from egosearch.printable import plain
from tui.serving.program import Program, Size

DRAINING_S = 2.0
CLEAR = "\x1b[?1049l\x1b[0m\x1b[2J\x1b[H"
"""Leave the full screen, and have nothing on the other."""


async def show(command: Sequence[str], socket: web.WebSocketResponse, size: Size) -> None:
    """Show a program in a tab, until one of them ends; then both have.

    Args:
        command: A Textual program and its arguments.
        socket: To the page, open.
        size: Of its terminal at first.
    """
    program = await Program.start(command, size)
    drawing = asyncio.create_task(_draw(program, socket))
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await _pass_on(message.data, program, socket)
    finally:
        await program.end()
        with suppress(TimeoutError):  # what it started may hold its pipes
            await asyncio.wait_for(drawing, DRAINING_S)


async def _pass_on(text: str, program: Program, socket: web.WebSocketResponse) -> None:
    """Do what a page tells; what is none of this is passed over."""
    with suppress(json.JSONDecodeError):
        match json.loads(text):
            case ["stdin", str(typed)]:
                await program.type(typed)
            case ["resize", {"width": width, "height": height}]:
                await program.resize(Size.read(width, height))
            case ["focus" | "blur" as name, *_]:
                await program.focus(has_focus=name == "focus")
            case ["ping", sent]:
                with suppress(ConnectionError):
                    await socket.send_json(["pong", sent])


async def _draw(program: Program, socket: web.WebSocketResponse) -> None:
    """Draw what the program does until it ends, and why if it failed; then close the socket.

    It reads on where the page is gone: a program that cannot write could not end.
    """
    async for data in program.screen():
        await _send(socket, data)
    if complaint := await program.complaint():
        lines = [plain(line) for line in complaint.splitlines()]
        await _send(socket, "\r\n".join([CLEAR, *lines]).encode())
    await socket.close()


async def _send(socket: web.WebSocketResponse, data: bytes) -> None:
    with suppress(ConnectionError):  # the page is gone, which is noticed elsewhere
        await socket.send_bytes(data)

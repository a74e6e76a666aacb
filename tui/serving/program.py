"""The process that a tab shows: a Textual program on Textual's driver for the web, and its packets.

A packet is a letter, the length in four bytes, and the payload (`textual.drivers.web_driver`). "D" is what a terminal
would get or send, "M" a message in JSON.
"""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

DRIVER = {
    "TEXTUAL_DRIVER": "tui.serving.driver:TabDriver",
    "TEXTUAL_COLOR_SYSTEM": "truecolor",
    "TERM": "xterm-256color",
    "TERM_PROGRAM": "textual",
}
"""Variables: which driver, and that the terminal is the page's, whatever the server's is."""
READY = b"__GANGLION__\n"
"""What Textual's driver writes before its first packet."""
ENDING_S = 10.0
"""How long a program may take to end: what it has asked the library is answered first."""
MOST_CELLS = 1000
SAID_BYTES = 4000
"""What is kept of what a program says: enough for the reason why it failed."""


@dataclass(frozen=True)
class Size:
    """Of a terminal, in cells."""

    width: int = 80
    height: int = 24

    @classmethod
    def read(cls, width: object, height: object) -> "Size":
        """Return the size that a page tells, within bounds.

        >>> Size.read("120", 40), Size.read(10**9, "many")
        (Size(width=120, height=40), Size(width=1000, height=24))
        """
        return cls(_cells(width, cls.width), _cells(height, cls.height))


def _cells(told: object, default: int) -> int:
    try:
        return min(max(int(str(told)), 1), MOST_CELLS)
    except ValueError:
        return default


class Program:
    """A running program. Whoever started it reads its `screen` to the end, and ends it."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("the process has no pipes")
        self._process, self._keys, self._output = process, process.stdin, process.stdout
        self._said = asyncio.create_task(_last(process.stderr))

    @classmethod
    async def start(cls, command: Sequence[str], size: Size) -> "Program":
        """Start a program, without a shell.

        It stays in this process's session: what is marked in one tab refines the searches in the next.
        """
        variables = os.environ | DRIVER | {"COLUMNS": str(size.width), "ROWS": str(size.height)}
        return cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=variables))

    async def type(self, text: str) -> None:
        """Press keys."""
        await self._write(b"D", text.encode("utf-8", "replace"))

    async def resize(self, size: Size) -> None:
        """Tell how large the terminal is now."""
        await self._write(b"M", json.dumps({"type": "resize", "width": size.width, "height": size.height}).encode())

    async def focus(self, *, has_focus: bool) -> None:
        """Tell whether the terminal has the focus."""
        await self._write(b"M", json.dumps({"type": "focus" if has_focus else "blur"}).encode())

    async def _write(self, kind: bytes, payload: bytes) -> None:
        with suppress(ConnectionError):  # it has ended, and so does its screen
            self._keys.write(kind + len(payload).to_bytes(4, "big") + payload)
            await self._keys.drain()

    async def screen(self) -> AsyncIterator[bytes]:
        """Yield what a terminal would get, until the program ends.

        Messages are passed over: they hand on files and addresses, for which a tab has no use, and tell of the end.
        """
        async for line in self._output:
            if line == READY:
                break
        with suppress(asyncio.IncompleteReadError):
            while True:
                kind, length = await self._output.readexactly(1), await self._output.readexactly(4)
                payload = await self._output.readexactly(int.from_bytes(length, "big"))
                if kind == b"D":
                    yield payload

    async def complaint(self) -> str:
        """Wait until the program has ended, and return what it said last if it failed; nothing if not."""
        said = await self._said
        return said.decode("utf-8", "replace") if await self._process.wait() else ""

    async def end(self) -> None:
        """Let the program end, as it does when nothing can be typed any more; one that does not is ended."""
        self._keys.close()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), ENDING_S)
        finally:
            with suppress(ProcessLookupError):  # it has ended
                self._process.kill()


async def _last(stream: asyncio.StreamReader) -> bytes:
    """Read a stream to its end, and return the last of it."""
    kept = b""
    while piece := await stream.read(SAID_BYTES):
        kept = (kept + piece)[-SAID_BYTES:]
    return kept

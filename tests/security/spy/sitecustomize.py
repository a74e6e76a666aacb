"""Python imports this when it starts, with this folder on its path: whoever goes for a network is noted and refused.

It notes what Python does. What native code does is for the kernel to notice, see `tests.security.sealed`.
"""

import os
import sys
import traceback
from typing import Any

GOES_OUT = {
    "socket.connect": 1,
    "socket.bind": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "urllib.Request": 0,
}
"""Python's own events (PEP 578), and the argument that says where to."""
FILE = 1
"""AF_UNIX: between processes of one machine."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    place = GOES_OUT.get(event)
    if place is None:
        return
    address = arguments[place]
    if place == 1 and int(arguments[0].family) == FILE:
        return
    with open(os.environ["EGOSEARCH_TEST_SPY"], "a", encoding="utf-8") as notes:  # noqa: PTH123 - nothing else is imported
        notes.write(f"{event} {address!r}\n{''.join(traceback.format_stack(limit=12))}\n")
    raise PermissionError(f"{event}: the test allows no network")


if "EGOSEARCH_TEST_SPY" in os.environ:
    sys.addaudithook(_watch)

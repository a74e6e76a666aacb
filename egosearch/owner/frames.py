"""Messages on a socket: four bytes that say how long, big-endian, then so much JSON. An object each, nothing else.

Lengths are bounded and said first, so that a stranger's bytes cost no more than the four that are read of them.
"""

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

LENGTH = struct.Struct(">I")
MAX_REQUEST_BYTES = 1 << 20
"""A query with a thousand filters is a tenth of it."""
MAX_REPLY_BYTES = 1 << 28
"""Sound levels of ten hours are 10 MB of JSON."""
READ_BYTES = 1 << 16


class FrameError(ValueError):
    """What arrived is no message."""


def send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    """Send a message whole.

    Raises:
        OSError: The other end is gone, or takes too long.
    """
    data = json.dumps(message, separators=(",", ":")).encode("ascii")
    connection.sendall(LENGTH.pack(len(data)) + data)


def receive(connection: socket.socket, *, most_bytes: int) -> dict[str, Any]:
    """Wait for a message and return it.

    Args:
        connection: Its time-out holds for each piece that arrives.
        most_bytes: A longer message is refused before any of it is read.

    Raises:
        FrameError: What arrived is too long, or is not an object in JSON.
        ConnectionError: The other end is gone, between messages or in the middle of one.
        OSError: It takes too long, or the socket fails otherwise.
    """
    (length,) = LENGTH.unpack(_exactly(connection, LENGTH.size))
    if length > most_bytes:
        raise FrameError(f"a message of {length:,} bytes is too long; {most_bytes:,} are the most")
    try:
        message = json.loads(_exactly(connection, length))
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a message is no JSON ({error})") from error
    if not isinstance(message, dict):
        raise FrameError("a message is no object")
    return message


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        piece = connection.recv(min(READ_BYTES, length - len(data)))
        if not piece:
            raise ConnectionResetError("the other end has closed the connection")
        data += piece
    return bytes(data)

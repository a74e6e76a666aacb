"""How two processes meet: who asks shows the token and says what it would ask in; the owner lets it in or says why not.

    asking: {"protocol": 1, "shape": "...", "token": "..."}
    owner:  {"welcome": PROCESS}  or  {"refused": Failure}

`shape` is a digest of all verbs and types, so that two versions of egosearch that would misunderstand each other part
with a sentence, and two that would not get along whatever they are called.
"""

import hmac
import socket
from dataclasses import dataclass

from egosearch.errors import LibraryError, LibraryLockedError
from egosearch.owner import frames
from egosearch.owner.address import Address, is_same_user
from egosearch.owner.codec import CodecError, from_wire, to_wire
from egosearch.owner.failures import Failure, error_of, failure_of
from egosearch.owner.verbs import shape

PROTOCOL = 1
"""Of frames, greeting, requests and replies; what travels in them is in `shape`."""


@dataclass(frozen=True)
class Greeting:
    """What the one who asks says first."""

    protocol: int
    shape: str
    token: str


def admit(connection: socket.socket, address: Address) -> None:
    """Read a greeting and answer it, at the owner's end.

    Raises:
        LibraryError: Whoever is there may not ask anything; he was told the same.
        OSError: The connection failed.
    """
    try:
        _check(connection, address)
    except LibraryError as error:
        frames.send(connection, {"refused": to_wire(failure_of(error), Failure)})
        raise
    frames.send(connection, {"welcome": address.pid})


def greet(connection: socket.socket, address: Address) -> None:
    """Show the token and wait to be let in, at the end of who asks.

    Raises:
        LibraryLockedError: The owner does not know the token: it is another one than a moment ago.
        LibraryError: The owner runs another version of egosearch.
        ConnectionError: It is not the owner that the address speaks of, or it is gone.
        OSError: It takes too long.
    """
    frames.send(connection, to_wire(Greeting(PROTOCOL, shape(), address.token), Greeting))
    try:
        answer = frames.receive(connection, most_bytes=frames.MAX_REQUEST_BYTES)
        if "refused" in answer:
            raise error_of(from_wire(answer["refused"], Failure))
        if answer["welcome"] != address.pid:
            raise ConnectionRefusedError(f"{address.place} answers for another process")
    except (frames.FrameError, CodecError, KeyError) as error:
        raise LibraryError(other_version(address.pid)) from error


def other_version(pid: int) -> str:
    """Say that two processes would misunderstand each other."""
    return f"process {pid} owns the library and runs another version of egosearch; wait until it ends, or end it"


def _check(connection: socket.socket, address: Address) -> None:
    if not is_same_user(connection):
        raise LibraryLockedError("the library is in use by another user; wait until that ends")
    try:
        data = frames.receive(connection, most_bytes=frames.MAX_REQUEST_BYTES)
        protocol, token, theirs = data.get("protocol"), data.get("token"), data.get("shape")
    except frames.FrameError as error:
        raise LibraryError(f"this is no greeting: {error}") from error
    # First: whoever does not know the token learns nothing, not even the version.
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(), address.token.encode()):
        raise LibraryLockedError(f"this is not the token of process {address.pid}, which owns the library; try again")
    if protocol != PROTOCOL or theirs != shape():
        raise LibraryError(other_version(address.pid))

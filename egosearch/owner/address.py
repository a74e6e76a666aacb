"""Where the owner of a library listens, and how both ends make sure of each other.

`owner.json` in the library's folder says it: the socket, a random token that whoever asks must show, and the owner's
process. The file is only readable by its user and is as good as a password. That it is there does not mean that its
writer still lives: connecting tells, since a socket goes deaf with its process.
"""

import json
import os
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from egosearch.owner.codec import CodecError, from_wire

RECORD = "owner.json"
SOCKET = "owner.sock"
LONGEST_PATH_BYTES = 100
"""Of a socket: Linux takes 107, macOS 103."""
RUNTIME_PREFIX = "egosearch-"
CONNECT_S = 5.0
BACKLOG = 64


@dataclass(frozen=True)
class Address:
    """What `owner.json` holds."""

    pid: int
    kind: Literal["unix", "tcp"]
    place: str
    """The path of a socket, or a port of this machine."""
    token: str


def read_address(folder: Path) -> Address | None:
    """Return where the owner says that it listens; None where none does, or the file cannot be read as such."""
    try:
        text = (folder / RECORD).read_text(encoding="ascii")
        address: Address = from_wire(json.loads(text), Address)
    except (OSError, ValueError, RecursionError, CodecError):
        return None  # what cannot be read leads nowhere, and is written anew by the next owner
    return address


def write_address(folder: Path, address: Address) -> None:
    """Write `owner.json` for its user alone, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    draft = folder / f"{RECORD}.draft"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="ascii") as file:  # noqa: PTH123 - takes the descriptor, whose mode is set
        json.dump(asdict(address), file)
    draft.replace(folder / RECORD)


def listen(folder: Path) -> tuple[socket.socket, Address]:
    """Listen for those who want something of the library in a folder; sweep what a killed owner left.

    The socket is in the folder, or, where its path would be too long or the file system has no sockets, in a new
    private folder for temporary files. On Windows it is a port of this machine, which only the token guards; that has
    never been tried.

    Raises:
        OSError: No socket can be made.
    """
    import secrets  # here: who only asks need not load them
    import tempfile

    withdraw(folder)
    token = secrets.token_hex(16)
    if not hasattr(socket, "AF_UNIX"):
        listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        return listener, Address(os.getpid(), "tcp", str(listener.getsockname()[1]), token)
    if len(os.fsencode(folder / SOCKET)) <= LONGEST_PATH_BYTES:
        with suppress(OSError):  # a file system may have no sockets
            return _listen_at(folder / SOCKET), Address(os.getpid(), "unix", str(folder / SOCKET), token)
    path = Path(tempfile.mkdtemp(prefix=RUNTIME_PREFIX)) / SOCKET
    return _listen_at(path), Address(os.getpid(), "unix", str(path), token)


def withdraw(folder: Path) -> None:
    """Remove what says where the owner is, and its socket; only for whoever owns the folder, now or next.

    Raises:
        OSError: It cannot be removed.
    """
    known = read_address(folder)
    (folder / RECORD).unlink(missing_ok=True)
    (folder / SOCKET).unlink(missing_ok=True)
    if known is not None and known.kind == "unix":
        path = Path(known.place)
        # Whatever the file says, nothing is removed but what `listen` makes.
        if path.name == SOCKET and path.parent.name.startswith(RUNTIME_PREFIX) and path.is_socket():
            path.unlink(missing_ok=True)
            path.parent.rmdir()


def connect(address: Address) -> socket.socket:
    """Connect to an owner.

    Raises:
        ConnectionError: Nobody listens there, or somebody else than this user does.
        OSError: It cannot be reached otherwise.
    """
    if not hasattr(socket, "AF_UNIX"):
        return socket.create_connection(("127.0.0.1", int(address.place)), timeout=CONNECT_S)
    if address.kind != "unix":  # whose port it is cannot be asked
        raise ConnectionRefusedError("an owner on this system listens on a socket of its own")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(CONNECT_S)
        connection.connect(address.place)
        if not is_same_user(connection):
            raise ConnectionRefusedError(f"{address.place} belongs to another user")
    except BaseException:
        connection.close()
        raise
    return connection


def is_same_user(connection: socket.socket) -> bool:
    """Whether the process at the other end runs as this one's user; true where the system cannot say: the token can."""
    peer = _peer_user(connection)
    return peer is None or not hasattr(os, "geteuid") or peer == os.geteuid()


def _peer_user(connection: socket.socket) -> int | None:
    if not hasattr(socket, "AF_UNIX") or connection.family != socket.AF_UNIX:
        return None
    if hasattr(socket, "SO_PEERCRED"):  # Linux: process, user, group
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int(struct.unpack("3i", credentials)[1])
    if sys.platform == "darwin":  # SOL_LOCAL, LOCAL_PEERCRED: struct xucred begins with version and user
        return int(struct.unpack("2I", connection.getsockopt(0, 1, 76)[:8])[1])
    return None


def _listen_at(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener

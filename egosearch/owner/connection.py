"""A conversation with the process that owns a library."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from egosearch.errors import LibraryError
from egosearch.owner import frames
from egosearch.owner.address import Address, connect, read_address
from egosearch.owner.codec import CodecError, from_wire, to_wire
from egosearch.owner.failures import Failure, error_of
from egosearch.owner.handshake import greet, other_version
from egosearch.owner.verbs import verbs

GREETING_S = 30.0
"""An owner that opens a million windows is deaf for seconds."""
ANSWER_S = 300.0
"""An owner that has not answered by then is stopped or stuck: one that died is noticed at once."""


class Connection:
    """An open connection; `reach` makes one. One request at a time."""

    def __init__(self, connection: socket.socket, address: Address) -> None:
        self._connection = connection
        self._pid = address.pid

    def ask(self, verb: str, **arguments: Any) -> Any:
        """Have a verb of `Owner` done and return what it returns.

        Raises:
            EgosearchError: As the verb raises it.
            LibraryError: The owner does not answer, or in another version's words.
            ConnectionError: The owner is gone; whether it did what was asked is not known.
        """
        known = verbs()[verb]
        given = {name: to_wire(arguments[name], kind) for name, kind in known.arguments.items()}
        try:
            frames.send(self._connection, {"verb": verb, "arguments": given})
            reply = frames.receive(self._connection, most_bytes=frames.MAX_REPLY_BYTES)
        except TimeoutError as error:
            self.close()  # a late answer must not be taken for that of the next request
            raise LibraryError(
                f"process {self._pid} owns the library and does not answer; end it, and ask again"
            ) from error
        except frames.FrameError as error:
            self.close()
            raise LibraryError(other_version(self._pid)) from error
        except ConnectionError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise ConnectionResetError(str(error)) from error
        try:
            if "failed" in reply:
                raise error_of(from_wire(reply["failed"], Failure))
            return from_wire(reply["result"], known.returns)
        except (CodecError, KeyError) as error:
            raise LibraryError(other_version(self._pid)) from error

    def close(self) -> None:
        """Hang up; twice is fine."""
        with suppress(OSError):
            self._connection.close()


def reach(folder: Path) -> Connection | None:
    """Return a connection to the owner of the library in a folder; None where nobody listens.

    Raises:
        LibraryError: There is one, who runs another version of egosearch.
    """
    address = read_address(folder)
    if address is None:
        return None
    try:
        connection = connect(address)
    except (OSError, ValueError):
        return None  # left behind by a process that was killed
    try:
        connection.settimeout(GREETING_S)
        greet(connection, address)
        connection.settimeout(ANSWER_S)
    except OSError:  # it ended just now, or has too many guests
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return Connection(connection, address)

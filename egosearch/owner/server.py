"""The owner's end: a thread that lets others in, and one for each of them that answers.

Threads and not a process of its own: what an owner does all day lets go of the interpreter (decoding and networks run
in workers, DuckDB and NumPy in C), and a process beside it could open neither catalogue nor vectors. `benchmarks owner`
prints what that costs either side.
"""

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from egosearch.errors import LibraryError
from egosearch.owner import frames
from egosearch.owner.address import Address, listen, withdraw, write_address
from egosearch.owner.codec import CodecError, from_wire, to_wire
from egosearch.owner.failures import Failure, failure_of
from egosearch.owner.handshake import admit, other_version
from egosearch.owner.verbs import Owner, verbs

log = logging.getLogger(__name__)

MOST_GUESTS = 32
"""Connections at a time; who comes then is told to try again."""
GREETING_S = 5.0
MESSAGE_S = 30.0
"""How long a message may take to arrive or to be taken, once it has begun."""
DRAIN_S = 2.0
"""How long `close` waits for answers in progress. Who is cut off opens the library himself and asks that."""


class Server:
    """Answers for a library until it is closed. The folder must be this process's, see `FolderLock`."""

    def __init__(self, owner: Owner, folder: Path) -> None:
        """Listen, and say where in the folder.

        Raises:
            OSError: That cannot be done here.
        """
        self._owner = owner
        self._folder = folder
        self._listener, self._address = listen(folder)
        try:
            write_address(folder, self._address)
        except BaseException:
            self._listener.close()
            withdraw(folder)
            raise
        self._is_closing = False
        self._changing = threading.Lock()
        self._guests: dict[threading.Thread, socket.socket] = {}
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._let_in, name="owner", daemon=True)
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._address

    def close(self) -> None:
        """Stop listening, finish the answers in progress, and part; twice is fine."""
        with self._changing:
            if self._is_closing:
                return
            self._is_closing = True
        try:
            withdraw(self._folder)
        except OSError as error:  # a folder that nobody may write to any more; who comes finds that nobody listens
            log.debug("%s says still that this process owns it (%s)", self._folder, error)
        self._wake.send(b"x")
        self._thread.join()
        for part in (self._listener, self._wake, self._woken):
            part.close()
        with self._changing:
            guests = dict(self._guests)
        for connection in guests.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)  # no more requests; the answer in progress still goes out
        deadline = time.monotonic() + DRAIN_S
        for thread, connection in guests.items():
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
                if thread.is_alive():
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

    def _let_in(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    return
                try:
                    connection, _ = self._listener.accept()
                except OSError as error:  # it was gone at once, or this process has too many files open
                    log.debug("cannot let somebody in", exc_info=error)
                    time.sleep(0.05)
                    continue
                self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._attend, args=(connection,), name="owner guest", daemon=True)
        with self._changing:
            is_full = self._is_closing or len(self._guests) >= MOST_GUESTS
            if not is_full:
                self._guests[thread] = connection
        if is_full:
            connection.close()  # the other end tries again for a while
            return
        try:
            thread.start()
        except RuntimeError:  # no more threads
            self._part(thread, connection)

    def _attend(self, connection: socket.socket) -> None:
        """Let somebody in and answer until he leaves. Whatever he sends, the worst is that he is shown out."""
        try:
            connection.settimeout(GREETING_S)
            admit(connection, self._address)
            while self._waits_for_request(connection):
                request = frames.receive(connection, most_bytes=frames.MAX_REQUEST_BYTES)
                frames.send(connection, reply_to(self._owner, request, self._address.pid))
        except (OSError, LibraryError, frames.FrameError) as error:
            log.debug("somebody was shown out", exc_info=error)
        finally:
            self._part(threading.current_thread(), connection)

    def _waits_for_request(self, connection: socket.socket) -> bool:
        """Wait for as long as it takes, and return whether there is a request: a browser is silent for hours."""
        connection.settimeout(None)
        begins = connection.recv(1, socket.MSG_PEEK)
        connection.settimeout(MESSAGE_S)
        return bool(begins)

    def _part(self, thread: threading.Thread, connection: socket.socket) -> None:
        connection.close()
        with self._changing:
            self._guests.pop(thread, None)


def reply_to(owner: Owner, request: dict[str, Any], pid: int) -> dict[str, Any]:
    """Return the reply to a request: what the verb returns, or the error that it raises."""
    try:
        try:
            verb = verbs()[str(request["verb"])]
            given = request["arguments"]
            if not isinstance(given, dict) or given.keys() != verb.arguments.keys():
                raise CodecError("these are not the verb's arguments")
            arguments = {name: from_wire(given[name], kind) for name, kind in verb.arguments.items()}
        except (CodecError, KeyError, RecursionError) as error:
            raise LibraryError(other_version(pid)) from error
        call: Callable[..., Any] = getattr(owner, str(request["verb"]))
        return {"result": to_wire(call(**arguments), verb.returns)}
    except Exception as error:  # of one request; it is told to who asked, and the others go on
        log.debug("a request failed", exc_info=error)
        return {"failed": to_wire(failure_of(error), Failure)}

"""How front ends open a library: to use it, or to own it."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from egosearch.errors import LibraryLockedError
from egosearch.folders import absolute, default_folder
from egosearch.owner.connection import reach
from egosearch.owner.patience import patiently
from egosearch.owner.shared import SharedLibrary

if TYPE_CHECKING:
    from egosearch.owner.owned import OwnedLibrary

log = logging.getLogger(__name__)


def open_library(folder: Path, *, read_only: bool = False, idle_s: float | None = None) -> SharedLibrary:
    """Open a library to use it: through the process that owns it, else here.

    Args:
        folder: The library's.
        read_only: Whether to open it for reading only where it has no owner.
        idle_s: See `SharedLibrary`.

    Raises:
        LibraryLockedError: Somebody has it who does not answer for it.
        LibraryError: There is none, or it cannot be opened.
    """
    return SharedLibrary(absolute(folder), read_only=read_only, idle_s=idle_s).open()


@contextmanager
def own_library(folder: Path | None, *, insists: bool = True) -> "Iterator[OwnedLibrary]":
    """Open a library for writing, for as long as the `with` lasts, and answer for it meanwhile.

    Args:
        folder: As for `Library.open`, which makes it where it is new.
        insists: Ask an owner that does nothing with it but answer (`egosearch serve`) to let it go.

    Raises:
        LibraryLockedError: Another process has it.
        LibraryError: It cannot be made or opened.
    """
    with patiently(lambda: _open_owned(folder, insists=insists)) as library, answering(library):
        yield library


@contextmanager
def answering(library: "OwnedLibrary") -> Iterator[None]:
    """Answer for a library that this process has open for writing.

    Where that cannot be (a file system without locks), it says so and goes on: others wait until this process ends.
    """
    from egosearch.owner.server import Server
    from egosearch.stores.locking import FolderLock

    with ExitStack() as stack:
        try:
            lock = FolderLock(library.path)
            stack.callback(lock.release)
            server = Server(library, library.path)
            stack.callback(server.close)
        except LibraryLockedError:
            log.warning("%s is answered for already, in this process", library.path)
        except OSError as error:
            log.warning("%s cannot be searched by others until this ends (%s)", library.path, error)
        yield


def _open_owned(folder: Path | None, *, insists: bool) -> "OwnedLibrary":
    from egosearch.owner.owned import OwnedLibrary

    try:
        return cast(OwnedLibrary, OwnedLibrary.open(folder))
    except LibraryLockedError:
        owner = reach(absolute(default_folder() if folder is None else folder)) if insists else None
        if owner is not None:
            with closing(owner), suppress(ConnectionError):  # it may have let go already
                owner.ask("hand_over")
        raise

"""The catalogue's file, written anew: DuckDB leaves the bytes of deleted rows in its blocks, and never fills them.

    catalog.duckdb -> catalog.duckdb.draft -> [looked at] -> in its place

The new file has what the old one shows and nothing else. While it is written and takes the other's place, one of the
two is under the name, whole, and locked: whoever else wants to open it waits. Before and after that, the catalogue is
closed and opened again; who gets in between finds it whole, and is asked to let go. A kill leaves the old one, or the
new one, and perhaps a part of the new one beside it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch import room
from egosearch.catalog import Catalog
from egosearch.catalog.connection import CONFIG, connect, explained
from egosearch.errors import LibraryLockedError
from egosearch.owner.insisting import insistently

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DRAFT = ".draft"
"""Ends the name of the new file while it is written."""


def rewrite(catalog: Catalog, look: Callable[[], None]) -> None:
    """Write an open catalogue's file anew; it is open again afterwards.

    Nobody else in this process may read it meanwhile. Takes as much of the disk again as its rows do.

    Args:
        catalog: Open for writing.
        look: Called when the new file lies beside the old one, which keeps its place where this raises.

    Raises:
        CatalogError: It cannot be written.
        LibraryError: The disk has no room.
        LibraryLockedError: Somebody else has it open now; nothing was changed, or all of it.
    """
    path, shared = catalog.path, catalog._shared
    room.require(path.parent, path.stat().st_size)
    with shared.writing:
        shared.connection.close()
        try:
            with explained(path), _open_freely(path) as connection:
                _rewrite(connection, path, look)
        finally:
            remove_leftovers(path)
            shared.connection = insistently(path.parent, lambda: connect(path, read_only=False))


def remove_leftovers(path: Path) -> None:
    """Remove what an attempt at the catalogue at `path` has left."""
    for leftover in path.parent.glob(f"{path.name}{DRAFT}*"):
        leftover.unlink()


def _rewrite(connection: "DuckDBPyConnection", path: Path, look: Callable[[], None]) -> None:
    new = path.with_name(f"{path.name}{DRAFT}")
    remove_leftovers(path)
    connection.execute(f"ATTACH {_text(new)} AS new (BLOCK_SIZE {CONFIG['default_block_size']})")
    (name,) = connection.execute("SELECT current_database()").fetchall()[0]
    connection.execute(f"COPY FROM DATABASE {_name(name)} TO new")
    connection.execute("DETACH new")
    new.chmod(path.stat().st_mode)
    _sync(new)
    look()
    # Locked before it has the name, so that nobody takes the old one meanwhile and writes to it in vain.
    connection.execute(f"ATTACH {_text(new)} AS new")
    connection.execute("CHECKPOINT")  # leaves no log beside the old file, which would be taken for the new one's
    new.replace(path)
    if hasattr(os, "O_DIRECTORY"):  # not on Windows, which has no way to ask for it
        _sync(path.parent)


@contextmanager
def _open_freely(path: Path) -> "Iterator[DuckDBPyConnection]":
    """Open a catalogue so that it can be copied: as it is opened otherwise, DuckDB may touch no other file.

    Raises:
        LibraryLockedError: Somebody else has it open.
    """
    import duckdb

    def attempt() -> "DuckDBPyConnection":
        try:
            return duckdb.connect(path, config={**CONFIG, "enable_external_access": "true"})
        except duckdb.Error as error:  # it was open a moment ago, so that it can be opened
            raise LibraryLockedError(
                f"{path} was opened by somebody else just now; run `egosearch forget` again, which goes on"
            ) from error

    with insistently(path.parent, attempt) as connection:
        yield connection


def _sync(path: Path) -> None:
    """Make a file or a folder durable. Not one that DuckDB has open: its lock goes with the first handle closed."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _text(path: Path) -> str:
    """Return a path as a string of SQL: ATTACH takes no parameters."""
    return "'" + str(path).replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""Open a catalogue with today's tables. One of an earlier version is brought up to date, and kept as it was beside it.

    catalog.duckdb -> checkpoint -> catalog.duckdb.before-8 -> migrations 6, 7 and 8, each in a transaction

A kill in between leaves a catalogue that the next opening brings further. The copy is a catalogue that the version of
egosearch before reads: put in its place, it is as if nothing had happened since.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch import room
from egosearch.catalog.connection import connect, explained
from egosearch.errors import CatalogError, LibraryLockedError
from egosearch.logs import journal, keeping
from egosearch.migrations import MIGRATIONS, applied_version, check_not_newer, is_current, migrate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BEFORE = ".before-"
"""Ends the name of a copy, with the number of the version that it was made for going over to."""


def open_current(path: Path, *, read_only: bool) -> "DuckDBPyConnection":
    """Open `path` with today's tables, making it unless `read_only`.

    An older catalogue is brought up to date first, for reading only too: that asks for permission to write, once.

    Raises:
        LibraryLockedError: Another process has it open for writing.
        CatalogError: It is missing, damaged, newer than this egosearch, or older and may not be written.
    """
    connection = connect(path, read_only=read_only)
    try:
        if is_current(connection):
            pass
        elif not read_only and not applied_version(connection):
            with explained(path):
                migrate(connection)  # as it is: whoever got in between would keep its maker out
        else:
            connection.close()
            connection = _brought_up_to_date(path)
            if read_only:
                connection.close()
                connection = connect(path, read_only=True)
    except BaseException:
        connection.close()
        raise
    return connection


def copy_of(path: Path) -> Path:
    """Return where a catalogue is kept as it was before it came to today's version."""
    return path.with_name(f"{path.name}{BEFORE}{MIGRATIONS[-1].number}")


def _brought_up_to_date(path: Path) -> "DuckDBPyConnection":
    """Return a catalogue open for writing, with all of today's migrations applied."""
    connection = connect(path, read_only=False)
    with explained(path), keeping(path.parent):
        try:
            applied = applied_version(connection)
            check_not_newer(applied)
            if applied:
                connection.execute("CHECKPOINT")  # nothing is left in the log beside the file
                connection.close()
                connection = _kept(path, applied)
                journal.info("%s goes from version %d to %d", path, applied, MIGRATIONS[-1].number)
            migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _kept(path: Path, version: int) -> "DuckDBPyConnection":
    """Copy a catalogue of some version that nobody has open, and return it open for writing.

    It is closed meanwhile: DuckDB's lock would go with the first other handle of this process that is closed.
    """
    kept = copy_of(path)
    before = path.stat()
    if not _is_older(kept, version):
        _copy(path, kept)
    connection = connect(path, read_only=False)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        connection.close()
        raise LibraryLockedError(f"{path} was written by another process just now; try again")
    for other in path.parent.glob(f"{path.name}{BEFORE}*"):
        if other != kept:
            other.unlink()
    return connection


def _is_older(kept: Path, version: int) -> bool:
    """Whether an interrupted attempt has kept the catalogue already, in an earlier version than it has now."""
    if not kept.exists():
        return False
    try:
        with connect(kept, read_only=True) as connection:
            return applied_version(connection) < version
    except CatalogError:
        return False


def _copy(path: Path, kept: Path) -> None:
    """Copy a file for its owner alone, durably, whole or not at all."""
    draft = kept.with_name(f"{kept.name}.draft")
    try:
        room.require(path.parent, path.stat().st_size)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with path.open("rb") as source, open(handle, "wb") as target:  # noqa: PTH123 - takes the descriptor
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(kept)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CatalogError(
            f"{path} is of an earlier version and cannot be kept as it was before it is changed ({error});"
            f" {room.remedy(error)}"
        ) from error
    journal.info("%s is kept as it was in %s", path, kept.name)

"""Open a DuckDB file, and say in one sentence why it cannot be opened."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.errors import CatalogError, LibraryLockedError
from egosearch.migrations import is_current, migrate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # nothing is ever downloaded without being asked for
    "python_enable_replacements": "false",  # a table that is missing is an error, not a Python variable of that name
    # 16 KiB is the smallest block: an hour of footage takes 0.7 MB, and with blocks of 256 KiB 2.9 MB.
    "default_block_size": "16384",
    # It would take four fifths of the machine's memory; what does not fit is read again.
    "memory_limit": "256MB",
}


def open_current(path: Path, *, read_only: bool) -> "DuckDBPyConnection":
    """Open `path` with today's tables, making it unless `read_only`.

    An older catalogue is brought up to date first, for reading only too: that asks for permission to write, once.

    Raises:
        LibraryLockedError: Another process has it open for writing.
        CatalogError: It is missing, damaged, newer than this egosearch, or older and may not be written.
    """
    connection = connect(path, read_only=read_only)
    try:
        if not read_only:
            migrate(connection)
        elif not is_current(connection):
            connection.close()
            with connect(path, read_only=False) as writable:
                migrate(writable)
            connection = connect(path, read_only=True)
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path, *, read_only: bool) -> "DuckDBPyConnection":
    """Open `path`, making it unless `read_only`.

    Raises:
        LibraryLockedError: Another process has it open for writing.
        CatalogError: It is missing, damaged, or written by a newer DuckDB.
    """
    import duckdb

    if read_only and not path.exists():
        raise CatalogError(f"{path} does not exist; index something into this library first")
    try:
        return duckdb.connect(path, read_only=read_only, config=CONFIG)
    except duckdb.ConnectionException as error:  # this process has it open in the other mode
        raise LibraryLockedError(f"{path} is open already in this process; close it first") from error
    except duckdb.IOException as error:
        raise _explained(path, error) from error
    except duckdb.Error as error:
        raise _damaged(path, error) from error


def _explained(path: Path, error: Exception) -> CatalogError | LibraryLockedError:
    text = str(error)
    if "lock" in text.lower():
        holder = re.search(r"PID (\d+)", text)
        who = f"process {holder[1]}" if holder else "another process"
        return LibraryLockedError(
            f"{path} is in use by {who}, perhaps an indexing run or a browser on this library;"
            " wait until it ends, or end it"
        )
    if isinstance(error, PermissionError) or "permission denied" in text.lower():
        return CatalogError(f"{path} cannot be opened, because permission was denied; check who owns it")
    return _damaged(path, error)


def _damaged(path: Path, error: Exception) -> CatalogError:
    reason = str(error).splitlines()[0].rstrip(".")
    return CatalogError(
        f"{path} cannot be read as a catalogue ({reason}); restore it from a backup, or move it away and index again"
    )

"""Open a DuckDB file, and say in one sentence why it cannot be opened, read or written."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch import room
from egosearch.errors import CatalogError, LibraryLockedError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # nothing is ever downloaded without being asked for
    "autoload_known_extensions": "false",  # nor run because somebody else has downloaded it
    # Whatever SQL it is given, DuckDB opens no other file than this one and asks no other machine (no ATTACH, COPY,
    # read_csv). What does not fit into memory still goes to disk beside it.
    "enable_external_access": "false",
    "lock_configuration": "true",  # which SQL cannot undo
    "python_enable_replacements": "false",  # a table that is missing is an error, not a Python variable of that name
    # 16 KiB is the smallest block: an hour of footage takes 0.7 MB, and with blocks of 256 KiB 2.9 MB.
    "default_block_size": "16384",
    # It would take four fifths of the machine's memory; what does not fit is read again.
    "memory_limit": "256MB",
}


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
        if "file handle conflict" in str(error):  # so has another thread, which has just opened or closed it
            raise LibraryLockedError(f"{path} is open already in this process; close it first") from error
        raise _damaged(path, error) from error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the disk does to an open catalogue into one sentence; mistakes in statements pass as they are.

    Raises:
        CatalogError: The file cannot be read or written; a transaction that was not committed is undone.
    """
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        if obstacle := room.obstacle(str(error)):
            raise CatalogError(f"{path} cannot be written, because {obstacle}") from error
        raise CatalogError(
            f"{path} cannot be read or written ({_reason(error)}); check the disk and run the same command again"
        ) from error


def _explained(path: Path, error: Exception) -> CatalogError | LibraryLockedError:
    text = str(error)
    if re.search(r"\block\b", text, re.IGNORECASE):  # a block that cannot be read is something else
        holder = re.search(r"PID (\d+)", text)
        who = f"process {holder[1]}" if holder else "another process"
        return LibraryLockedError(
            f"{path} is in use by {who}, perhaps an indexing run or a browser on this library;"
            " wait until it ends, or end it"
        )
    if isinstance(error, PermissionError) or "permission denied" in text.lower():
        return CatalogError(f"{path} cannot be opened, because permission was denied; check who owns it")
    if obstacle := room.obstacle(text):
        return CatalogError(f"{path} cannot be written, because {obstacle}")
    return _damaged(path, error)


def _damaged(path: Path, error: Exception) -> CatalogError:
    return CatalogError(
        f"{path} cannot be read as a catalogue ({_reason(error)}); restore it from a backup, or move it away and index"
        " again"
    )


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")

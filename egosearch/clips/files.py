"""New files for the user: whole or not there at all, for their owner's eyes, and never in place of another unasked."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from egosearch.errors import MediaError, QueryError


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[Path]:
    """Give another path in the same folder to write to; at the end that file gets its name. After an error it is gone.

    Raises:
        QueryError: There is a file of that name already, or no such folder.
    """
    check_new(path, replace=replace)
    # The ending stays the last: it says what is written.
    partial = path.with_name(f".{secrets.token_hex(4)}.part{path.suffix}")
    try:
        partial.touch(mode=0o600, exist_ok=False)  # recordings are private, and so is what is cut out of them
    except OSError as error:
        raise QueryError(f"{path} cannot be written ({error.strerror}); name another folder") from error
    try:
        yield partial
        check_new(path, replace=replace)  # it may have come meanwhile
        partial.replace(path)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, MediaError) and error.path == partial:
            raise MediaError(path, error.reason, error.remedy) from error
        raise


def check_new(path: Path, *, replace: bool) -> None:
    """Refuse a path that cannot become a new file.

    Raises:
        QueryError: There is a file of that name already, or no such folder.
    """
    if path.is_dir():
        raise QueryError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise QueryError(f"there is no folder {path.parent}; make it, or name another")
    if not replace and os.path.lexists(path):
        raise QueryError(f"{path} is there already; name another, or add --force to replace it")

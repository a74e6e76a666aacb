"""Whose a library is: one user's, as a private key is to ssh.

What is in the folder is believed: where the vectors are, which encoders to load, what was said and when. So a library
that somebody else owns is not opened, and one that others could write to is closed to them.
"""

import logging
import os
import stat
from pathlib import Path

from egosearch.errors import LibraryError

log = logging.getLogger(__name__)

PRIVATE_MASK = 0o077
"""Bits that files and folders are made without: everything for the user, nothing for anybody else."""
ROOT = 0


def keep_private() -> None:
    """Let this process, and those that it starts, make files and folders for their user alone.

    DuckDB and Qdrant make files of their own: the process's mask is all that they heed. For a program that is ours, as
    a library must not set the mask of whoever imports it.
    """
    os.umask(PRIVATE_MASK | os.umask(PRIVATE_MASK))


def check_ownership(folder: Path) -> None:
    """Refuse a library that is somebody else's; take from others the right to write to this user's.

    Root may open any, as containers do with folders of their host, and anybody one of root's, who needs no library to
    do harm.

    Raises:
        LibraryError: It belongs to another user.
    """
    if not hasattr(os, "geteuid"):  # Windows: folders of a user are private by the rights that they inherit
        return
    status, user = folder.stat(), os.geteuid()
    if status.st_uid not in (user, ROOT) and user != ROOT:
        raise LibraryError(
            f"{folder} belongs to another user ({_name_of(status.st_uid)}), who can put anything into it;"
            " copy it to a folder of your own, and open that"
        )
    mode = stat.S_IMODE(status.st_mode)
    if not mode & (stat.S_IWGRP | stat.S_IWOTH):
        return
    try:
        folder.chmod(mode & ~(stat.S_IWGRP | stat.S_IWOTH))
    except OSError:  # root's, or a disk that may only be read
        log.warning("%s can be written to by other users; `chmod go-w` as its owner ends that", folder)
        return
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        log.debug(
            "%s is on a disk without permissions", folder
        )  # exFAT, a drive of Windows: every command would say it
    else:
        log.warning(
            "%s could be written to by other users, and no longer can; where you do not trust them, index into a new"
            " folder",
            folder,
        )


def _name_of(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # of another machine, or of a container
        return f"number {user}"

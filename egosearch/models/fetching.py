"""One file from the hub: taken up where it was left, tried again when the line is cut, verified at the end."""

import hashlib
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from egosearch.models.types import RemoteFile
from egosearch.models.web import WebErrors, ask, explained, is_passing
from indexers.errors import EncoderError

BLOCK_BYTES = 1 << 18
WAITS_S = (1.0, 2.0, 4.0, 8.0)
"""Before each new try that the last one brought nothing for. After a byte they begin again: the line works."""


def fetch(file: RemoteFile, part: Path, *, on_bytes: Callable[[int], None]) -> None:
    """Bring a file here, whole and verified.

    Args:
        file: What to fetch.
        part: Where to; what an earlier run left there is kept and the rest added. Whatever happens, it stays for the
            next run, unless its content turns out to be wrong.
        on_bytes: Called with how much is there, again and again.

    Raises:
        EncoderError: It cannot be had, or what came is not what was promised.
        OSError: It cannot be written: the disk is full, for one.
    """
    tries = 0
    while (had := _size(part)) < file.size_bytes:
        try:
            _add(file, part, had, on_bytes)
        except _LineError as error:
            if not is_passing(error.cause):
                raise explained(error.cause, file.url, _what(file)) from error.cause
        tries = 0 if _size(part) > had else tries + 1
        if _size(part) < file.size_bytes and tries:
            if tries > len(WAITS_S):
                cut = ConnectionError("the connection was cut again and again")
                raise explained(cut, file.url, _what(file))
            time.sleep(WAITS_S[tries - 1])
    _verify(file, part)


class _LineError(Exception):
    """Reading from the hub failed, as opposed to writing here: both are OSErrors."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _add(file: RemoteFile, part: Path, had: int, on_bytes: Callable[[int], None]) -> None:
    """Add to a part until the file is whole or the line is cut."""
    try:
        answer = ask(file.url, first_byte=had)
    except WebErrors as error:
        raise _LineError(error) from error
    with answer:
        is_continued = answer.status == HTTPStatus.PARTIAL_CONTENT
        with part.open("ab" if is_continued else "wb") as out:  # a server may send everything, whatever it was asked
            done = had if is_continued else 0
            on_bytes(done)
            while done < file.size_bytes:
                try:
                    block = answer.read(min(BLOCK_BYTES, file.size_bytes - done))
                except WebErrors as error:
                    raise _LineError(error) from error
                if not block:
                    return
                out.write(block)
                done += len(block)
                on_bytes(done)


def _verify(file: RemoteFile, part: Path) -> None:
    """Compare with what the hub promised: the content's checksum, or git's where it is the only one.

    Raises:
        EncoderError: It differs; the part is gone, since going on from it would never do.
    """
    if file.sha256 is not None:
        wanted, digest = file.sha256, hashlib.sha256()
    elif file.git_sha1 is not None:
        wanted, digest = file.git_sha1, hashlib.sha1(usedforsecurity=False)
        digest.update(b"blob %d\0" % file.size_bytes)
    else:
        return
    with part.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    if digest.hexdigest() != wanted:
        part.unlink()
        raise EncoderError(
            f"{_what(file)} came damaged (its checksum is {digest.hexdigest()[:12]}, not {wanted[:12]}) and is thrown"
            " away; pull it again"
        )


def _what(file: RemoteFile) -> str:
    return f"{file.name} of {file.repo}"


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0

"""Fetching a model: what is to be fetched, then all of it, then into place. The only download there is.

Whatever stops it, no encoder ever finds half a model: files are fetched into `incoming`, and only when the last of
them is there and verified are they moved to where encoders look. What was fetched stays for the next run.
"""

import errno
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from egosearch.models.fetching import fetch
from egosearch.models.hub import Repository, look_up
from egosearch.models.receipts import write_receipt
from egosearch.models.types import Order, OrderedFile, PullProgress
from indexers.encoders.digests import file_digest
from indexers.encoders.model_folder import hub_folder, models_folder
from indexers.encoders.published import HubFiles, published_files, without_options
from indexers.errors import EncoderError

INCOMING = "incoming"
SPARE_BYTES = 50_000_000
"""Left free: a disk that is full to the last byte breaks other programs."""


def order(name: str) -> Order:
    """Ask what a model is made of, how large it is and under which licence it comes.

    Args:
        name: As an encoder is named on the command line.

    Raises:
        EncoderError: There is no such model, its package is not installed, or the hub cannot be asked.
    """
    wanted = published_files(name)
    known = {one.repo: look_up(one.repo) for one in wanted}
    weights = known[wanted[0].repo]
    return Order(
        name=without_options(name),
        licence=weights.licence,
        source=f"{weights.repo}@{weights.commit[:12]}",
        files=tuple(file for one in wanted for file in _files(one, known[one.repo])),
        references=tuple(known[one.repo].reference(hub_folder()) for one in wanted if one.folder is None),
    )


def _files(wanted: HubFiles, repository: Repository) -> list[OrderedFile]:
    needed = [repository.first_of(names) for names in wanted.needed]
    welcome = [file for file in repository.matching(wanted.welcome) if file not in needed]
    found = []
    for file in (*needed, *welcome):
        target = (
            repository.cached(hub_folder(), file.name)
            if wanted.folder is None
            else models_folder() / wanted.folder / file.name
        )
        found.append(OrderedFile(file, target))
    return found


def pull(ordered: Order, *, on_progress: Callable[[PullProgress], None] = lambda _: None) -> None:
    """Fetch what is missing of a model, and put it in place.

    Raises:
        EncoderError: It cannot be had, another process fetches too, or there is no room for it.
    """
    from egosearch.errors import LibraryLockedError
    from egosearch.stores.locking import FolderLock

    incoming = models_folder() / INCOMING
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        try:
            lock = FolderLock(incoming)
        except LibraryLockedError as error:
            raise EncoderError("another process is pulling a model; wait until it is done") from error
        try:
            _fetch_all(ordered, incoming, on_progress)
            _put_in_place(ordered, incoming)
        finally:
            lock.release()
    except OSError as error:
        raise _unwritable(error) from error


def _fetch_all(ordered: Order, incoming: Path, on_progress: Callable[[PullProgress], None]) -> None:
    parts = [(file.remote, incoming / file.remote.key) for file in ordered.missing]
    total = sum(remote.size_bytes for remote, _ in parts)
    _need_room(total - sum(part.stat().st_size for _, part in parts if part.exists()), incoming)
    before = 0
    for remote, part in parts:
        show = partial(_show, on_progress, remote.name, before, total)
        fetch(remote, part, on_bytes=show)
        before += remote.size_bytes


def _show(on_progress: Callable[[PullProgress], None], name: str, before: int, total: int, done: int) -> None:
    on_progress(PullProgress(name, before + done, total))


def _put_in_place(ordered: Order, incoming: Path) -> None:
    # The weights last: what encoders look for first is what they find only when the rest is there.
    for file in reversed(ordered.missing):
        file.target.parent.mkdir(parents=True, exist_ok=True)
        (incoming / file.remote.key).replace(file.target)
    for path, content in ordered.references:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="ascii")
    write_receipt(ordered)
    file_digest(ordered.files[0].target)  # remembered: a gigabyte takes a second, and whoever asks first would wait


def _need_room(needed_bytes: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed_bytes + SPARE_BYTES > free:
        needed, there = (f"{value / 1e6:,.0f} MB" for value in (needed_bytes, free))
        raise EncoderError(
            f"{needed} are to be fetched to {folder.parent}, and {there} are free; free some, or set EGOSEARCH_MODELS"
            " to a folder with more room"
        )


def _unwritable(error: OSError) -> EncoderError:
    folder = models_folder()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EncoderError(f"the disk of {folder} is full; free some and pull again, which goes on from here")
    return EncoderError(
        f"models cannot be put into {folder} ({error.strerror or error}); set EGOSEARCH_MODELS to a folder of yours"
    )

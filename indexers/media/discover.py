"""Find the media files that the user means: files named outright, and folders searched for known extensions."""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from indexers.errors import MediaError

log = logging.getLogger(__name__)

VIDEO_EXTENSIONS = frozenset(
    re.split(" ", "mp4 m4v mov qt mkv webm avi 3gp 3g2 ts mts m2ts mpg mpeg wmv flv ogv mxf insv 360")
)
SOUND_EXTENSIONS = frozenset(
    re.split(" ", "wav flac mp3 m4a m4b aac ogg oga opus wma aif aiff aifc caf mka amr w64 ac3")
)
EXTENSIONS = VIDEO_EXTENSIONS | SOUND_EXTENSIONS
"""Looked for in folders, in any case. Not among them: `.lrv` and `.thm`, which GoPro cameras write beside every
recording; they are a small copy and a thumbnail of it, and would be found as if they were recordings of their own."""

PROXY_PREFIX = "LRV_"
"""Insta360 gives its small copies the extension of recordings and tells them apart by this."""


def discover(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield media files, each once, in the order of `paths` and then in natural order (`GX2` before `GX10`).

    A file is yielded whatever its extension. A folder is searched with the folders in it; hidden files and folders
    are left out, and so are links that lead out of the folder named, or to where the search has been already.

    Args:
        paths: Files and folders.

    Raises:
        MediaError: If a path does not exist or a folder named cannot be read. Folders inside that cannot be read
            are logged and left out.
    """
    seen: set[Path] = set()
    for path in paths:
        for file, real in _files(path):
            if real not in seen:
                seen.add(real)
                yield file


def natural_key(name: str) -> list[tuple[bool, int, str]]:
    """Return a sort key under which numbers inside names count as numbers, and case does not matter."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", name.casefold())
    return [(not digits, int(digits or 0), digits or text) for digits, text in parts]


def _files(path: Path) -> Iterator[tuple[Path, Path]]:
    """Yield files, and where each really is."""
    if path.is_dir():
        try:
            entries = _entries(path)
        except OSError as error:
            reason = f"the folder cannot be read ({error.strerror})"
            raise MediaError(path, reason, "give yourself permission to read it") from error
        yield from _search(entries, path.resolve())
    elif path.exists():
        yield path, path.resolve()
    else:
        raise MediaError(path, "there is no such file or folder", "check the path")


def _entries(folder: Path) -> list[Path]:
    names = (name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208 - names are sorted, not paths
    return [folder / name for name in sorted(names, key=natural_key)]


def _search(entries: list[Path], root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the recordings among the entries of a folder and of the folders in it, however deep they lie."""
    visited = {root}
    levels = [(root, iter(entries))]
    while levels:
        folder, rest = levels[-1]
        entry = next(rest, None)
        if entry is None:
            levels.pop()
            continue
        try:
            real = entry.resolve() if entry.is_symlink() else folder / entry.name
            if not real.is_relative_to(root):
                continue
            if not entry.is_dir():
                if entry.is_file() and _is_media(entry.name):
                    yield entry, real
            elif real not in visited:
                visited.add(real)
                levels.append((real, iter(_entries(entry))))
        except OSError as error:
            log.warning("%s: it cannot be looked at (%s); left out", entry, error.strerror)


def _is_media(name: str) -> bool:
    return Path(name).suffix[1:].lower() in EXTENSIONS and not name.startswith(PROXY_PREFIX)

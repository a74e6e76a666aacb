"""What lies around the catalogue: the recordings' files, what runs have left, and who may read all that."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from egosearch.catalog import CatalogedRecording, FileStamp
from egosearch.indexing.survey import stamp_of
from egosearch.integrity.problems import Checked, Problem
from egosearch.integrity.types import Finding, Kind
from egosearch.stores import VectorStore
from indexers.errors import MediaError
from indexers.media import fingerprint

LEFTOVERS = (
    "*.draft",
    "vectors/.new-*",
    "vectors/.dropped-*",
    "vectors/*/temp_segments",
    "vectors/*/*.draft",
    "scan/*.partial",
    "compared/*/*.partial",
)
"""What is written aside before it takes its name, by pattern."""
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_recordings(library: Checked) -> Iterator[Problem]:
    """Yield the recordings whose files are gone or have other content, and failures of files that are gone."""
    for known in library.catalog.recordings():
        if (finding := _finding_of(known, deep=library.deep)) is not None:
            yield Problem(finding)
    for failure in library.catalog.failures():
        if not failure.path.exists():

            def clear(_: VectorStore, path: Path = failure.path) -> tuple[()]:
                library.catalog.clear_failure(path)
                return ()

            remedy = "`egosearch verify --repair` forgets it; the file is tried again when it is back"
            yield Problem(Finding(Kind.GONE_FAILURE, str(failure.path), 1, remedy), clear)


def check_leftovers(library: Checked) -> Iterator[Problem]:
    """Yield what a kill has left unfinished. To be asked before the store is opened, which sweeps its own."""
    for pattern in LEFTOVERS:
        for path in sorted(library.paths.folder.glob(pattern)):

            def remove(_: VectorStore, path: Path = path) -> tuple[()]:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
                return ()

            yield Problem(Finding(Kind.LEFTOVER, str(path), 1, "`egosearch verify --repair` deletes it"), remove)


def check_privacy(library: Checked) -> Iterator[Problem]:
    """Yield that other people of this machine may read the library.

    Files in a folder that is closed to them are closed to them too, whatever their own permissions say.
    """
    folder = library.paths.folder
    opened = _open_to_others(folder)
    if opened:

        def close(_: VectorStore) -> tuple[()]:
            for path in opened:
                path.chmod(path.stat().st_mode & ~FOR_OTHERS)
            return ()

        remedy = "`egosearch verify --repair` closes them"
        yield Problem(Finding(Kind.OPEN_TO_OTHERS, str(folder), len(opened), remedy), close)


def check_old_copies(library: Checked) -> Iterator[Problem]:
    """Yield the places that still have the vectors of before they were moved."""
    for place in library.config.old_copies:
        to = library.config.qdrant_url or "local"
        about = str(library.paths.vectors) if place == "local" else place
        remedy = f"`egosearch migrate --to {to} --remove-old` removes it, once it is not wanted any more"
        yield Problem(Finding(Kind.OLD_COPY, about, 1, remedy))


def _finding_of(known: CatalogedRecording, *, deep: bool) -> Finding | None:
    recording = known.recording
    back = "bring it back, index it where it is now, or give it up with `egosearch remove`"
    try:
        if FileStamp.of(recording.path) == stamp_of(known) and not deep:
            return None
        if fingerprint(recording.path) == recording.recording_id:
            return None
    except FileNotFoundError:
        return Finding(Kind.MISSING_FILE, str(recording.path), 1, back)
    except (OSError, MediaError) as error:
        reason = error.reason if isinstance(error, MediaError) else error.strerror
        return Finding(Kind.MISSING_FILE, f"{recording.path} (it cannot be read: {reason})", 1, back)
    remedy = f"`egosearch index {recording.path}` takes it as it is now, in place of what was there"
    return Finding(Kind.CHANGED_FILE, str(recording.path), 1, remedy)


def _open_to_others(folder: Path) -> list[Path]:
    """Return the folder and what is in it that others may read or enter; nothing where they do not get in."""
    if os.name == "nt" or not folder.stat().st_mode & FOR_OTHERS:
        return []
    found = [folder]
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            found += _open_to_others(path)
        elif path.lstat().st_mode & FOR_OTHERS and not path.is_symlink():
            found.append(path)
    return found

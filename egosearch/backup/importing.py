"""An archive to a library: received and built beside its place, and put there when all of it fits."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.backup import manifest as manifests
from egosearch.backup.archive import receive
from egosearch.backup.arrays import read_arrays
from egosearch.backup.errors import ArchiveError, refuse
from egosearch.backup.manifest import Manifest
from egosearch.backup.types import BackupReport
from egosearch.catalog import Catalog
from egosearch.catalog.connection import connect
from egosearch.catalog.copies import ROWS_AT_ONCE, columns_by_table, insert_lines
from egosearch.config import PRIVATE, Config, LibraryPaths, read_config, write_config
from egosearch.errors import EgosearchError, LibraryError
from egosearch.folders import absolute
from egosearch.migrations import MIGRATIONS, migrate
from egosearch.stores import EmbeddedStore
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_LINE_BYTES = 16 << 20
"""Of one row: the longest are ten minutes of sound levels, 40 kB."""
MAX_SETTINGS_BYTES = 1 << 20
LINES_BYTES = 16 << 20
"""Of the rows that are written at a time."""
WRITTEN_AT_ONCE = 5_000
"""Windows given to the store at a time, as in `egosearch.moving`."""
RECORDING_ID = r"[0-9a-f]{32}"


def import_library(source: Path, folder: Path) -> BackupReport:
    """Make a library from what `export` wrote.

    It gets an id of its own, and has its vectors in its own folder: the one that it is a copy of may go on living.

    Args:
        source: The file or the folder.
        folder: Of the library; not there yet, or empty.

    Raises:
        ArchiveError: It is damaged, cut off, no export, or written by a newer egosearch. Nothing is left behind.
        LibraryError: There is something in the folder, or it cannot be made.
    """
    source, folder = absolute(source), absolute(folder)
    if not source.exists():
        raise LibraryError(f"{source} is not there; name what `egosearch export` wrote")
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise LibraryError(f"{folder} is there already and not empty; name a new folder with `--library`")
    draft = folder.with_name(f".{folder.name}.importing")
    shutil.rmtree(draft, ignore_errors=True)  # of an import that was killed
    try:
        draft.mkdir(mode=PRIVATE, parents=True)
        (draft / "parts").mkdir()
        manifest = receive(source, draft / "parts")
        paths = LibraryPaths(draft / "library")
        paths.folder.mkdir(mode=PRIVATE)
        _build(manifest, draft / "parts", paths)
        (draft / "library").rename(folder)
    except ArchiveError as error:
        raise ArchiveError(f"{source} cannot be imported, because {error}") from error
    except OSError as error:
        raise LibraryError(
            f"{source} cannot be imported into {folder} ({error.strerror or error}); name a folder that you may write"
            " to, on a disk with room"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    size_bytes = source.stat().st_size if source.is_file() else manifest.size_bytes
    return BackupReport(folder, manifest.recordings, manifest.vectors, manifest.missing, size_bytes)


def _build(manifest: Manifest, parts: Path, paths: LibraryPaths) -> None:
    newest = MIGRATIONS[-1].number
    if not 1 <= manifest.catalogue <= newest:
        raise refuse(
            f"its catalogue has version {manifest.catalogue} and this egosearch knows {newest} at most",
            "upgrade egosearch",
        )
    _write_settings(parts / manifests.SETTINGS, paths.config)
    _write_tables(manifest, parts / "catalogue", paths.catalog)
    try:
        with Catalog.open(paths.catalog) as catalog:  # brings an older one up to date
            spaces, held = catalog.spaces(), catalog.recordings()
    except (EgosearchError, ValueError, TypeError) as error:
        raise refuse(f"its tables do not make a catalogue ({error})") from error
    if len(held) != manifest.recordings:
        raise refuse(f"it has {len(held)} recordings, and its {manifests.NAME} says {manifest.recordings}")
    vectors = _write_vectors(parts / "vectors", spaces, paths.vectors)
    if vectors != manifest.vectors:
        raise refuse(f"it has {vectors} vectors, and its {manifests.NAME} says {manifest.vectors}")


def _write_settings(part: Path, target: Path) -> None:
    if not part.is_file() or part.stat().st_size > MAX_SETTINGS_BYTES:
        raise refuse(f"its {manifests.SETTINGS} is missing, or larger than any")
    try:
        config = read_config(part)
    except LibraryError as error:
        raise refuse(f"its settings cannot be taken ({error})") from error
    write_config(target, replace(config, library_id=Config().library_id, qdrant_url=None, old_copies=()))


def _write_tables(manifest: Manifest, parts: Path, target: Path) -> None:
    import duckdb

    with connect(target, read_only=False) as connection:
        migrate(connection, MIGRATIONS[: manifest.catalogue])
        tables = set(columns_by_table(connection))
        found = {path.stem for path in parts.iterdir()} if parts.is_dir() else set[str]()
        if found != tables:
            odd = ", ".join(sorted(found ^ tables))
            raise refuse(f"its tables are not those of version {manifest.catalogue} ({odd})")
        try:
            for table in sorted(tables):
                insert_lines(connection, table, _lines(parts / f"{table}.jsonl"))
            _check_ids(connection)
        except (duckdb.Error, UnicodeError) as error:
            reason = str(error).splitlines()[0][:200]
            raise refuse(f"a row of its table {table} cannot be taken ({reason})") from error


def _lines(path: Path) -> Iterator[list[str]]:
    """Yield the lines of a file, some at a time."""
    lines, size = list[str](), 0
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES):
            if not line.endswith(b"\n"):
                raise refuse(f"a line of its table {path.stem} has no end")
            lines.append(line.decode("utf-8"))
            size += len(line)
            if size >= LINES_BYTES or len(lines) >= ROWS_AT_ONCE:
                yield lines
                lines, size = [], 0
    if lines:
        yield lines


def _check_ids(connection: "DuckDBPyConnection") -> None:
    """Refuse ids that are none: those of spaces name folders."""
    odd = connection.execute(
        "SELECT recording_id FROM recordings WHERE NOT regexp_full_match(recording_id, ?)", [RECORDING_ID]
    ).fetchone()
    if odd is not None:
        raise refuse(f"{str(odd[0])[:40]!r} is no id of a recording")


def _write_vectors(parts: Path, spaces: list[EmbeddingSpace], target: Path) -> int:
    known = {space.id: space for space in spaces}
    count = 0
    with EmbeddedStore(target) as store:
        for folder in sorted(parts.glob("*/*")):
            space = known.get(folder.parent.name)
            if space is None:
                raise refuse(f"it has vectors of the space {folder.parent.name}, which its catalogue does not know")
            for rows in read_arrays(folder, space, WRITTEN_AT_ONCE):
                store.upsert(space, rows)
                count += len(rows)
            store.flush()
        store.compact()
    return count

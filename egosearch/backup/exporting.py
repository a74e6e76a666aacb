"""A library to an archive: parts into a folder beside the target, a manifest of them, then the target's name."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from egosearch.backup import manifest as manifests
from egosearch.backup.archive import COMPRESSED, PLAIN, digest_of, pack
from egosearch.backup.arrays import write_arrays
from egosearch.backup.manifest import Manifest, Part
from egosearch.backup.types import BackupReport
from egosearch.catalog import Catalog
from egosearch.catalog.copies import Snapshot
from egosearch.config import PRIVATE, Config, write_config
from egosearch.errors import LibraryError
from egosearch.stores import VectorStore, WindowRows
from indexers.types import EmbeddingSpace

WINDOWS_AT_ONCE = 50_000
"""In one part, and so in memory: at 512 numbers each, 50 MB in half precision, and the double while it is written."""


def export(catalog: Catalog, store: VectorStore, config: Config, library: Path, target: Path) -> BackupReport:
    """Write a library as it is now to a file or a folder, which must not be there; while it grows, that is fine.

    Raises:
        LibraryError: The target is there already or is named as nothing we write.
        OSError: It cannot be written.
    """
    suffix = _suffix(target)
    if target.exists() or target.is_symlink():
        raise LibraryError(f"{target} is there already; name another place, or remove it first")
    if target.is_relative_to(library):
        raise LibraryError(f"{target} is in the library's own folder; name a place outside of it")
    draft = target.with_name(f".{target.name}.exporting")
    shutil.rmtree(draft, ignore_errors=True)  # of an export that was killed
    draft.mkdir(mode=PRIVATE, parents=True)
    try:
        manifest = _Export(catalog, store, draft / "parts").write(config)
        size_bytes = manifest.size_bytes + (draft / "parts" / manifests.NAME).stat().st_size
        written = draft / "parts"
        if suffix:
            written = draft / "archive"
            pack(draft / "parts", manifest, written, is_compressed=suffix in COMPRESSED)
            size_bytes = written.stat().st_size
        written.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return BackupReport(target, manifest.recordings, manifest.vectors, manifest.missing, size_bytes)


def _suffix(target: Path) -> str:
    """Return the ending that says what is written; empty for a folder."""
    known = next((one for one in (*PLAIN, *COMPRESSED) if target.name.endswith(one)), "")
    if not known and target.suffix in (".zip", ".zst", ".xz", ".bz2", ".7z", ".gz"):
        raise LibraryError(
            f"{target.name} is named as something that is not written here; name a .tar.gz, a .tar, or a folder"
        )
    return known


@dataclass
class _Export:
    """The parts of an archive, into a folder that is made."""

    catalog: Catalog
    store: VectorStore
    folder: Path
    vectors: int = 0
    missing: int = 0

    def write(self, config: Config) -> Manifest:
        self.folder.mkdir(mode=PRIVATE)
        (self.folder / "catalogue").mkdir()
        # Where its vectors are is of this library only: a copy has them in its own folder.
        write_config(self.folder / manifests.SETTINGS, replace(config, qdrant_url=None, old_copies=()))
        spaces = self.catalog.spaces()
        with self.catalog.snapshot() as snapshot:
            for table in snapshot.tables():
                with (self.folder / "catalogue" / f"{table}.jsonl").open("w", encoding="utf-8") as file:
                    file.writelines(f"{line}\n" for line in snapshot.lines(table))
            for space in spaces:
                self._write_vectors(space, snapshot)
            version_number, recordings = snapshot.version(), snapshot.recordings()
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        parts = tuple(
            Part(path.relative_to(self.folder).as_posix(), path.stat().st_size, digest_of(path)) for path in files
        )
        manifest = Manifest(
            version("egosearch"),
            version_number,
            datetime.now(UTC).isoformat(timespec="seconds"),
            recordings,
            self.vectors,
            self.missing,
            parts,
        )
        (self.folder / manifests.NAME).write_bytes(manifest.to_json())
        return manifest

    def _write_vectors(self, space: EmbeddingSpace, snapshot: Snapshot) -> None:
        held: list[WindowRows] = []
        count = 0
        for rows in self._rows(space, snapshot):
            held.append(rows)
            if sum(map(len, held)) >= WINDOWS_AT_ONCE:
                self._write_part(space, count, held)
                held, count = [], count + 1
        if held:
            self._write_part(space, count, held)

    def _write_part(self, space: EmbeddingSpace, number: int, held: list[WindowRows]) -> None:
        folder = self.folder / "vectors" / space.id / f"{number:06}"
        folder.mkdir(parents=True)
        write_arrays(folder, space, held)
        self.vectors += sum(map(len, held))

    def _rows(self, space: EmbeddingSpace, snapshot: Snapshot) -> Iterator[WindowRows]:
        for recording_id in self.store.reading_order(space.id, snapshot.recordings_of(space.id)):
            index = snapshot.window_numbers(space.id, recording_id)
            rows = self.store.scan(space, recording_id) if len(index) else None
            here = np.flatnonzero(np.isin(rows.index, index)) if rows is not None else np.zeros(0, np.int64)
            self.missing += len(index) - len(here)
            if rows is not None and len(here):
                for first in range(0, len(here), WINDOWS_AT_ONCE):
                    some = here[first : first + WINDOWS_AT_ONCE]
                    yield WindowRows(recording_id, rows.index[some], rows.embeddings.take(some))

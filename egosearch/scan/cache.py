"""The cache in its folder: one subfolder per generation of the catalogue, the newest kept."""

import logging
import shutil
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from egosearch.scan.files import FORMAT, UNREADABLE, load, save
from egosearch.scan.types import Scan
from egosearch.stores.base import VectorStore

log = logging.getLogger(__name__)


class ScanCache:
    """Tells whether the cache is current, opens it, and brings it up to date."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: Scan | None = None

    def is_current(self, catalog: Catalog) -> bool:
        """Whether the cache holds what the catalogue holds now."""
        generation = catalog.generation()
        loaded = self._loaded
        return (loaded is not None and loaded.generation == generation) or (self._folder / _name(generation)).is_dir()

    def load(self, catalog: Catalog) -> Scan:
        """Open the arrays, kept open between calls.

        Raises:
            LibraryError: The cache is stale or damaged: refresh it.
        """
        generation = catalog.generation()
        loaded = self._loaded  # once: another thread may refresh meanwhile
        if loaded is None or loaded.generation != generation:
            folder = self._folder / _name(generation)
            try:
                loaded = self._loaded = load(folder, generation)
            except UNREADABLE as error:
                raise LibraryError(
                    f"the search cache {folder} cannot be read ({error}); delete it, it is made again by the next query"
                ) from error
        return loaded

    def refresh(self, catalog: Catalog, store: VectorStore, *, sample: int | None = None) -> None:
        """Bring the cache up to what the catalogue holds, reading from the store only what changed.

        Where the files cannot be written, the disk being full, it is held in memory for as long as this object is.

        Args:
            catalog: Of the library.
            store: Its vectors.
            sample: Leave them there, but for so many of each space; None to copy them all.
        """
        from egosearch.scan.build import gather  # most searches find the cache up to date

        generation = catalog.generation()
        target = self._folder / _name(generation)
        if not target.is_dir():
            scan = gather(generation, catalog, store, self._previous(), sample=sample)
            try:
                self._write(scan, target)
            except OSError as error:
                log.warning("the search cache %s is held in memory, since it cannot be written (%s)", target, error)
                self._loaded = scan
                return
        self._loaded = None
        for other in self._folder.iterdir():
            if other != target:
                shutil.rmtree(other, ignore_errors=True)

    def _write(self, scan: Scan, target: Path) -> None:
        """Write whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        partial = self._folder / f"{target.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir(parents=True)
            save(partial, scan)
            partial.rename(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)  # a part of it only takes room
            raise

    def _previous(self) -> Scan | None:
        for folder in sorted(self._folder.glob(f"{FORMAT}-*")):
            if not folder.name.endswith(".partial"):
                try:
                    return load(folder, "")
                except UNREADABLE:
                    continue  # a cache: what cannot be reused is read from the store
        return None


def _name(generation: str) -> str:
    return f"{FORMAT}-{generation}"

"""A library's vectors and search cache: opened when first needed, shared by the threads of this process."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.catalog import Catalog
from egosearch.config import API_KEY_VARIABLE, Config, LibraryPaths
from egosearch.errors import EgosearchError, LibraryError
from egosearch.stores import EmbeddedStore, ServerStore, VectorStore

if TYPE_CHECKING:
    from egosearch.query.engine import Engine
    from egosearch.scan import ScanCache


class Access:
    """What `Library` reaches vectors and searches through."""

    def __init__(self, paths: LibraryPaths, config: Config, catalog: Catalog, *, read_only: bool) -> None:
        """Open nothing yet."""
        self._paths = paths
        self._config = config
        self._catalog = catalog
        self._read_only = read_only
        self._is_remote = config.qdrant_url is not None
        self._store: VectorStore | None = None
        self._users = 0
        self._sharing = threading.Lock()
        self._scanning = threading.RLock()
        self._engines: dict[Path, Engine] = {}
        """By the folder of their search cache."""
        self._caches: dict[Path, ScanCache] = {}
        """By their folder."""
        self._is_swept = False

    @contextmanager
    def vectors(self) -> Iterator[VectorStore]:
        """Open the store for as long as any thread uses it: it is locked for other processes meanwhile.

        A server locks nobody out: it stays connected until `close`, which spares each search three requests.
        """
        with self._sharing:
            if self._store is None:
                self._store = open_store(self._paths, self._config)
            self._users += 1
            store = self._store
        try:
            yield store
        finally:
            with self._sharing:
                self._users -= 1
                if not self._users and not self._is_remote:
                    self._close_store()

    def close(self) -> None:
        """Let go of the store, unless a thread still uses it; twice is fine."""
        with self._sharing:
            if not self._users:
                self._close_store()

    def refresh(self, store: VectorStore) -> None:
        """Bring the search cache up to what the catalogue holds; of a server's vectors, with a sample only."""
        with self._scanning:
            cache = self._cache(self._paths.scan)
            self._refresh(self._catalog, cache, store)
            shutil.rmtree(self._paths.compared, ignore_errors=True)  # of what the catalogue held before
            self._caches = {self._paths.scan: cache}
            self._engines.clear()

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Keep every search cache as it is for as long as the `with` lasts."""
        with self._scanning:
            yield

    def sweep(self, store: VectorStore) -> None:
        """Remove the vectors of what is not in the catalogue any more, which a kill has left. Once is enough."""
        with self._scanning:
            if not self._is_swept:
                for space_id in set(store.spaces()) - {space.id for space in self._catalog.spaces()}:
                    store.drop_space(space_id)
                self.remove(store)
            self._is_swept = True

    def remove(self, store: VectorStore) -> None:
        """Remove the vectors of recordings that were removed from the catalogue, durably."""
        doomed = self._catalog.removing()
        for recording_id in doomed:
            store.remove(recording_id)
        if doomed:
            store.flush()
            self._catalog.clear_removing(doomed)

    def engine(self) -> "Engine":
        """Return an engine on a search cache that is up to date.

        Raises:
            LibraryError: It is not, and cannot be brought there.
        """
        return self._engine(self._catalog, self._paths.scan, self.refresh)

    def engine_of(self, space_ids: Iterable[str]) -> "Engine":
        """Return an engine on these spaces, at most one of each kind, instead of the default ones.

        They get a search cache of their own, which is kept until the library changes.

        Raises:
            LibraryError: As `engine`.
        """
        chosen = sorted(space_ids)
        # Of a server's vectors a cache holds a sample only; where the library moves, it is not to be taken for all.
        name = "-".join([*chosen, *(["sample"] if self._is_remote else [])])
        catalog, folder = self._catalog.choosing(chosen), self._paths.compared / name

        def refresh(store: VectorStore) -> None:
            self._refresh(catalog, self._cache(folder), store)

        return self._engine(catalog, folder, refresh)

    def _engine(self, catalog: Catalog, folder: Path, refresh: Callable[[VectorStore], None]) -> "Engine":
        from egosearch.query.engine import Engine

        with self._scanning:
            cache = self._cache(folder)
            if not cache.is_current(catalog):
                try:
                    with self.vectors() as store:
                        refresh(store)
                except (OSError, EgosearchError) as error:
                    if isinstance(error, EgosearchError) and not self._read_only:
                        raise
                    raise LibraryError(
                        f"{self._paths.folder} has changed since it was last searched, and its search cache cannot be"
                        f" brought up to date ({error}); search it once with permission to write"
                    ) from error
            if folder not in self._engines:
                self._engines[folder] = Engine(catalog, cache, self.vectors if self._is_remote else None)
            return self._engines[folder]

    def _cache(self, folder: Path) -> "ScanCache":
        from egosearch.scan import ScanCache

        return self._caches.setdefault(folder, ScanCache(folder))

    def _refresh(self, catalog: Catalog, cache: "ScanCache", store: VectorStore) -> None:
        from egosearch.scan import SAMPLE

        cache.refresh(catalog, store, sample=SAMPLE if self._is_remote else None)

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def open_store(paths: LibraryPaths, config: Config) -> VectorStore:
    """Open a library's vectors, in its folder or on its server.

    Raises:
        StoreError: The server does not answer.
    """
    if config.qdrant_url is None:
        return EmbeddedStore(paths.vectors)
    key, prefix = os.environ.get(API_KEY_VARIABLE), f"egosearch-{config.library_id}"
    return ServerStore.connect(config.qdrant_url, key, prefix=prefix, options=config.server)

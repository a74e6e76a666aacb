"""A library's vectors and search cache: opened when first needed, shared by the threads of this process."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from egosearch.catalog import Catalog
from egosearch.config import API_KEY_VARIABLE, Config, LibraryPaths
from egosearch.errors import EgosearchError, LibraryError
from egosearch.stores import EmbeddedStore, ServerStore, VectorStore

if TYPE_CHECKING:
    from egosearch.query.engine import Engine


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
        self._engine: Engine | None = None

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
        from egosearch.scan import SAMPLE, ScanCache

        with self._scanning:
            sample = SAMPLE if self._is_remote else None
            ScanCache(self._paths.scan).refresh(self._catalog, store, sample=sample)
            self._engine = None

    def engine(self) -> "Engine":
        """Return an engine on a search cache that is up to date.

        Raises:
            LibraryError: It is not, and cannot be brought there.
        """
        from egosearch.query.engine import Engine
        from egosearch.scan import ScanCache

        with self._scanning:
            if not ScanCache(self._paths.scan).is_current(self._catalog):
                try:
                    with self.vectors() as store:
                        self.refresh(store)
                except (OSError, EgosearchError) as error:
                    if isinstance(error, EgosearchError) and not self._read_only:
                        raise
                    raise LibraryError(
                        f"{self._paths.folder} has changed since it was last searched, and its search cache cannot be"
                        f" brought up to date ({error}); search it once with permission to write"
                    ) from error
            if self._engine is None:
                cache = ScanCache(self._paths.scan)
                self._engine = Engine(self._catalog, cache, self.vectors if self._is_remote else None)
            return self._engine

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

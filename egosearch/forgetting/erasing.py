"""What is forgotten, off the disk: vectors, search cache, copies, logs, and last the catalogue's own file.

Everything here may be done again from the start, so a kill costs nothing but time. The notes of what is forgotten say
`is_erased` only after all of it was looked at.
"""

import shutil
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from egosearch.access import Access
from egosearch.catalog import Catalog
from egosearch.catalog.opening import BEFORE
from egosearch.config import LibraryPaths
from egosearch.errors import LibraryError, StoreError
from egosearch.forgetting.ledger import Ledger
from egosearch.forgetting.rewriting import rewrite
from egosearch.forgetting.traces import Traces, files_below
from egosearch.logs import journal, keeping, log_folder
from egosearch.stores import VectorStore
from egosearch.stores.erasing import erase
from indexers.types import EmbeddingSpace

AT_ONCE = 5_000
"""Windows deleted at a time: what a store reads of them to do so takes 20 kB each at most."""
OTHERS = ("live", "unkept", "typed.txt", "shell-history")
"""What is in a library's folder and was not made of recordings: those of live sources, and what somebody typed."""


class Erasure:
    """Takes what the ledger notes off the disk: `run` once."""

    def __init__(self, paths: LibraryPaths, catalog: Catalog, access: Access, traces: Traces) -> None:
        """Prepare.

        Args:
            paths: Of the library.
            catalog: Open for writing; nobody else in this process reads it meanwhile.
            access: To its vectors and search cache.
            traces: What must not be found any more.
        """
        self._paths = paths
        self._catalog = catalog
        self._access = access
        self._traces = traces
        self._ledger = Ledger(catalog)

    def run(self) -> None:
        """Erase all that is noted and not erased yet.

        Raises:
            LibraryError: Something of it is still there, or the disk cannot be written.
        """
        pending = {note.recording_id for note in self._ledger.notes() if not note.is_erased}
        if not pending:
            return
        with self._access.vectors() as store:
            self._erase_vectors(store, pending)
            self._access.refresh(store)
        self._remove_copies()
        self._clean_logs()
        rewrite(self._catalog, self._look)
        self._ledger.settle()
        with keeping(self._paths.folder):
            journal.info("what was forgotten of %d recordings is gone from the disk", len(pending))

    def _erase_vectors(self, store: VectorStore, recording_ids: Iterable[str]) -> None:
        """Let the store have of these recordings what the catalogue shows, and nothing more."""
        spaces = self._catalog.spaces()
        for recording_id in recording_ids:
            if self._catalog.recording(recording_id) is None:
                store.remove(recording_id)
                continue
            for space in spaces:
                doomed = self._unseen(store, space, recording_id)
                for start in range(0, len(doomed), AT_ONCE):
                    store.discard(space, {recording_id: doomed[start : start + AT_ONCE]})
        store.flush()
        erase(store, spaces, recording_ids)
        for recording_id in recording_ids:
            if any(len(self._unseen(store, space, recording_id)) for space in spaces):
                raise StoreError(
                    "vectors of what was forgotten come back from the store after they were deleted; check the disk,"
                    " or the server, and run `egosearch forget` again"
                )

    def _unseen(self, store: VectorStore, space: EmbeddingSpace, recording_id: str) -> NDArray[np.int64]:
        """Return the numbers of a recording's windows that the store has and the catalogue does not show."""
        rows = store.scan(space, recording_id)
        if rows is None:
            return np.zeros(0, np.int64)
        return np.setdiff1d(rows.index, self._catalog.windows(space.id, recording_id).index)

    def _remove_copies(self) -> None:
        """Remove search caches of before, the catalogue as it was before migrations, and what DuckDB put aside."""
        folder, name = self._paths.folder, self._paths.catalog.name
        for cache in self._paths.scan.iterdir():
            if not cache.name.endswith(self._catalog.generation()):  # a full disk lets a refresh do without files
                shutil.rmtree(cache)
        for copy in folder.glob(f"{name}{BEFORE}*"):
            copy.unlink()
        shutil.rmtree(folder / f"{name}.tmp", ignore_errors=True)

    def _clean_logs(self) -> None:
        """Take the lines out of the logs that name what is to be nowhere."""
        for path in self._traces.found_in(files_below(log_folder(self._paths.folder))):
            with path.open("r+b") as file:  # in its place: who writes to it goes on
                lines = [line for line in file if not any(needle in line for needle in self._traces.needles)]
                file.seek(0)
                file.writelines(lines)
                file.truncate()

    def _look(self) -> None:
        """Refuse to call anything gone of which a trace is left.

        Raises:
            LibraryError: There is one.
        """
        folder, catalog = self._paths.folder, self._paths.catalog
        replaced = (catalog, catalog.with_name(f"{catalog.name}.wal"))
        files = files_below(folder, without=(*replaced, *(folder / name for name in OTHERS)))
        if found := self._traces.found_in(files):
            raise LibraryError(
                f"what was forgotten cannot be found any more, but is still in the bytes of {found[0]}; remove that"
                " file if it is yours, and run `egosearch forget` again"
            )

"""Indexing while the browser goes on: in a thread, with the library open for writing meanwhile."""

import asyncio
import threading
from contextlib import ExitStack
from pathlib import Path

from egosearch.indexing.types import IndexProgress, IndexReport
from tui.source import LibraryThread


class Indexing:
    """One run at a time. Searches go on meanwhile: the run answers them."""

    def __init__(self, asking: LibraryThread) -> None:
        self.folder: Path | None = None
        """What is being indexed; None while nothing is."""
        self.step: IndexProgress | None = None
        """Where the run is; None before its first step."""
        self._asking = asking
        self._wish_to_stop = threading.Event()

    async def run(self, folder: Path) -> IndexReport:
        """Index a folder or file.

        Raises:
            EgosearchError: The library cannot be opened for writing, or written.
        """
        self.folder, self.step = folder, None
        self._wish_to_stop.clear()
        try:
            return await asyncio.to_thread(self._index, folder)
        finally:
            self.folder = self.step = None

    def stop(self) -> None:
        """End the run soon; what is indexed stays, and the next run goes on from there."""
        self._wish_to_stop.set()

    @property
    def is_stopping(self) -> bool:
        """Whether the run is to end."""
        return self._wish_to_stop.is_set()

    def _index(self, folder: Path) -> IndexReport:
        with ExitStack() as opened:
            # In the library's thread, so that no question opens it for reading meanwhile.
            library = self._asking.wait_for(lambda: opened.enter_context(self._asking.ways.owning()))
            return library.index([folder], on_progress=self._keep, should_stop=self._wish_to_stop.is_set)

    def _keep(self, step: IndexProgress) -> None:
        self.step = step

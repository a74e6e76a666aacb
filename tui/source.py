"""What the browser asks of a library: the part of `egosearch.library.Library` that it uses, and a thread to ask in."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.levels import SoundLevels
from egosearch.clips.types import ClipFile, ClipOptions
from egosearch.day import Day, Neighbours
from egosearch.errors import LibraryError
from egosearch.indexing.types import FailedFile, IndexProgress, IndexReport
from egosearch.notes.types import Note
from egosearch.saved.types import SavedQuery
from egosearch.types import Answer, Curve, Mark, Moment, Place, Query, RecordingSummary, SpaceSummary, Where
from indexers.spectrum import Spectrum
from indexers.types import Span, Utterance

P = ParamSpec("P")
T = TypeVar("T")


class Source(Protocol):
    """A library to browse."""

    @property
    def path(self) -> Path: ...
    def answer(self, query: Query) -> Answer: ...
    def curves(self, query: Query, recording_id: str) -> Mapping[str, Curve]: ...
    def recordings(self) -> list[RecordingSummary]: ...
    def find(self, text: str) -> RecordingSummary: ...
    def day(self, date: date) -> Day: ...
    def neighbours(self, recording_id: str) -> Neighbours: ...
    def failures(self) -> list[FailedFile]: ...
    def spaces(self) -> list[SpaceSummary]: ...
    def marks(self, session: str | None = None) -> list[Mark]: ...
    def notes(self, where: Where | None = None, within: Span | None = None) -> list[Note]: ...
    def saved_queries(self) -> list[SavedQuery]: ...
    def transcript(self, recording_id: str, within: Span | None = None) -> tuple[Utterance, ...]: ...
    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> NDArray[np.uint8] | None: ...
    def sound_levels(self, recording_id: str) -> SoundLevels | None: ...
    def spectrum(self, recording_id: str, within: Span) -> Spectrum | None: ...
    def clip(self, what: Moment, path: Path | str, *, options: ClipOptions | None = None) -> ClipFile: ...


class Writable(Protocol):
    """A library to change."""

    def mark(self, what: Moment | Place, query: str, *, is_right: bool, session: str = "") -> Mark: ...
    def unmark(self, what: Moment | Place, query: str, *, session: str = "") -> list[Mark]: ...
    def note(self, what: Moment | Place, text: str = "", tags: Iterable[str] = ()) -> Note: ...
    def unnote(self, note_ids: Sequence[str]) -> list[Note]: ...
    def save_query(self, name: str, line: str, *, replace: bool = False) -> SavedQuery: ...
    def remove(self, recording_id: str) -> None: ...


class Indexable(Protocol):
    """A library to index into."""

    def index(
        self,
        paths: Iterable[Path | str],
        *,
        on_progress: Callable[[IndexProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> IndexReport: ...


def _read_only() -> LibraryError:
    return LibraryError("this library is open for reading only; open it with `egosearch tui` to change it")


def _no_writing() -> AbstractContextManager[Writable]:
    raise _read_only()


def _no_owning() -> AbstractContextManager[Indexable]:
    raise _read_only()


@dataclass(frozen=True)
class Ways:
    """How to change a library, which is open for reading."""

    writing: Callable[[], AbstractContextManager[Writable]] = _no_writing
    """Opens it for one change."""
    owning: Callable[[], AbstractContextManager[Indexable]] = _no_owning
    """Opens it for an indexing run, during which others may read."""
    session: str = ""
    """The search session that marks are made in."""


NO_WAYS = Ways()


class LibraryThread:
    """Makes a library's calls one at a time, away from the thread that draws.

    One thread and not several: a call that is cancelled while it waits for its turn is never made, so fast typing
    does not pile up searches, and none runs beside the one that replaced it.
    """

    def __init__(self, library: Source, ways: Ways = NO_WAYS) -> None:
        self.library = library
        self.ways = ways
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(call, *args, **kwargs))

    def wait_for(self, call: Callable[[], T]) -> T:
        """Return what the call returns, when it has had its turn; for threads, not for the one that draws."""
        return self._executor.submit(call).result()

    async def change(self, change: Callable[[Writable], T]) -> T:
        """Open the library for writing, change it, and return what that returns."""

        def do() -> T:
            with self.ways.writing() as library:
                return change(library)

        return await self.run(do)

    def close(self) -> None:
        """Drop the calls that wait and return when the running one is done."""
        self._executor.shutdown(wait=True, cancel_futures=True)

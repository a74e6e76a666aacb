"""A library that others may ask while it is written to."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from egosearch.access import Access
from egosearch.catalog import Catalog
from egosearch.config import Config, LibraryPaths
from egosearch.coverage import summary
from egosearch.errors import LibraryLockedError
from egosearch.forgetting.types import ForgetReport, Forgotten
from egosearch.indexing.types import IndexOptions, IndexProgress, IndexReport
from egosearch.library import Library
from egosearch.live.tail import Tail
from egosearch.owner.freshness import Freshness
from egosearch.owner.verbs import PackedLevels
from egosearch.stores import VectorStore
from egosearch.table import SqlLimits
from egosearch.types import RecordingSummary, SpaceSummary, Where
from indexers.types import Modality, Recording, Span

if TYPE_CHECKING:
    from egosearch.indexing.pool import Executor
    from egosearch.integrity import Finding
    from egosearch.integrity.checking import Outcome
    from egosearch.query.engine import Engine


class OwnedLibrary(Library):
    """A `Library` open for writing that answers in several threads while one of them indexes.

    What is committed can be searched seconds later, see `freshness`.
    """

    # What somebody asks meanwhile must not hold up an indexing run: as JSON, so many values are some 20 MB.
    _sql_limits = SqlLimits(seconds=60.0, values=1_000_000)

    def __init__(self, paths: LibraryPaths, config: Config, catalog: Catalog, *, read_only: bool) -> None:
        """Wrap what `open` has opened."""
        super().__init__(paths, config, catalog, read_only=read_only)
        self._access: OwnedAccess = OwnedAccess(paths, config, catalog, read_only=read_only)
        self._indexing = threading.Lock()
        self.on_hand_over: Callable[[], bool] = lambda: False
        """Asked by whoever wants to write to the library; true where it will be let go at once."""

    def close(self) -> None:
        """Release the files; closing twice is fine."""
        self._access.wait()
        super().close()

    def index(
        self,
        paths: Iterable[Path | str],
        *,
        options: IndexOptions | None = None,
        on_progress: Callable[[IndexProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        executor: "Executor | None" = None,
    ) -> IndexReport:
        with self._indexing:
            return super().index(
                paths, options=options, on_progress=on_progress, should_stop=should_stop, executor=executor
            )

    def remove(self, recording_id: str) -> None:
        """Forget a recording; its file is left alone.

        Raises:
            LibraryLockedError: The library is being indexed into, perhaps this very recording.
            LibraryError: There is no such recording.
        """
        with self._not_indexing("nothing can be removed from it"):
            super().remove(recording_id)

    def forget(
        self, where: Where | None = None, within: Span | None = None, *, delete_files: bool = False
    ) -> ForgetReport:
        with self._not_indexing("nothing of it can be forgotten"):
            return super().forget(where, within, delete_files=delete_files)

    def unforget(self, recording_id: str) -> list[Forgotten]:
        with self._not_indexing("nothing that was forgotten can be taken back"):
            return super().unforget(recording_id)

    def use_space(self, name: str) -> SpaceSummary:
        with self._not_indexing("what searches use cannot be changed"):
            return super().use_space(name)

    def drop_space(self, name: str) -> SpaceSummary:
        with self._not_indexing("no space of it can be dropped"):
            return super().drop_space(name)

    def _checked(self, *, deep: bool) -> "Outcome":
        with self._not_indexing("it cannot be checked"):
            return super()._checked(deep=deep)

    def _mended(self, outcome: "Outcome") -> "dict[Finding, frozenset[Path]]":
        with self._not_indexing("it cannot be mended"):
            return super()._mended(outcome)

    @contextmanager
    def _not_indexing(self, consequence: str) -> Iterator[None]:
        """Keep indexing out, and let no search see what was there before."""
        if not self._indexing.acquire(blocking=False):
            raise LibraryLockedError(f"{self.path} is being indexed into, so {consequence}; wait until that ends")
        try:
            yield
            self._access.forget()
        finally:
            self._indexing.release()

    # What is live: see `egosearch.live`

    @property
    def tail(self) -> Tail:
        """What searches see besides what is indexed."""
        return self._access.tail

    def freshen(self) -> None:
        """Let searches have all that is committed, as soon as that can be."""
        self._access.engine()

    def recordings(self) -> list[RecordingSummary]:
        """Return all recordings as `Library.recordings` does, then those that are live."""
        found = super().recordings()
        there, coverage = {one.recording_id for one in found}, self._coverage()
        live = [part.recording for part in self.tail.parts() if part.recording.recording_id not in there]
        return [*found, *(summary(recording, coverage) for recording in live)]

    def _recording(self, recording_id: str) -> Recording:
        return self.tail.recording(recording_id) or super()._recording(recording_id)

    # As it travels: see `egosearch.owner.verbs.Owner`

    def encoders_in_use(self) -> dict[Modality, str]:
        """Return `encoders`, which is no verb."""
        return self.encoders

    def recording(self, recording_id: str) -> Recording:
        """Return a recording with its streams.

        Raises:
            LibraryError: There is no such recording.
        """
        return self._recording(recording_id)

    def packed_levels(self, recording_id: str) -> PackedLevels | None:
        """Return `sound_levels` without an array."""
        found = self.sound_levels(recording_id)
        if found is None:
            return None
        return PackedLevels(found.hop_s, found.start_s, found.levels_db.astype("<f4").tobytes())

    def hand_over(self) -> bool:
        """Let the library go, where nothing is being done to it; return whether it will be."""
        return not self._indexing.locked() and self.on_hand_over()


class OwnedAccess(Access):
    """Lets searches go on with what was there a moment ago while the catalogue grows and the cache is refreshed."""

    def __init__(self, paths: LibraryPaths, config: Config, catalog: Catalog, *, read_only: bool) -> None:
        """Open nothing yet."""
        super().__init__(paths, config, catalog, read_only=read_only)
        self._fresh: defaultdict[Path, Freshness[Engine]] = defaultdict(Freshness)
        """By the folder of their search cache."""
        self.tail = Tail()
        """What is live: searched with all else, though it is not in the catalogue yet."""

    def forget(self) -> None:
        """Search nothing of what was there before: something is gone from it."""
        for one in list(self._fresh.values()):
            one.forget()

    def wait(self) -> None:
        """Return when nothing is read for a search cache any more."""
        for one in list(self._fresh.values()):
            one.wait()

    def _engine(self, catalog: Catalog, folder: Path, refresh: Callable[[VectorStore], None]) -> "Engine":
        """Return an engine on all that was committed a short while ago, whatever is committed while it is used."""
        from egosearch.query.engine import Engine
        from egosearch.scan import ScanCache

        def renewed() -> Engine:
            still = cast(Catalog, _Still(catalog))
            cache = ScanCache(folder)
            with self._scanning:
                if not cache.is_current(still):
                    with self.vectors() as store:
                        self._refresh(still, cache, store)
                cache.load(still)  # maps its files before anybody replaces them
            tail = self.tail
            return Engine(tail.catalog(still), tail.cache(cache), self.vectors if self._is_remote else None)

        del refresh  # of a catalogue that stands still
        return self._fresh[folder].get(catalog.generation(), renewed)


class _Still:
    """A catalogue whose generation stands still: the engine on it keeps the search cache that it was made with."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._generation = catalog.generation()

    def generation(self) -> str:
        return self._generation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

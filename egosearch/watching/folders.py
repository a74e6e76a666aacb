"""Watch folders: what arrives in them is indexed once it is whole.

The system says that something has changed; what counts is what a file looks like. It is taken to be whole when its size
and time have not changed for a while and it can be opened. A recorder that makes a pause leaves a file that cannot be
opened yet (MP4 gets its index last), so such a file is given longer before it is called damaged.

Everything is looked at anew now and then: systems drop notices when there are many, and network folders send none.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from egosearch.catalog import FileStamp
from egosearch.errors import MediaError
from egosearch.folders import absolute
from egosearch.indexing.crew import Crew
from egosearch.indexing.limits import share_out
from egosearch.indexing.types import FailedFile, IndexOptions, IndexProgress, IndexReport
from egosearch.owner.owned import OwnedLibrary
from egosearch.watching.priority import make_room
from indexers.media import discover

log = logging.getLogger(__name__)

TICK_S = 0.5
LOOK_EVERY_S = 300.0
"""How often all of a folder is looked at though nothing was noticed."""
POLL_INSTEAD_S = 10.0
"""Likewise where the system cannot notice."""
BROKEN_AFTER = 10.0
"""A file that cannot be opened is given so many times as long as others before it is called damaged."""


@dataclass(frozen=True)
class FolderOptions:
    """How folders are watched."""

    settle_s: float = 3.0
    """A file that has not changed for so long is whole."""
    poll_s: float | None = None
    """Look at everything this often, and listen to nothing: for network folders. None to be told by the system."""
    index: IndexOptions = field(default_factory=IndexOptions)


@dataclass
class _Arriving:
    """A file that is not whole yet."""

    stamp: FileStamp
    since_s: float


class Arrivals:
    """Tells which files are whole. Knows the disk and the clock, and nothing of libraries."""

    def __init__(
        self, folders: Sequence[Path], settle_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Look at nothing yet; the clock counts seconds."""
        self._folders = folders
        self._settle_s = settle_s
        self._clock = clock
        self._arriving: dict[Path, _Arriving] = {}
        self._seen: dict[Path, FileStamp] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether any file is still arriving."""
        return bool(self._arriving)

    def look(self) -> None:
        """Look at everything in the folders; a folder that is away has nothing."""
        for folder in self._folders:
            try:
                for path in discover([folder]):
                    self._note(path)
            except MediaError as error:
                log.debug("not looked at", exc_info=error)

    def whole(self) -> list[Path]:
        """Return the files that have become whole since they were last returned."""
        now_s, found = self._clock(), []
        for path, arriving in list(self._arriving.items()):
            try:
                stamp = FileStamp.of(path)
            except OSError:  # gone again: copied under a name that it does not keep
                del self._arriving[path]
                continue
            if stamp != arriving.stamp:
                self._arriving[path] = _Arriving(stamp, now_s)
                continue
            waited_s = now_s - arriving.since_s
            if waited_s >= self._settle_s and (waited_s >= BROKEN_AFTER * self._settle_s or _opens(path)):
                del self._arriving[path]
                self._seen[path] = stamp
                found.append(path)
        return found

    def _note(self, path: Path) -> None:
        try:
            stamp = FileStamp.of(path)
        except OSError:
            return
        if self._seen.get(path) != stamp and path not in self._arriving:
            age_s = max(0.0, time.time() - stamp.modified_at.timestamp())
            self._arriving[path] = _Arriving(stamp, self._clock() - min(age_s, self._settle_s))


class FolderWatch:
    """Watches folders: `run` once."""

    def __init__(
        self,
        library: OwnedLibrary,
        folders: Sequence[Path],
        options: FolderOptions,
        *,
        tell: Callable[[str], None],
        on_report: Callable[[IndexReport], None],
        on_progress: Callable[[IndexProgress], None] | None = None,
    ) -> None:
        """Prepare to watch.

        Args:
            library: Open, and answered for, so that others can search it meanwhile.
            folders: What to watch, with the folders in them.
            options: How.
            tell: Called with a sentence about the watching itself.
            on_report: Called after each indexing run that found anything new. A failure is in one of them only, until
                its file changes.
            on_progress: As in `Library.index`.
        """
        self._library = library
        self._folders = [absolute(folder) for folder in folders]
        self._options = options
        self._tell = tell
        self._on_report = on_report
        self._on_progress = on_progress
        self._arrivals = Arrivals(self._folders, options.settle_s)
        self._told: set[FailedFile] = set()

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Index what is there and what arrives, until this is to stop.

        Raises:
            EncoderError: An encoder cannot be loaded.
            LibraryError: The library cannot be written.
        """
        make_room(is_alone=False)
        self._arrivals.look()
        for has_changed in self._ticks(should_stop):
            if should_stop():
                return
            if has_changed:
                self._arrivals.look()
            whole = self._arrivals.whole()
            if whole:
                self._index(whole, should_stop)

    def _index(self, paths: list[Path], should_stop: Callable[[], bool]) -> None:
        report = self._library.index(
            paths, options=self._options.index, on_progress=self._on_progress, should_stop=should_stop
        )
        new = tuple(failed for failed in report.failed if failed not in self._told)
        self._told.update(new)
        if report.indexed or report.moved or new or report.interrupted:
            self._library.freshen()
            self._on_report(replace(report, failed=new))

    def _ticks(self, should_stop: Callable[[], bool]) -> Iterator[bool]:
        """Yield twice a second, and whether the folders are to be looked at."""
        every_s = self._options.poll_s
        if every_s is None:
            noticing = _Noticing(self._folders)
            if noticing.begin():
                yield from self._looking(noticing.has_changed, LOOK_EVERY_S, should_stop)
                noticing.end()
                return
            self._tell(
                f"The system cannot say what changes there ({noticing.why}); looking every {POLL_INSTEAD_S:.0f} s"
                " instead. `--poll SECONDS` says how often."
            )
            every_s = POLL_INSTEAD_S
        yield from self._looking(lambda: False, every_s, should_stop)

    @staticmethod
    def _looking(has_changed: Callable[[], bool], every_s: float, should_stop: Callable[[], bool]) -> Iterator[bool]:
        last_s = time.monotonic()
        while not should_stop():
            is_due = time.monotonic() - last_s >= every_s
            if is_due:
                last_s = time.monotonic()
            yield has_changed() or is_due
            time.sleep(TICK_S)


class _Noticing:
    """Asks the system to say when anything changes, in a thread of its own."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._changed = threading.Event()
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.why = ""
        """Why it cannot."""

    def begin(self) -> bool:
        """Return whether the system will say so."""
        self._thread = threading.Thread(target=self._listen, name="notices", daemon=True)
        self._thread.start()
        self._ready.wait(10)
        return not self.why

    def end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def has_changed(self) -> bool:
        """Return whether anything has changed since this was last asked."""
        was = self._changed.is_set()
        self._changed.clear()
        return was or bool(self.why)

    def _listen(self) -> None:
        from watchfiles import watch

        try:
            changes = watch(
                *self._folders,
                watch_filter=None,
                stop_event=self._stop,
                rust_timeout=int(1000 * TICK_S),
                yield_on_timeout=True,
                raise_interrupt=False,
                ignore_permission_denied=True,
            )
            for change in changes:
                self._ready.set()
                if change:
                    self._changed.set()
        except Exception as error:  # its own kinds, which it does not export, and OSError
            self.why = str(error) or type(error).__name__
        finally:
            self._ready.set()


def _opens(path: Path) -> bool:
    """Try it in a process of its own: half a file is what decoders crash on."""
    _, limits = share_out(1, None)
    try:
        with Crew(1, limits) as crew:
            crew.probe(path)
    except MediaError:
        return False
    return True

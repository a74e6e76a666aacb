"""A library for whoever wants something of it: asked of its owner where there is one, else opened here.

Owners come and go. When one is gone in the middle of a request, the request is made again, of the next owner or of the
library itself; when somebody else writes for a moment, it is tried again for a while (`patience`).
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from egosearch.backup.types import BackupReport
from egosearch.clips.cutting import Cutting
from egosearch.errors import LibraryError
from egosearch.indexing.types import FailedFile
from egosearch.integrity.types import IntegrityReport
from egosearch.owner.connection import Connection, reach
from egosearch.owner.forgetting import SharedForgetting
from egosearch.owner.noting import SharedNoting
from egosearch.owner.paths import from_anywhere
from egosearch.owner.patience import patiently
from egosearch.owner.remembering import SharedRemembering
from egosearch.owner.saving import SharedSaving
from egosearch.owner.verbs import PackedLevels
from egosearch.searching import Searching
from egosearch.showing import Showing
from egosearch.table import Table
from egosearch.types import (
    ALL_PARTS,
    Answer,
    Curve,
    LibraryStats,
    Mark,
    Moment,
    Parts,
    Place,
    Query,
    RecordingSummary,
    SpaceSummary,
)
from indexers.facts import Modality, Recording, Span, Utterance

if TYPE_CHECKING:
    from egosearch.catalog import SoundLevels
    from egosearch.library import Library

T = TypeVar("T")

MOST_OWNERS = 3
"""So many may die of one request before it is given up: the next would too."""


class SharedLibrary(Searching, Cutting, Showing, SharedRemembering, SharedNoting, SharedSaving, SharedForgetting):
    """The verbs of `Library`, wherever they are done. They may be called from several threads, and take turns."""

    def __init__(self, folder: Path, *, read_only: bool, idle_s: float | None = None) -> None:
        """Open nothing yet: `open` does, and so does the first verb.

        Args:
            folder: The library's, from the root.
            read_only: Whether to open it for reading only where it has no owner. An owner writes for others anyway.
            idle_s: Let a library that was opened here go after so many seconds without a request, so that others can
                write to it: for a browser, which is open for hours. None to keep it until `close`.
        """
        self._folder = folder
        self._read_only = read_only
        self._idle_s = idle_s
        self._owner: Connection | None = None
        self._library: Library | None = None
        self._letting_go: threading.Timer | None = None
        self._owners_lost = 0
        self._turns = threading.RLock()

    @property
    def path(self) -> Path:
        """The library's folder."""
        return self._folder

    @property
    def is_remote(self) -> bool:
        """Whether another process was asked last."""
        return self._owner is not None

    @property
    def encoders(self) -> dict[Modality, str]:
        """The encoders that the library was made with, by sense; empty before the first indexing."""
        return self._do(lambda library: library.encoders, lambda owner: owner.ask("encoders_in_use"))

    def open(self) -> Self:
        """Reach the owner, or open the library; return this.

        Raises:
            LibraryLockedError: Somebody has it who does not answer for it.
            LibraryError: There is none, or it cannot be opened.
        """
        with self._turns:
            if self._owner is None and self._library is None:
                patiently(self._reach)
        return self

    def close(self) -> None:
        """Hang up, or close the library; twice is fine."""
        with self._turns:
            if self._letting_go is not None:
                self._letting_go.cancel()
                self._letting_go = None
            owner, library = self._owner, self._library
            self._owner = self._library = None
            if owner is not None:
                owner.close()
            if library is not None:
                library.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *error: object) -> None:
        self.close()

    # Searching

    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        asked = from_anywhere(query)
        found = self._do(
            lambda library: library.answer(query, parts=parts),
            lambda owner: owner.ask("answer", query=asked, parts=parts),
        )
        return replace(found, query=query)

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        asked = from_anywhere(query)
        return self._do(
            lambda library: library.curves(query, recording_id),
            lambda owner: owner.ask("curves", query=asked, recording_id=recording_id),
        )

    # What is there

    def recordings(self) -> list[RecordingSummary]:
        return self._do(lambda library: library.recordings(), lambda owner: owner.ask("recordings"))

    def find(self, text: str) -> RecordingSummary:
        def ask(owner: Connection) -> RecordingSummary:
            path = str(Path(text).absolute())  # the owner works in another folder
            if path != text:
                with suppress(LibraryError):
                    by_path: RecordingSummary = owner.ask("find", text=path)
                    return by_path
            found: RecordingSummary = owner.ask("find", text=text)
            return found

        return self._do(lambda library: library.find(text), ask)

    def failures(self) -> list[FailedFile]:
        return self._do(lambda library: library.failures(), lambda owner: owner.ask("failures"))

    def stats(self) -> LibraryStats:
        return self._do(lambda library: library.stats(), lambda owner: owner.ask("stats"))

    def sound_levels(self, recording_id: str) -> "SoundLevels | None":
        def ask(owner: Connection) -> "SoundLevels | None":
            packed: PackedLevels | None = owner.ask("packed_levels", recording_id=recording_id)
            return None if packed is None else _unpacked(packed)

        return self._do(lambda library: library.sound_levels(recording_id), ask)

    def marks(self, session: str | None = None) -> list[Mark]:
        return self._do(lambda library: library.marks(session), lambda owner: owner.ask("marks", session=session))

    def transcript(self, recording_id: str, within: Span | None = None) -> tuple[Utterance, ...]:
        return self._do(
            lambda library: library.transcript(recording_id, within),
            lambda owner: owner.ask("transcript", recording_id=recording_id, within=within),
        )

    def spaces(self) -> list[SpaceSummary]:
        return self._do(lambda library: library.spaces(), lambda owner: owner.ask("spaces"))

    def find_space(self, name: str) -> SpaceSummary:
        return self._do(lambda library: library.find_space(name), lambda owner: owner.ask("find_space", name=name))

    def sql(self, text: str) -> Table:
        return self._do(lambda library: library.sql(text), lambda owner: owner.ask("sql", text=text))

    def verify(self, *, deep: bool = False) -> IntegrityReport:
        return self._do(lambda library: library.verify(deep=deep), lambda owner: owner.ask("verify", deep=deep))

    def export(self, path: Path) -> BackupReport:
        return self._do(lambda library: library.export(path), lambda owner: owner.ask("export", path=path))

    # Writing: of a request that is made again because its owner died, the first may have been done already

    def mark(
        self, what: Moment | Place, query: str, *, is_right: bool, session: str = "", length_s: float | None = None
    ) -> Mark:
        return self._do(
            lambda library: library.mark(what, query, is_right=is_right, session=session, length_s=length_s),
            lambda owner: owner.ask(
                "mark", what=what, query=query, is_right=is_right, session=session, length_s=length_s
            ),
        )

    def unmark(self, what: Moment | Place, query: str, *, session: str = "") -> list[Mark]:
        return self._do(
            lambda library: library.unmark(what, query, session=session),
            lambda owner: owner.ask("unmark", what=what, query=query, session=session),
        )

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        self._do(
            lambda library: library.set_time_zone(recording_id, zone),
            lambda owner: owner.ask("set_time_zone", recording_id=recording_id, zone=zone),
        )

    def clear_failures(self, paths: Sequence[Path] | None = None) -> list[FailedFile]:
        given = None if paths is None else list(paths)
        return self._do(
            lambda library: library.clear_failures(given), lambda owner: owner.ask("clear_failures", paths=given)
        )

    def remove(self, recording_id: str) -> None:
        with self._turns:
            lost = self._owners_lost
            try:
                self._do(
                    lambda library: library.remove(recording_id),
                    lambda owner: owner.ask("remove", recording_id=recording_id),
                )
            except LibraryError:
                is_there = any(one.recording_id == recording_id for one in self.recordings())
                if is_there or lost == self._owners_lost:
                    raise

    # Plumbing

    def _recording(self, recording_id: str) -> Recording:
        return self._do(
            lambda library: library._recording(recording_id),
            lambda owner: owner.ask("recording", recording_id=recording_id),
        )

    def _do(self, here: "Callable[[Library], T]", there: Callable[[Connection], Any]) -> T:
        """Do one thing with the library, or have its owner do it; again where the owner dies of it or meanwhile."""
        with self._turns:
            for _ in range(MOST_OWNERS):
                self.open()
                if self._library is not None:
                    try:
                        return here(self._library)
                    finally:
                        self._let_go_later()
                if self._owner is not None:
                    try:
                        found: T = there(self._owner)
                    except ConnectionError:
                        self._owner.close()
                        self._owner = None
                        self._owners_lost += 1
                    else:
                        return found
            raise LibraryError(
                f"{MOST_OWNERS} processes that owned {self._folder} ended while they were asked this;"
                " ask it when nothing is being indexed"
            )

    def _reach(self) -> None:
        self._owner = reach(self._folder)
        if self._owner is None:
            from egosearch.library import Library

            self._library = Library.open(self._folder, read_only=self._read_only)

    def _let_go_later(self) -> None:
        if self._idle_s is None:
            return
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._letting_go = threading.Timer(self._idle_s, self._let_go)
        self._letting_go.daemon = True
        self._letting_go.start()

    def _let_go(self) -> None:
        # Not while it is in use: waiting here for a turn would close what has just been asked again.
        if self._turns.acquire(blocking=False):
            try:
                if self._letting_go is threading.current_thread() and self._library is not None:
                    self._library.close()
                    self._library = None
            finally:
                self._turns.release()


def _unpacked(packed: PackedLevels) -> "SoundLevels":
    import numpy as np

    from egosearch.catalog import SoundLevels

    return SoundLevels(packed.hop_s, np.frombuffer(packed.levels_db, "<f4").astype(np.float32), packed.start_s)

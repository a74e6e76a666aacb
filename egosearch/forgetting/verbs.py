"""The verbs of `Library` that forget."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from egosearch.access import Access
from egosearch.catalog import Catalog, FileStamp
from egosearch.config import Config, LibraryPaths
from egosearch.errors import LibraryError, QueryError
from egosearch.forgetting.erasing import Erasure
from egosearch.forgetting.ledger import Ledger
from egosearch.forgetting.traces import Traces
from egosearch.forgetting.types import Doomed, ForgetPlan, ForgetReport, Forgotten
from egosearch.types import Where
from indexers.types import Recording, Span


class Forgetting(ABC):
    """The part of `Library` that forgets."""

    path: Path
    _access: Access
    _catalog: Catalog
    _config: Config
    _paths: LibraryPaths

    @abstractmethod
    def _check_writable_for(self, what: str) -> None:
        """Refuse where the library is open for reading only; `Library` does."""

    def to_forget(self, where: Where, within: Span | None = None) -> ForgetPlan:
        """Return what `forget` would forget; nothing is changed.

        Args:
            where: Which spans of which recordings. Something must be asked; what is said cannot be.
            within: Of them, what lies between these seconds of the recordings; None for all.

        Raises:
            QueryError: Nothing is asked, or what nothing can meet.
        """
        from egosearch.query.filtering import visible_spans

        if where.said is not None or where.noted is not None or where.tags is not None:
            raise QueryError("what is said or noted does not tell when to forget; name recordings or times")
        recordings = [known.recording for known in self._catalog.recordings()]
        visible = visible_spans(where, recordings)
        if visible is None:
            raise QueryError("nothing is named that could be forgotten; name recordings or times")
        ledger = Ledger(self._catalog)
        doomed = [
            ledger.counted(Doomed(one.recording_id, one.path, spans, is_whole=_is_all(spans, one)))
            for one in recordings
            if (spans := _clipped(visible.get(one.recording_id, ()), within))
        ]
        asks_time = where.since is not None or where.until is not None or where.between is not None
        anywhen = visible_spans(replace(where, since=None, until=None, between=None), recordings)
        untimed = [
            one for one in recordings if one.recorded_at is None and (anywhen is None or one.recording_id in anywhen)
        ]
        return ForgetPlan(tuple(doomed), len(untimed) if asks_time else 0)

    def forget(
        self, where: Where | None = None, within: Span | None = None, *, delete_files: bool = False
    ) -> ForgetReport:
        """Remove everything that was made of some spans, from the library and from its disk, and keep it out.

        What overlaps a span goes: windows of all encoders with their vectors, what is said, marks, notes, sound levels.
        Where that is a whole recording, it is no longer in the library. Files of recordings stay, unless told
        otherwise. At once nothing of it is found any more; then all files that held it are written anew, which takes
        twice their place on the disk for a moment. This process alone may have the library open.

        The fingerprint of the recording and the span are remembered, so that no later run makes it again, wherever the
        file is moved to; see `unforget`.

        Args:
            where: As in `to_forget`; None to finish what an earlier call has left on the disk, as any call does.
            within: Likewise.
            delete_files: Delete the files too, of recordings that are wholly forgotten.

        Raises:
            QueryError: As `to_forget`; or files are to be deleted of which only a part is forgotten.
            LibraryError: The library is read-only; old copies of its vectors are elsewhere; or something cannot be
                taken off the disk, which `forgotten` then says.
        """
        began_s = time.monotonic()
        self._check_writable_for("forget")
        if self._config.old_copies:
            places = ", ".join(self._config.old_copies)
            raise LibraryError(
                f"old copies of this library's vectors ({places}) would keep what is forgotten; remove them first with"
                f" `egosearch migrate --to {self._config.qdrant_url or 'local'} --remove-old`"
            )
        plan = ForgetPlan(()) if where is None else self.to_forget(where, within)
        if delete_files and (part := next((one for one in plan.doomed if not one.is_whole), None)):
            raise QueryError(
                f"only a part of {part.path.name} would be forgotten, and a file can be deleted only whole; forget it"
                " without deleting it, or forget all of it"
            )
        ledger, stamps = Ledger(self._catalog), self._stamps(plan.doomed)
        candidates = [text for one in plan.doomed for text in _texts(ledger, one)]
        ledger.forget(plan.doomed)
        for one in plan.doomed:
            if one.is_whole:
                self._catalog.clear_failure(one.path)
        traces = Traces.of(os.fsencode(text) for text in candidates if not ledger.has_text(text))
        Erasure(self._paths, self._catalog, self._access, traces).run()
        deleted, left = _delete(stamps) if delete_files else ((), ())
        return ForgetReport(plan, self._config.qdrant_url is not None, deleted, left, time.monotonic() - began_s)

    def forgotten(self) -> list[Forgotten]:
        """Return what is forgotten and kept out, oldest first."""
        return Ledger(self._catalog).notes()

    def unforget(self, recording_id: str) -> list[Forgotten]:
        """Let a recording be indexed again where it was forgotten: by the next run over its file.

        Until then, of a recording that is in the library, the slices that something was forgotten of are not searched.

        Returns:
            What was taken back.

        Raises:
            LibraryError: Nothing of it is forgotten, or the library is read-only.
        """
        self._check_writable_for("take back what was forgotten")
        ledger = Ledger(self._catalog)
        notes = ledger.notes(recording_id)
        if not notes:
            raise LibraryError(
                f"nothing of the recording {recording_id!r} is forgotten; `egosearch forget --list` shows what is"
            )
        if not all(note.is_erased for note in notes):
            self.forget()  # the note is all that says what is still on the disk
        ledger.unforget(recording_id)
        with self._access.vectors() as store:
            self._access.refresh(store)
        return notes

    def _stamps(self, doomed: Sequence[Doomed]) -> dict[Path, FileStamp]:
        """Return how the files looked when they were indexed."""
        known = self._catalog.recordings([one.recording_id for one in doomed])
        return {one.recording.path: FileStamp(one.recording.size_bytes, one.modified_at) for one in known}


def _is_all(spans: Sequence[Span], recording: Recording) -> bool:
    return any(span.start_s <= 0 and span.end_s >= recording.duration_s for span in spans)


def _clipped(spans: Sequence[Span], within: Span | None) -> tuple[Span, ...]:
    if within is None:
        return tuple(spans)
    bounds = ((max(span.start_s, within.start_s), min(span.end_s, within.end_s)) for span in spans)
    return tuple(Span(start_s, end_s) for start_s, end_s in bounds if start_s < end_s)


def _texts(ledger: Ledger, doomed: Doomed) -> Iterator[str]:
    """Yield what only what is forgotten has, as far as the catalogue knows."""
    if doomed.is_whole:
        yield str(doomed.path)
    yield from ledger.noted(doomed)  # first: they are few, and somebody's own words
    yield from ledger.utterances(doomed)


def _delete(stamps: dict[Path, FileStamp]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Delete files that are as they were when they were indexed; return those, and those that were left."""
    deleted, left = [], []
    for path, stamp in stamps.items():
        try:
            if path.is_symlink() or FileStamp.of(path) != stamp:
                left.append(path)
            else:
                path.unlink()
                deleted.append(path)
        except FileNotFoundError:
            continue
        except OSError:
            left.append(path)
    return tuple(deleted), tuple(left)

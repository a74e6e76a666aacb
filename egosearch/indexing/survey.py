"""The first half of an indexing run: look at every file and say what is to be done. Decodes nothing.

A file whose size and time are those in the catalogue is not even opened. Any other is known by its fingerprint: the
same content under a new path has moved if it is gone from the old one, and is a copy if it is not. What is new is
opened by whoever the caller names, since a decoder may crash on it. Pipes, devices and sockets are never opened: they
may have no end, or nothing to read for as long as anybody waits.
"""

import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from egosearch.catalog import Catalog, CatalogedRecording, FileStamp
from egosearch.coverage import Coverage, fitting
from egosearch.folders import absolute
from egosearch.forgetting.ledger import Ledger
from egosearch.indexing.types import FailedFile
from egosearch.logs import journal
from indexers.errors import MediaError
from indexers.media import discover, fingerprint
from indexers.types import EmbeddingSpace, Modality, Recording, Slice
from indexers.windows import slices


@dataclass(frozen=True)
class Missing:
    """A slice that is to be indexed."""

    slice: Slice
    spaces: tuple[EmbeddingSpace, ...]
    """Those that it is not in yet, those that have nothing for its recording included: so all that is new is alike."""


@dataclass(frozen=True)
class Task:
    """A recording of which something is to be indexed."""

    recording: Recording
    stamp: FileStamp
    missing: tuple[Missing, ...]
    """At least one."""

    @property
    def seconds(self) -> float:
        """Length of what is missing."""
        return sum(one.slice.end_s - one.slice.start_s for one in self.missing)


@dataclass(frozen=True)
class Unchanged:
    """A recording that is indexed already, or is indexed in this run under another path."""

    has_moved: bool = False


@dataclass(frozen=True)
class LeftOut:
    """A recording that was forgotten, and stays out of the library."""


@dataclass(frozen=True)
class Unusable:
    """A file that cannot be indexed."""

    file: FailedFile
    is_new: bool = True
    """False where it failed before and was not tried again."""


Finding = Task | Unchanged | LeftOut | Unusable


class Surveyor:
    """Looks at files and remembers, for one run, which recordings it has met."""

    def __init__(
        self,
        catalog: Catalog,
        coverage: Coverage,
        spaces: tuple[EmbeddingSpace, ...],
        *,
        probe: Callable[[Path], Recording],
        retry_failed: bool,
        slice_s: float,
    ) -> None:
        """Read what the catalogue knows.

        Args:
            catalog: Open for writing.
            coverage: What it has committed.
            spaces: Those to index in.
            probe: Describes a file that is new, or raises `MediaError`.
            retry_failed: Look again at files that failed before and have not changed.
            slice_s: Length of slices.
        """
        self._probe = probe
        self._catalog = catalog
        self._coverage = coverage
        self._spaces = spaces
        self._retry_failed = retry_failed
        self._slice_s = slice_s
        self._by_path = {str(known.recording.path): known for known in catalog.recordings()}
        self._failures = {str(failure.path): failure for failure in catalog.failures()}
        for failure in self._failures.values():
            if not failure.path.exists():  # removed, or on a disk that is away and is tried again when it is back
                catalog.clear_failure(failure.path)
        self._met: set[str] = set()
        self._forgotten = Ledger(catalog).whole()

    def files(self, paths: Iterable[Path | str]) -> Iterator[Path | Unusable]:
        """Yield every media file that is meant, once; a path that leads nowhere is yielded as a failure."""
        seen: set[Path] = set()
        for path in paths:
            found = discover([absolute(path)])
            while True:
                try:
                    file = next(found, None)
                except MediaError as error:
                    yield Unusable(FailedFile(error.path, error.reason, error.remedy))
                    break
                if file is None:
                    break
                if (real := file.resolve()) not in seen:
                    seen.add(real)
                    yield file

    def examine(self, path: Path) -> Finding:
        """Say what is to be done about a file, and note in the catalogue where it has moved or failed."""
        try:
            status = path.stat()
        except OSError as error:
            return Unusable(FailedFile(path, f"it cannot be read ({error.strerror})", "check the disk it is on"))
        stamp = FileStamp.from_stat(status)
        before = self._failures.get(str(path))
        if before is not None and before.stamp == stamp and not self._retry_failed:
            return Unusable(FailedFile(path, before.reason, before.remedy), is_new=False)
        try:
            finding = self._known(path, stamp)
            if finding is None:
                if not stat.S_ISREG(status.st_mode):
                    raise MediaError(path, "it is no file but a pipe, a device or a socket", "name a recording")
                finding = self._by_content(path, stamp)
        except MediaError as error:
            journal.warning("%s cannot be indexed", path, exc_info=error)
            self._catalog.add_failure(path, error.reason, error.remedy, stamp)
            return Unusable(FailedFile(path, error.reason, error.remedy))
        if before is not None and isinstance(finding, Unchanged | LeftOut):
            self._catalog.clear_failure(path)
        return finding

    def _known(self, path: Path, stamp: FileStamp) -> Finding | None:
        known = self._by_path.get(str(path))
        if known is None or stamp_of(known) != stamp:
            return None
        return self._plan(known.recording, stamp)

    def _by_content(self, path: Path, stamp: FileStamp) -> Finding:
        recording_id = fingerprint(path)
        if recording_id in self._forgotten:
            return LeftOut()
        if recording_id in self._met:
            return Unchanged()
        known = self._catalog.recording(recording_id)
        if known is None:
            return self._plan(self._probe(path), stamp)
        if known.recording.path == path:  # only its time has changed
            self._catalog.add_recording(known.recording, stamp.modified_at)
            return self._plan(known.recording, stamp)
        if is_present(known):
            return self._plan(known.recording, stamp_of(known))
        moved = replace(known.recording, path=path)
        self._catalog.add_recording(moved, stamp.modified_at)
        finding = self._plan(moved, stamp)
        return Unchanged(has_moved=True) if isinstance(finding, Unchanged) else finding

    def _plan(self, recording: Recording, stamp: FileStamp) -> Finding:
        spaces = fitting(self._spaces, recording)
        if not spaces:
            raise _nothing_wanted(recording, self._spaces)
        if recording.recording_id in self._met:
            return Unchanged()
        self._met.add(recording.recording_id)
        missing = []
        for piece in slices(recording, slice_s=self._slice_s):
            without = [one for one in self._spaces if piece.index not in self._coverage.of(recording.recording_id, one)]
            if not set(spaces).isdisjoint(without):
                missing.append(Missing(piece, tuple(without)))
        return Task(recording, stamp, tuple(missing)) if missing else Unchanged()


def stamp_of(known: CatalogedRecording) -> FileStamp:
    """Return the stamp that a recording's file had when it was added."""
    return FileStamp(known.recording.size_bytes, known.modified_at)


def is_present(known: CatalogedRecording) -> bool:
    """Whether a recording's file is where it was, unchanged."""
    try:
        return FileStamp.of(known.recording.path) == stamp_of(known)
    except OSError:
        return False


def _nothing_wanted(recording: Recording, spaces: tuple[EmbeddingSpace, ...]) -> MediaError:
    names = {Modality.AUDIO: "sound", Modality.VISUAL: "pictures", Modality.SPEECH: "speech"}
    wanted = " and ".join(sorted({names[space.modality] for space in spaces}))
    lacks = "picture" if recording.video is None else "sound"
    return MediaError(
        recording.path, f"it has no {lacks}, and this library indexes {wanted} only", "index it into another library"
    )

"""Watch a live source: searchable as it happens, indexed part by part.

One thread follows the source and never waits for anything else. The caller's thread indexes the parts that are full, at
low priority. See `egosearch.live` for how the two meet.
"""

import logging
import queue
import re
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from egosearch.config import USUAL
from egosearch.errors import EgosearchError, MediaError
from egosearch.indexing.types import FailedFile, IndexOptions
from egosearch.live.part import LivePart
from egosearch.owner.owned import OwnedLibrary
from egosearch.types import Query
from egosearch.watching.priority import make_room
from indexers.base import Encoder
from indexers.encoders import load_encoder
from indexers.live import LiveEncoding, picture_hop_s, rates_hz, short_side_px
from indexers.media import discover, probe
from indexers.media.live import PartBegins, PartEnds, Piece, Wanted, follow
from indexers.media.live_opening import SourceRefusedError
from indexers.media.live_source import Source
from indexers.types import Modality, Recording
from indexers.windows import SLICE_S, slices

log = logging.getLogger(__name__)

LIVE_SENSES = (Modality.AUDIO, Modality.VISUAL)
"""Searched while they are live. What is said is written down when a part is indexed."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
"""A source that is away is asked again after these, and twice as long each time in between."""
POLL_S = 0.2


@dataclass(frozen=True)
class StreamOptions:
    """How a live source is watched."""

    keep: Path | None = None
    """Where parts are written; None for a folder in the library's."""
    is_kept: bool = True
    """False removes each part once it is indexed: it can be found then, and not be played."""
    part_s: float = SLICE_S
    """A new part begins with the next key frame after so long. One slice: it becomes visible at once then."""
    index: IndexOptions = field(default_factory=IndexOptions)


class StreamWatch:
    """Follows one source: `run` once."""

    def __init__(
        self,
        library: OwnedLibrary,
        source: Source,
        options: StreamOptions,
        *,
        tell: Callable[[str], None],
        complain: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare to watch.

        Args:
            library: Open, and answered for, so that others can search it meanwhile.
            source: What to follow.
            options: How.
            tell: Called with a sentence, from any thread.
            complain: Called instead where something has failed for good; None for `tell`.

        Raises:
            EncoderError: An encoder cannot be loaded.
        """
        self._library = library
        self._source = source
        self._options = options
        self._tell = tell
        self._complain = complain or tell
        # Never the folder of what is kept: parts that are not are removed from theirs.
        self._folder = (options.keep or library.path / "live") if options.is_kept else library.path / "unkept"
        self._encoders = _encoders(library, options.index)
        self._full: queue.SimpleQueue[tuple[LivePart, Path]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._current: tuple[LivePart, LiveEncoding, Path] | None = None
        self._error: Exception | None = None
        self._failed: list[FailedFile] = []

    def run(
        self, should_stop: Callable[[], bool], should_abandon: Callable[[], bool] = lambda: False
    ) -> list[FailedFile]:
        """Follow the source until it ends or is to stop; return the parts that could not be indexed.

        Args:
            should_stop: Asked several times a second; once true, the part that has begun is closed and indexed.
            should_abandon: Once true, nothing is indexed any more: the next run does it.

        Raises:
            EncoderError: An encoder fails.
            LibraryError: The library cannot be written.
        """
        left = list(discover([self._folder])) if self._folder.is_dir() else []
        follower = threading.Thread(target=self._follow, name="live", daemon=True)
        follower.start()
        make_room(is_alone=False)
        try:
            with suppress(EgosearchError):  # loads what a query needs; whoever asks is told what is wrong
                self._library.answer(Query("warm up", limit=1))
            self._index_left(left, should_abandon)
            while follower.is_alive() or not self._full.empty():
                if should_stop():
                    self._stopping.set()
                self._library.freshen()  # costs nothing while it is fresh; the tail keeps the last few parts only
                with suppress(queue.Empty):
                    self._index(*self._full.get(timeout=POLL_S), should_abandon)
        finally:
            self._stopping.set()
            follower.join()
        if self._error is not None:
            raise self._error
        return self._failed

    # In the thread that follows

    def _follow(self) -> None:
        wait_s, was_there = FIRST_WAIT_S, False
        try:
            while not self._stopping.is_set():
                try:
                    for piece in follow(self._source, self._wanted(), should_stop=self._stopping.is_set):
                        wait_s, was_there = FIRST_WAIT_S, True
                        self._take(piece)
                    return
                except MediaError as error:
                    self._close_part()
                    # Cameras lock out whoever comes with a wrong password again and again.
                    is_refused = isinstance(error, SourceRefusedError) and not was_there
                    if is_refused or not self._source.is_endless:
                        self._fail(FailedFile(error.path, error.reason, error.remedy), self._source.shown)
                        return
                    self._tell(f"{self._source.shown}: {error.reason}; asking again in {wait_s:.0f} s.")
                    self._stopping.wait(wait_s)
                    wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        except Exception as error:  # told by the thread that waits
            self._error = error
        finally:
            self._close_part()

    def _wanted(self) -> Wanted:
        return Wanted(
            sample_rates_hz=rates_hz(self._encoders),
            picture_hop_s=picture_hop_s(self._encoders),
            short_side_px=lambda width, height: short_side_px(self._encoders, width, height),
            part_s=self._options.part_s,
            part_path=self._part_path,
        )

    def _take(self, piece: Piece) -> None:
        if isinstance(piece, PartBegins):
            recording = _live_recording(piece)
            part = self._library.tail.begin(recording)
            encoding = LiveEncoding(recording.recording_id, self._encoders, has_sound=piece.audio is not None)
            self._current = part, encoding, piece.path
            self._tell(f"Following {self._source.shown}: {_described(piece)}.")
        elif isinstance(piece, PartEnds):
            self._close_part()
        elif self._current is not None:
            part, encoding, _ = self._current
            new = encoding.take(piece)
            if new is not None:
                part.add(new.batches, new.levels_db, new.until_s)

    def _close_part(self) -> None:
        if self._current is not None:
            part, _, path = self._current
            self._current = None
            self._full.put((part, path))

    def _part_path(self, began_at: datetime) -> Path:
        name = f"{name_of(self._source.shown)}-{began_at:%Y%m%d-%H%M%S}"
        names = (f"{name}{suffix}.mkv" for suffix in chain([""], (f"-{number}" for number in count(2))))
        return next(path for path in map(self._folder.joinpath, names) if not path.exists())

    # In the caller's thread

    def _index_left(self, left: list[Path], should_abandon: Callable[[], bool]) -> None:
        """Index what an earlier run has left behind."""
        if not left:
            return
        report = self._library.index(left, options=self._options.index, should_stop=should_abandon)
        for failed in report.failed:
            self._fail(failed)
        if report.indexed:
            self._tell(f"Indexed {report.seconds:.0f} s that an earlier run had left.")
        self._remove_unkept([] if report.interrupted else left)

    def _index(self, part: LivePart, path: Path, should_abandon: Callable[[], bool]) -> None:
        """Index a part that is whole, and let searches find it in the library instead of the tail."""
        tail = self._library.tail
        try:
            recording = probe(path)
        except MediaError as error:
            tail.drop(part)
            self._fail(FailedFile(path, error.reason, error.remedy))
            return
        if len(list(slices(recording))) == 1:  # it becomes visible at once: never found twice, never missed
            tail.rename(part, recording)
        report = self._library.index([path], options=self._options.index, should_stop=should_abandon)
        if report.interrupted:
            return
        for failed in report.failed:
            self._fail(failed)
        if report.failed:
            tail.drop(part)
            return
        tail.rename(part, recording)
        tail.settle(part)
        self._remove_unkept([path])

    def _remove_unkept(self, paths: list[Path]) -> None:
        if not self._options.is_kept and self._source.file is None:
            for path in paths:
                path.unlink(missing_ok=True)

    def _fail(self, failed: FailedFile, name: str = "") -> None:
        self._failed.append(failed)
        self._complain(f"failed: {name or failed.path}: {failed.reason}; {failed.remedy}")


def name_of(shown: str) -> str:
    """Return a name for the files of a source: the last words of its address, as it is shown.

    `rtsp://kitchen.local:554/stream1` is `kitchen.local-stream1`.
    """
    _, has_scheme, rest = shown.partition("://")
    address = re.sub(r":\d+", "", rest, count=1) if has_scheme else Path(shown).name
    return re.sub(r"[^\w.]+", "-", address).strip("-.") or "live"


def _encoders(library: OwnedLibrary, options: IndexOptions) -> list[Encoder]:
    names = library.encoders or dict(options.encoders) or dict(USUAL)
    return [load_encoder(name, sense) for sense, name in names.items() if sense in LIVE_SENSES]


def _live_recording(piece: PartBegins) -> Recording:
    return Recording(
        recording_id=uuid.uuid4().hex,  # until its file is whole, and has a fingerprint
        path=piece.path,
        size_bytes=0,
        duration_s=0.0,
        recorded_at=piece.began_at,
        recorded_at_source="container" if piece.began_at is not None else "unknown",
        device=None,
        audio=piece.audio,
        video=piece.video,
    )


def _described(piece: PartBegins) -> str:
    parts = []
    if piece.video is not None:
        parts.append(f"{piece.video.width_px} x {piece.video.height_px} {piece.video.codec}")
    if piece.audio is not None:
        parts.append(f"{piece.audio.codec} sound")
    return ", ".join(parts)

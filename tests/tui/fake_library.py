"""A library that answers from a list: what is asked for is what a moment's words contain."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.levels import SoundLevels
from egosearch.clips.types import ClipFile
from egosearch.errors import EgosearchError, LibraryError, QueryError
from egosearch.types import (
    Answer,
    Curve,
    Evidence,
    FailedFile,
    IndexProgress,
    IndexReport,
    Mark,
    Moment,
    Place,
    Query,
    RecordingSummary,
    SpaceSummary,
)
from indexers.types import Modality, Span, Utterance
from tui.source import Ways

WHEN = datetime(2026, 11, 21, 14, 2, 31, tzinfo=UTC)
DURATION_S = 600.0


def moment(name: str, start_s: float, heard: tuple[str, ...], seen: tuple[str, ...], confidence: float) -> Moment:
    """Return a moment of four seconds, heard first and seen 2.1 seconds later."""
    span = Span(start_s, start_s + 4.0)
    audio = Evidence(Modality.AUDIO, span, 0.8, 6.2, 0.92, 0.0, heard)
    visual = Evidence(Modality.VISUAL, Span(start_s + 2.1, start_s + 5.1), 0.4, 3.1, 0.2, 2.1, seen)
    return Moment(name, Path("/recordings") / name, span, WHEN, confidence * 10, confidence, (audio, visual))


MOMENTS = (
    moment("kitchen.mp4", 65.0, ("alarm clock", "beep"), ("oven", "stove"), 0.87),
    moment("garden.mp4", 12.5, ("alarm", "dog barking"), ("lawn mower",), 0.61),
    moment("kitchen.mp4", 300.0, ("alarm", "water tap"), ("sink",), 0.42),
)
NEAR = (moment("garden.mp4", 200.0, ("wind",), ("tree",), 0.07),)


@dataclass
class FakeLibrary:
    """Has the verbs of `egosearch.library.Library` that the browser uses."""

    path: Path = Path("/nowhere/library")
    moments: tuple[Moment, ...] = MOMENTS
    near_misses: tuple[Moment, ...] = NEAR
    names: tuple[str, ...] = ("kitchen.mp4", "garden.mp4")
    error: EgosearchError | None = None
    """Raised by every search."""
    picture_error: Exception | None = None
    marked: list[Mark] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    """All that was asked for."""
    steps: Queue[IndexProgress | EgosearchError | None] = field(default_factory=Queue)
    """What an indexing run goes through, one after the other, until None."""
    asked: list[str] = field(default_factory=list)
    """The texts searched for."""

    def answer(self, query: Query) -> Answer:
        self.asked.append(query.text)
        self.queries.append(query)
        if self.error:
            raise self.error
        words = {m: [word for one in m.evidence for word in one.words] for m in self.moments}
        found = tuple(
            m
            for m in self.moments
            if any(query.text in word for word in words[m])
            and (query.where.recording_ids is None or m.recording_id in query.where.recording_ids)
            and not any(text in word for text in query.without for word in words[m])
            and (query.like is None or m.span.start_s > query.like.time_s)
        )
        return Answer(query, found, () if found else self.near_misses)

    def curves(self, query: Query, recording_id: str) -> Mapping[str, Curve]:
        times = np.arange(0.0, DURATION_S)
        starts = [m.span.start_s for m in self.moments + self.near_misses if m.recording_id == recording_id]
        hills = sum((np.exp(-(((times - start) / 6) ** 2)) for start in starts), np.zeros(len(times)))

        def curve(peak: float) -> Curve:
            return Curve(tuple(times.tolist()), tuple((hills * peak + 0.2).tolist()))

        return {"audio": curve(6.0), "visual": curve(3.0), "fused": curve(4.5)}

    def recordings(self) -> list[RecordingSummary]:
        return [
            RecordingSummary(
                name,
                Path("/recordings") / name,
                DURATION_S,
                10_000,
                WHEN,
                None,
                True,
                True,
                DURATION_S / (1 + i),
                i == 0,
            )
            for i, name in enumerate(self.names)
        ]

    def find(self, text: str) -> RecordingSummary:
        found = [one for one in self.recordings() if text in {one.path.name, str(one.path)}]
        if not found:
            raise LibraryError(f"no recording matches {text!r}; `egosearch recordings` lists them")
        return found[0]

    def failures(self) -> list[FailedFile]:
        return [FailedFile(Path("/recordings/broken.mp4"), "it holds neither sound nor picture", "leave it out")]

    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> NDArray[np.uint8] | None:
        if self.picture_error:
            raise self.picture_error
        rows, columns = np.mgrid[0:short_side_px, 0 : short_side_px * 16 // 9]
        sky = np.stack([columns * 0.4, 80 + rows * 0.4, 220 - rows * 0.8], axis=2)
        disc = (rows - 90) ** 2 + (columns - 80) ** 2 < 40**2
        sky[disc] = (250, 210, 60)
        rgb: NDArray[np.uint8] = np.clip(sky, 0, 255).astype(np.uint8)
        return rgb

    def spaces(self) -> list[SpaceSummary]:
        return [SpaceSummary("a1b2c3", Modality.AUDIO, "concepts", 521, "sparse", 2, DURATION_S, 1250, 9000, True)]

    def marks(self, session: str | None = None) -> list[Mark]:
        return [mark for mark in self.marked if session is None or mark.session == session]

    def transcript(self, recording_id: str, within: Span | None = None) -> tuple[Utterance, ...]:
        if recording_id != "kitchen.mp4":
            raise LibraryError(f"{recording_id} was indexed without speech")
        said = Utterance(Span(66.0, 68.0), "there goes the [b]timer", (), "en", 0.9)
        return (said,) if within is None or (within.start_s < 68 and within.end_s > 66) else ()

    def mark(self, what: Moment | Place, query: str, *, is_right: bool, session: str = "") -> Mark:
        assert isinstance(what, Moment)
        if self.error:
            raise self.error
        self.unmark(what, query, session=session)
        self.marked.append(Mark(query, what.recording_id, what.span, is_right, session, WHEN))
        return self.marked[-1]

    def unmark(self, what: Moment | Place, query: str, *, session: str = "") -> list[Mark]:
        assert isinstance(what, Moment)
        taken = [one for one in self.marked if (one.span, one.query, one.session) == (what.span, query, session)]
        self.marked = [one for one in self.marked if one not in taken]
        return taken

    def remove(self, recording_id: str) -> None:
        self.names = tuple(name for name in self.names if name != recording_id)

    def index(
        self,
        paths: Iterable[Path | str],
        *,
        on_progress: Callable[[IndexProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> IndexReport:
        assert on_progress
        assert should_stop
        while not should_stop():
            with suppress(Empty):
                step = self.steps.get(timeout=0.01)
                if isinstance(step, EgosearchError):
                    raise step
                if step is None:
                    break
                on_progress(step)
        self.names = (*self.names, *(Path(path).name + ".mp4" for path in paths))
        return IndexReport(1, 0, 0, (), DURATION_S, 60.0, interrupted=should_stop())

    def clip(
        self, what: Moment, path: Path | str, *, on_progress: Callable[[float, float], None] | None = None
    ) -> ClipFile:
        if Path(path).exists():
            raise QueryError(f"{path} is there already; name another file")
        Path(path).write_text(what.path.name)
        return ClipFile(Path(path), (what.span,))

    def ways(self) -> Ways:
        """Return how to change it: as it is."""
        return Ways(lambda: nullcontext(self), lambda: nullcontext(self), "here")

    def sound_levels(self, recording_id: str) -> SoundLevels | None:
        time_s = np.arange(int(DURATION_S * 50)) / 50
        levels = -50 + 8 * np.sin(time_s * 2)
        for one in self.moments:
            if one.recording_id == recording_id:
                levels[(time_s >= one.span.start_s) & (time_s < one.span.end_s)] += 35
        return SoundLevels(0.02, levels.astype(np.float32))

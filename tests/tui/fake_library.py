"""A library that answers from a list: what is asked for is what a moment's words contain."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.levels import SoundLevels
from egosearch.clips.types import ClipFile, ClipOptions
from egosearch.day import Day, DayPart, Neighbours
from egosearch.day.neighbours import neighbours
from egosearch.errors import EgosearchError, LibraryError, QueryError
from egosearch.indexing.types import FailedFile, IndexProgress, IndexReport
from egosearch.notes.types import Note
from egosearch.saved.types import SavedQuery
from egosearch.types import Answer, Curve, Evidence, Mark, Moment, Place, Query, RecordingSummary, SpaceSummary, Where
from indexers.spectrum import Spectrum
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


def highlight(name: str, start_s: float, sense: Modality, words: tuple[str, ...], score: float) -> Moment:
    """Return a moment of a day, of three seconds, heard or seen."""
    span = Span(start_s, start_s + 3.0)
    when = WHEN + timedelta(seconds=start_s)
    evidence = Evidence(sense, span, 0.8, score, 0.9, 0.0, words)
    return Moment(name, Path("/recordings") / name, span, when, score, score / 3, (evidence,))


MOMENTS = (
    moment("kitchen.mp4", 65.0, ("alarm clock", "beep"), ("oven", "stove"), 0.87),
    moment("garden.mp4", 12.5, ("alarm", "dog barking"), ("lawn mower",), 0.61),
    moment("kitchen.mp4", 300.0, ("alarm", "water tap"), ("sink",), 0.42),
)
NEAR = (moment("garden.mp4", 200.0, ("wind",), ("tree",), 0.07),)
HIGHLIGHTS = (
    highlight("kitchen.mp4", 66.0, Modality.AUDIO, ("Alarm clock", "Beep"), 2.6),
    highlight("garden.mp4", 120.0, Modality.VISUAL, ("lawn mower",), 2.1),
    highlight("garden.mp4", 300.0, Modality.AUDIO, ("Dog, hound",), 1.8),
)


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
    sound_error: Exception | None = None
    day_error: EgosearchError | None = None
    highlights: tuple[Moment, ...] = HIGHLIGHTS
    """Of every day."""
    marked: list[Mark] = field(default_factory=list)
    noted: list[Note] = field(default_factory=list)
    saved: list[SavedQuery] = field(default_factory=list)
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
        heard = {m: [word for one in m.evidence for word in one.words] for m in self.moments}
        words = {m: [*found, *(note.words for note in m.notes)] for m, found in heard.items()}
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

    def day(self, date: date) -> Day:
        if self.day_error:
            raise self.day_error
        shown = [one for one in self.recordings() if one.recorded_at and one.recorded_at.date() == date]
        parts = [DayPart(one.recording_id, one.path, Span(0.0, DURATION_S), WHEN, WHEN) for one in shown]
        return Day(date, tuple(parts), self.highlights if parts else (), ())

    def neighbours(self, recording_id: str) -> Neighbours:
        return neighbours(self.recordings(), recording_id)

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

    def notes(self, where: Where | None = None, within: Span | None = None) -> list[Note]:
        ids = None if where is None else where.recording_ids
        return [
            note
            for note in self.noted
            if (ids is None or note.recording_id in ids)
            and (within is None or (note.span.start_s < within.end_s and note.span.end_s > within.start_s))
        ]

    def note(self, what: Moment | Place, text: str = "", tags: Iterable[str] = ()) -> Note:
        if self.error:
            raise self.error
        span = what.span if isinstance(what, Moment) else Span(what.time_s, what.time_s + 10.0)
        self.noted.append(Note(f"{len(self.noted):012}", what.recording_id, span, text, tuple(tags), WHEN))
        return self.noted[-1]

    def unnote(self, note_ids: Sequence[str]) -> list[Note]:
        taken = [note for note in self.noted if note.note_id in note_ids]
        self.noted = [note for note in self.noted if note not in taken]
        return taken

    def saved_queries(self) -> list[SavedQuery]:
        return sorted(self.saved, key=lambda one: one.name)

    def save_query(self, name: str, line: str, *, replace: bool = False) -> SavedQuery:
        if self.error:
            raise self.error
        others = [one for one in self.saved if one.name.lower() != name.lower()]
        assert replace or len(others) == len(self.saved)
        self.saved = [*others, SavedQuery(name, line, WHEN)]
        return self.saved[-1]

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

    def clip(self, what: Moment, path: Path | str, *, options: ClipOptions | None = None) -> ClipFile:
        if Path(path).exists():
            raise QueryError(f"{path} is there already; name another file")
        Path(path).write_text(f"{what.path.name}{', copied' if options and options.copy else ''}")
        return ClipFile(Path(path), (what.span,))

    def ways(self) -> Ways:
        """Return how to change it: as it is."""
        return Ways(lambda: nullcontext(self), lambda: nullcontext(self), "here")

    def spectrum(self, recording_id: str, within: Span) -> Spectrum | None:
        if recording_id != "kitchen.mp4":
            return None
        if self.sound_error:
            raise self.sound_error
        levels_db = np.full((int(within.duration_s * 100), 64), -90.0, np.float32)
        times_s = within.start_s + np.arange(len(levels_db)) / 100
        for one in self.moments:
            levels_db[(times_s >= one.span.start_s) & (times_s < one.span.end_s), 40:44] = -20.0
        return Spectrum(0.01, levels_db, within.start_s, 125.0, 7500.0)

    def sound_levels(self, recording_id: str) -> SoundLevels | None:
        time_s = np.arange(int(DURATION_S * 50)) / 50
        levels = -50 + 8 * np.sin(time_s * 2)
        for one in self.moments:
            if one.recording_id == recording_id:
                levels[(time_s >= one.span.start_s) & (time_s < one.span.end_s)] += 35
        return SoundLevels(0.02, levels.astype(np.float32))

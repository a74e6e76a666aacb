"""A library without an engine: answers from a table, remembers what it was asked, and raises what it is told to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.types import FailedFile, IndexOptions, IndexProgress, IndexReport
from egosearch.types import Answer, Evidence, LibraryStats, Moment, Query, RecordingSummary
from indexers.types import Modality, Span

KITCHEN = RecordingSummary(
    recording_id="1f3a9c" + "0" * 26,
    path=Path("/videos/kitchen.mp4"),
    duration_s=90.0,
    size_bytes=12_300_000,
    recorded_at=datetime(2026, 11, 21, 8, 15, 2, tzinfo=UTC),
    device="GoPro HERO12",
    has_sound=True,
    has_pictures=True,
    indexed_s=90.0,
    is_present=True,
)
HALL = RecordingSummary(
    recording_id="2b" + "0" * 30,
    path=Path("/videos/hall [red].mp4"),
    duration_s=600.0,
    size_bytes=1_000,
    recorded_at=None,
    device=None,
    has_sound=True,
    has_pictures=False,
    indexed_s=300.0,
    is_present=False,
)
BEEP = Moment(
    recording_id=KITCHEN.recording_id,
    path=KITCHEN.path,
    span=Span(12.5, 14.4),
    recorded_at=datetime(2026, 11, 21, 8, 15, 14, 500_000, tzinfo=UTC),
    score=7.1,
    confidence=0.93,
    evidence=(
        Evidence(Modality.AUDIO, Span(12.5, 13.4), 0.81, 6.2, 0.9, 0.0, ("Alarm clock", "Beep, bleep")),
        Evidence(Modality.VISUAL, Span(13.7, 14.4), 0.4, 2.1, 0.8, 1.2, ("oven",)),
    ),
)
FAINT = Moment(HALL.recording_id, HALL.path, Span(61.0, 62.0), None, 0.3, 0.04, ())


@dataclass
class FakeLibrary:
    """Finds the beep for every query that mentions a timer."""

    path: Path = Path("/libraries/mine")
    encoders: dict[Modality, str] = field(default_factory=dict)
    steps: tuple[IndexProgress, ...] = ()
    report: IndexReport = field(default_factory=lambda: IndexReport(1, 0, 0, (), 90.0, 2.0))
    after_steps: Callable[[], None] = lambda: None
    held: list[RecordingSummary] = field(default_factory=lambda: [KITCHEN, HALL])
    failed: list[FailedFile] = field(default_factory=list)
    error: BaseException | None = None
    """Raised by whatever verb comes next."""
    opened: list[tuple[Path | None, bool]] = field(default_factory=list)
    """Each opening: the folder, and whether for reading only."""
    asked: list[Query] = field(default_factory=list)
    indexed: list[tuple[list[Path], IndexOptions]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    zones: dict[str, str | None] = field(default_factory=dict)
    """Time zones set, by recording."""

    def open(self, named: Path | None, *, read_only: bool = False, idle_s: float | None = None) -> Self:
        self.opened.append((named, read_only))
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

    def answer(self, query: Query) -> Answer:
        self._fail()
        self.asked.append(query)
        if len(query.text) > 1000:
            raise QueryError("the query is too long; say it in fewer words")
        if "timer" in query.text:
            return Answer(query, (BEEP,))
        return Answer(query, (), near_misses=(FAINT,))

    def index(
        self,
        paths: Iterable[Path],
        *,
        options: IndexOptions,
        on_progress: Callable[[IndexProgress], None],
        should_stop: Callable[[], bool] = lambda: False,
        executor: object = None,
    ) -> IndexReport:
        self._fail()
        self.indexed.append((list(paths), options))
        for step in self.steps:
            on_progress(step)
        self.after_steps()
        if should_stop():
            return IndexReport(0, 0, 0, (), 30.0, 2.0, interrupted=True)
        return self.report

    def recordings(self) -> list[RecordingSummary]:
        self._fail()
        return self.held

    def find(self, text: str) -> RecordingSummary:
        for one in self.held:
            if text in (one.path.name, str(one.path)) or one.recording_id.startswith(text):
                return one
        raise LibraryError(f"no recording matches {text!r}; `egosearch recordings` lists them")

    def failures(self) -> list[FailedFile]:
        return self.failed

    def clear_failures(self, paths: Sequence[Path] | None = None) -> list[FailedFile]:
        cleared = [one for one in self.failed if paths is None or one.path in paths]
        self.failed = [one for one in self.failed if one not in cleared]
        return cleared

    def remove(self, recording_id: str) -> None:
        self.removed.append(recording_id)

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        self.zones[recording_id] = zone

    def stats(self) -> LibraryStats:
        parts = {"catalogue": 2_000_000, "vectors": 3_000_000, "scan": 500, "other": 0}
        spaces = {"audio concepts": 2_000_500, "visual open-clip:ViT-B-32/laion2b": 1_000_000}
        return LibraryStats(2, 690.0, {Modality.AUDIO: 1437, Modality.VISUAL: 690}, 1, parts, spaces, 400_500)

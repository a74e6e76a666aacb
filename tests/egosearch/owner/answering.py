"""An owner that answers from a table, and the ways to reach one that a test needs."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from egosearch.backup import BackupReport
from egosearch.clips.types import Cut
from egosearch.day import Day
from egosearch.errors import LibraryError
from egosearch.forgetting.types import ForgetPlan, Forgotten
from egosearch.indexing.types import FailedFile
from egosearch.integrity import Finding, IntegrityReport, Kind
from egosearch.notes.types import Note
from egosearch.owner.address import connect, read_address
from egosearch.owner.verbs import PackedLevels
from egosearch.saved.types import SavedQuery
from egosearch.table import Column, Table
from egosearch.types import (
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
    Where,
)
from indexers.types import AudioStream, Modality, Recording, Span, Utterance
from tests.egosearch.cli.fake_library import BEEP, KITCHEN, FakeLibrary

RECORDING = Recording(
    KITCHEN.recording_id,
    KITCHEN.path,
    KITCHEN.size_bytes,
    KITCHEN.duration_s,
    KITCHEN.recorded_at,
    "container",
    KITCHEN.device,
    AudioStream("aac", 48_000, 1, 0.0, 90.0),
    None,
)


class TableOwner:
    """Finds the beep for what mentions a timer."""

    def __init__(self) -> None:
        self.library = FakeLibrary()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked: list[str] = []

    def encoders_in_use(self) -> dict[Modality, str]:
        return {Modality.AUDIO: "toy"}

    def answer(self, query: Query, *, parts: Parts) -> Answer:
        self.asked.append(query.text)
        self.may_answer.wait(10)
        return self.library.answer(query)

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        return {"fused": Curve((0.5, 1.5), (0.0, 2.0))}

    def recordings(self) -> list[RecordingSummary]:
        return self.library.recordings()

    def find(self, text: str) -> RecordingSummary:
        return self.library.find(text)

    def day(self, date: date, *, limit: int) -> Day:
        return Day(date, (), (BEEP,)[:limit], (Modality.VISUAL,))

    def failures(self) -> list[FailedFile]:
        return [FailedFile(Path("/videos/broken.mp4"), "it is empty", "remove it")]

    def stats(self) -> LibraryStats:
        return self.library.stats()

    def marks(self, session: str | None) -> list[Mark]:
        return []

    def transcript(self, recording_id: str, within: Span | None) -> tuple[Utterance, ...]:
        return (Utterance(within or Span(0.0, 1.0), "hello", (), "en", 0.9),)

    def verify(self, *, deep: bool) -> IntegrityReport:
        return IntegrityReport(
            (Finding(Kind.MISSING_FILE, "deep" if deep else "not deep", 1, "bring it back"),), 2, 99, 1.5
        )

    def export(self, path: Path) -> BackupReport:
        return BackupReport(path, 2, 99, 0, 1234)

    def spaces(self) -> list[SpaceSummary]:
        return []

    def find_space(self, name: str) -> SpaceSummary:
        raise LibraryError(f"no space matches {name!r}")

    def sql(self, text: str) -> Table:
        return Table((Column("asked", "VARCHAR"), Column("nothing", "INTEGER")), ((text, None),))

    def to_forget(self, where: Where, within: Span | None) -> ForgetPlan:
        return ForgetPlan(())

    def forgotten(self) -> list[Forgotten]:
        return []

    def recording(self, recording_id: str) -> Recording:
        return replace(RECORDING, recording_id=recording_id)

    def packed_levels(self, recording_id: str) -> PackedLevels | None:
        return None

    def mark(self, what: Moment | Place, query: str, *, is_right: bool, session: str, length_s: float | None) -> Mark:
        assert BEEP.recorded_at is not None
        return Mark(query, what.recording_id, BEEP.span, is_right, session, BEEP.recorded_at)

    def unmark(self, what: Moment | Place, query: str, *, session: str) -> list[Mark]:
        return []

    def notes(self, where: Where | None, within: Span | None) -> list[Note]:
        return []

    def note(self, what: Moment | Cut | Place, text: str, tags: list[str], *, length_s: float | None) -> Note:
        assert BEEP.recorded_at is not None
        return Note("0" * 12, what.recording_id, BEEP.span, text, tuple(tags), BEEP.recorded_at)

    def unnote(self, note_ids: list[str]) -> list[Note]:
        return []

    def saved_queries(self) -> list[SavedQuery]:
        return []

    def save_query(self, name: str, line: str, *, replace: bool) -> SavedQuery:
        assert BEEP.recorded_at is not None
        return SavedQuery(name, line, BEEP.recorded_at)

    def unsave_query(self, name: str) -> SavedQuery | None:
        return None

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        self.library.set_time_zone(recording_id, zone)

    def clear_failures(self, paths: list[Path] | None) -> list[FailedFile]:
        return self.library.clear_failures(paths)

    def remove(self, recording_id: str) -> None:
        self.library.remove(recording_id)

    def hand_over(self) -> bool:
        return False


@contextmanager
def connected(folder: Path) -> Iterator[socket.socket]:
    """Connect to the owner in a folder, and say nothing."""
    address = read_address(folder)
    assert address is not None
    with connect(address) as connection:
        yield connection

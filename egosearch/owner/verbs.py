"""What can be done with a library that somebody has open, here or in another process, and the types that it takes."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, get_type_hints

from egosearch.backup.types import BackupReport
from egosearch.forgetting.types import ForgetPlan, Forgotten
from egosearch.integrity.types import IntegrityReport
from egosearch.owner.codec import described
from egosearch.table import Table
from egosearch.types import (
    ALL_PARTS,
    Answer,
    Curve,
    FailedFile,
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
from indexers.facts import Modality, Recording, Span, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from egosearch.catalog import SoundLevels
    from egosearch.clips.types import ClipFile, ClipOptions, Cut


class LibraryVerbs(Protocol):
    """A library as commands and the browser use it; `egosearch.library.Library` says what each verb does."""

    @property
    def path(self) -> Path: ...
    @property
    def encoders(self) -> Mapping[Modality, str]: ...
    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer: ...
    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]: ...
    def recordings(self) -> list[RecordingSummary]: ...
    def find(self, text: str) -> RecordingSummary: ...
    def failures(self) -> list[FailedFile]: ...
    def stats(self) -> LibraryStats: ...
    def marks(self, session: str | None = None) -> list[Mark]: ...
    def transcript(self, recording_id: str, within: Span | None = None) -> tuple[Utterance, ...]: ...
    def spaces(self) -> list[SpaceSummary]: ...
    def find_space(self, name: str) -> SpaceSummary: ...
    def sql(self, text: str) -> Table: ...
    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> "NDArray[np.uint8] | None": ...
    def sound_levels(self, recording_id: str) -> "SoundLevels | None": ...
    def clip(
        self,
        what: "Moment | Cut | Sequence[Moment | Cut]",
        path: Path | str,
        *,
        options: "ClipOptions | None" = None,
        on_progress: Callable[[float, float], None] | None = None,
    ) -> "ClipFile": ...

    def mark(
        self, what: Moment | Place, query: str, *, is_right: bool, session: str = "", length_s: float | None = None
    ) -> Mark: ...
    def unmark(self, what: Moment | Place, query: str, *, session: str = "") -> list[Mark]: ...
    def set_time_zone(self, recording_id: str, zone: str | None) -> None: ...
    def clear_failures(self, paths: Sequence[Path] | None = None) -> list[FailedFile]: ...
    def remove(self, recording_id: str) -> None: ...

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...


@dataclass(frozen=True)
class PackedLevels:
    """Sound levels on their way; `SoundLevels` holds an array, which importing costs a command 0.1 s."""

    hop_s: float
    start_s: float
    levels_db: bytes
    """float32, little-endian."""


class Owner(Protocol):
    """What an owner answers for others: the verbs above, as they travel.

    Pictures are not among them: a decoder that crashes must not take an indexing run with it, so whoever wants one
    asks for the recording and decodes it himself.
    """

    def encoders_in_use(self) -> dict[Modality, str]: ...
    def answer(self, query: Query, *, parts: Parts) -> Answer: ...
    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]: ...
    def recordings(self) -> list[RecordingSummary]: ...
    def find(self, text: str) -> RecordingSummary: ...
    def failures(self) -> list[FailedFile]: ...
    def stats(self) -> LibraryStats: ...
    def marks(self, session: str | None) -> list[Mark]: ...
    def transcript(self, recording_id: str, within: Span | None) -> tuple[Utterance, ...]: ...
    def spaces(self) -> list[SpaceSummary]: ...
    def find_space(self, name: str) -> SpaceSummary: ...
    def sql(self, text: str) -> Table: ...
    def verify(self, *, deep: bool) -> IntegrityReport: ...
    def export(self, path: Path) -> BackupReport: ...
    def recording(self, recording_id: str) -> Recording: ...
    def packed_levels(self, recording_id: str) -> PackedLevels | None: ...
    def mark(
        self, what: Moment | Place, query: str, *, is_right: bool, session: str, length_s: float | None
    ) -> Mark: ...
    def unmark(self, what: Moment | Place, query: str, *, session: str) -> list[Mark]: ...
    def set_time_zone(self, recording_id: str, zone: str | None) -> None: ...
    def clear_failures(self, paths: list[Path] | None) -> list[FailedFile]: ...
    def remove(self, recording_id: str) -> None: ...
    def to_forget(self, where: Where, within: Span | None) -> ForgetPlan: ...
    def forgotten(self) -> list[Forgotten]: ...
    def hand_over(self) -> bool:
        """Say whether the owner lets the library go now, for whoever wants to write to it."""
        ...


@dataclass(frozen=True)
class Verb:
    """One of `Owner`'s, as it travels."""

    arguments: Mapping[str, Any]
    """Type by name; all are given by name, and none may be missing."""
    returns: Any


@cache
def verbs() -> Mapping[str, Verb]:
    """Return the verbs that an owner answers, by name."""
    found: dict[str, Callable[..., Any]] = {
        name: function for name, function in vars(Owner).items() if inspect.isfunction(function) and name[0] != "_"
    }
    hints = {name: get_type_hints(function) for name, function in found.items()}
    return {
        name: Verb({argument: kind for argument, kind in one.items() if argument != "return"}, one["return"])
        for name, one in hints.items()
    }


@cache
def shape() -> str:
    """Return digits that change with every verb, field and type that travels: both ends must have the same."""
    lines = [
        f"{name}({', '.join(f'{argument}: {described(kind)}' for argument, kind in verb.arguments.items())})"
        f" -> {described(verb.returns)}"
        for name, verb in sorted(verbs().items())
    ]
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()

"""How much is indexed, for the whole library in one query: the catalogue's own verbs ask one recording at a time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from egosearch.catalog import Catalog
from egosearch.types import RecordingSummary
from indexers.lexical import MODEL as LEXICAL
from indexers.types import EmbeddingSpace, Modality, Recording


@dataclass(frozen=True)
class CommittedSlice:
    """A slice as committed in one space."""

    index: int
    duration_s: float
    windows: int


Committed = Mapping[tuple[str, str], Mapping[int, CommittedSlice]]
"""By recording and space, then by the slice's number."""


@dataclass(frozen=True)
class Coverage:
    """Which slices are committed in which spaces."""

    spaces: tuple[EmbeddingSpace, ...]
    """Those that searches use."""
    committed: Committed
    """In all spaces."""

    def of(self, recording_id: str, space: EmbeddingSpace) -> Mapping[int, CommittedSlice]:
        """Return the slices of a recording that are committed in a space, by number."""
        return self.committed.get((recording_id, space.id), {})

    def slices(self, recording_id: str, spaces: tuple[EmbeddingSpace, ...]) -> dict[int, CommittedSlice]:
        """Return the slices of a recording that are committed in all of these spaces."""
        found = [self.of(recording_id, space) for space in spaces]
        return {i: piece for i, piece in found[0].items() if all(i in other for other in found)} if found else {}

    def indexed_s(self, recording: Recording) -> float:
        """Return how many seconds of a recording can be searched with every sense that it has."""
        committed = self.slices(recording.recording_id, fitting(self.spaces, recording))
        return min(recording.duration_s, sum(piece.duration_s for piece in committed.values()))

    def windows(self) -> dict[Modality, int]:
        """Return how many windows each sense is searched in; the words of what is said are in the windows of speech."""
        modality = {space.id: space.modality for space in self.spaces if space.model != LEXICAL}
        counts = dict.fromkeys(modality.values(), 0)
        for (_, space_id), pieces in self.committed.items():
            if space_id in modality:
                counts[modality[space_id]] += sum(piece.windows for piece in pieces.values())
        return counts


def read_coverage(catalog: Catalog, spaces: list[EmbeddingSpace]) -> Coverage:
    """Read what is committed.

    Args:
        catalog: Where.
        spaces: Those that searches use.
    """
    committed: dict[tuple[str, str], dict[int, CommittedSlice]] = defaultdict(dict)
    for recording_id, space_id, index, duration_s, windows in catalog.all_committed():
        committed[recording_id, space_id][index] = CommittedSlice(index, duration_s, windows)
    return Coverage(tuple(spaces), dict(committed))


def fitting(spaces: tuple[EmbeddingSpace, ...], recording: Recording) -> tuple[EmbeddingSpace, ...]:
    """Return the spaces that a recording has something for."""
    return tuple(
        space
        for space in spaces
        if (recording.video if space.modality is Modality.VISUAL else recording.audio) is not None
    )


def summary(recording: Recording, coverage: Coverage) -> RecordingSummary:
    """Return a recording as the library lists it."""
    return RecordingSummary(
        recording_id=recording.recording_id,
        path=recording.path,
        duration_s=recording.duration_s,
        size_bytes=recording.size_bytes,
        recorded_at=recording.recorded_at,
        device=recording.device,
        has_sound=recording.audio is not None,
        has_pictures=recording.video is not None,
        indexed_s=coverage.indexed_s(recording),
        is_present=recording.path.exists(),
    )

"""What a search reads: the windows of each space, and the library's common time line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from egosearch.query.sounds import SoundEvents
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.kept import KeptRows
from egosearch.scan.timeline import HeardEvents, TimeLine, heard_events
from indexers.embeddings import Background, Embeddings
from indexers.types import EmbeddingSpace, Modality

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]

_Cached = TypeVar("_Cached")

GAP_S = 120.0
"""Laid between recordings on the library's common time line: no sense reaches across it."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Windows whose vectors are kept here to tell what is usual among all of them; see `egosearch.scan.sample`."""

    windows: NDArray[np.int64]
    """Shape (s,), ascending."""
    rows: Embeddings | KeptRows
    """Those s."""


@dataclass(frozen=True, eq=False)
class SpaceMatrix:
    """All n windows of a library in one space, by recording and then by time."""

    space: EmbeddingSpace
    recording_ids: tuple[str, ...]
    digests: tuple[str, ...]
    """One per recording: changes when its committed slices do."""
    offsets: NDArray[np.int64]
    """Shape (recordings + 1,): the windows of recording j are `offsets[j]:offsets[j + 1]`."""
    start_s: Seconds
    end_s: Seconds
    clarity: Floats | NDArray[np.float16]
    """Shape (n, 2): loudness_db and snr_db, or sharpness and exposure; see `indexers.types.WindowQuality`. Halves in
    the cache, which tell 20 dB from 20.02."""
    rows: Embeddings | KeptRows | FetchedRows
    """The windows' vectors. In the cache they are `KeptRows`; in a large library on a server they are fetched for each
    search (`egosearch.query.completion`)."""
    index: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    """Shape (n,): each window's number in its recording, by which a server knows it; in a library without a server not
    kept, shape (0,)."""
    sample: Sample | None = None
    """What the background was measured on; None where that is all windows."""

    def __len__(self) -> int:
        return len(self.start_s)

    @cached_property
    def recording_of(self) -> NDArray[np.int64]:
        """Shape (n,): each window's recording, as a number."""
        return np.repeat(np.arange(len(self.recording_ids)), np.diff(self.offsets))

    def similarities(self, query: Floats) -> Floats:
        """Return the inner product of every window with `query` (shape (dim,)), as shape (n,)."""
        return self.rows.dot(query)

    def usual(self, query: Floats) -> Floats:
        """Return the similarities that tell what is usual: of all windows, or of the sample where not all are here."""
        return self.similarities(query) if self.sample is None else self.sample.rows.dot(query)

    @cached_property
    def background(self) -> Background:
        """Mean and deviation of each dimension over the library: read, or computed where the rows come without."""
        return self.rows.background or self.rows.measured()

    @property
    def is_whole(self) -> bool:
        """Whether all vectors are here."""
        return not isinstance(self.rows, FetchedRows)

    def rows_of(self, j: int, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where the windows of recording j with these numbers are, -1 for those that are not, shape as given."""
        first, last = int(self.offsets[j]), int(self.offsets[j + 1])
        numbers = self.index[first:last].astype(np.int64)
        at = np.searchsorted(numbers, index)
        return np.where(np.append(numbers, -1)[at] == index, first + at, -1)

    def with_rows(self, rows: Embeddings | FetchedRows, sample: Sample | None) -> "SpaceMatrix":
        """Return the same windows with these vectors."""
        return _with_what_is_known(replace(self, rows=rows, sample=sample), self, "recording_of")


@dataclass(frozen=True, eq=False)
class Scan:
    """Everything that a search reads."""

    generation: str
    matrices: Mapping[Modality, SpaceMatrix]
    events: SoundEvents
    durations_s: Mapping[str, float]
    """By recording."""
    lexical: SpaceMatrix | None = None
    """What is said by its words; `matrices` has it by its sense. None where the library has no speech."""

    @property
    def is_whole(self) -> bool:
        """Whether all vectors are here, so that no server need be asked."""
        return all(matrix.is_whole for matrix in self.all_matrices())

    def all_matrices(self) -> Iterator[SpaceMatrix]:
        """Yield one matrix a sense, then the one of words if there is one."""
        yield from self.matrices.values()
        if self.lexical is not None:
            yield self.lexical

    @cached_property
    def origins_s(self) -> Mapping[str, float]:
        """Where each recording begins on the library's common time line."""
        origins, at = {}, 0.0
        for recording_id, duration_s in self.durations_s.items():
            origins[recording_id] = at
            at += duration_s + GAP_S
        return origins

    @cached_property
    def lines(self) -> Mapping[Modality, TimeLine]:
        """When the windows of each space are, on the common time line."""
        return {modality: self.line_of(matrix) for modality, matrix in self.matrices.items()}

    def line_of(self, matrix: SpaceMatrix) -> TimeLine:
        """Return when the windows of one matrix are, worked out anew: `lines` keeps those of the senses."""
        origins = self.origin_of(matrix.recording_ids)[matrix.recording_of]
        return TimeLine(matrix.start_s + origins, matrix.end_s + origins)

    @cached_property
    def heard(self) -> HeardEvents:
        """The sound events over the windows of sound; there must be some of these."""
        table = self.events.table
        origins = self.origin_of(self.events.recording_ids)
        origin = origins[table[:, 0].astype(np.int64)] if len(table) else np.zeros(0)
        return heard_events(table[:, 1] + origin, table[:, 2] + origin, table[:, 3], self.lines[Modality.AUDIO])

    def with_matrices(self, matrices: Mapping[Modality, SpaceMatrix]) -> "Scan":
        """Return the same windows with other vectors."""
        return _with_what_is_known(replace(self, matrices=matrices), self, "origins_s", "lines", "heard")

    def origin_of(self, recording_ids: tuple[str, ...]) -> Seconds:
        """Return where these recordings begin on the common time line, in their order."""
        return np.array([self.origins_s[one] for one in recording_ids], dtype=np.float64)


def _with_what_is_known(one: _Cached, known: _Cached, *names: str) -> _Cached:
    """Hand on properties that were worked out before, which for a hundred hours takes longer than a query."""
    vars(one).update({name: vars(known)[name] for name in names if name in vars(known)})
    return one

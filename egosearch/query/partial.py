"""A sense of which only some windows are here: what its curves propose there, and where more is needed.

`completion` fetches until nothing that matters is open. The proposals are those of `candidates`, or more: what is
proposed here decides what is fetched, and nothing else.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.candidates import GROWTH, grow
from egosearch.query.curves import SMOOTHING_WINDOWS, background, smoothed
from egosearch.query.stretches import NO_SPANS, Spans
from egosearch.scan import SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.sample import fetch
from egosearch.scan.timeline import TimeLine
from egosearch.stores.base import VectorStore
from indexers.types import Modality

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Proposed:
    """What one curve proposes, as far as its windows are here."""

    spans: Spans
    """Of the peaks, as grown."""
    open: Spans
    """Where the score is above 0 up to the edge of what is here."""
    bounds: Spans
    """Shape as `open`: how far each may go on, which is to an end of its recording at its open side."""


class PartSense:
    """One space on the common time line, while it is completed."""

    def __init__(self, matrix: SpaceMatrix, line: TimeLine) -> None:
        """Begin with what `matrix` has."""
        self.matrix = matrix
        self._line = line
        rows = matrix.rows
        self._is_asked = np.ones(len(matrix), bool)  # asked for, whether the store had it or not
        if isinstance(rows, FetchedRows):
            self._is_asked[:] = False
            self._is_asked[rows.windows] = True

    def fetch(self, store: VectorStore, wanted: Spans) -> bool:
        """Fetch the windows that overlap these spans; return whether any was not asked for before."""
        rows = self.matrix.rows
        if not isinstance(rows, FetchedRows):
            return False
        first = np.searchsorted(self._line.ends_s, wanted[:, 0], side="left")
        last = np.searchsorted(self._line.starts_s, wanted[:, 1], side="right")
        inside = np.zeros(len(self.matrix) + 1, np.int64)
        np.add.at(inside, first, 1)
        np.add.at(inside, np.maximum(first, last), -1)
        new = np.flatnonzero((np.cumsum(inside)[:-1] > 0) & ~self._is_asked)
        self._is_asked[new] = True
        self.matrix = self.matrix.with_rows(fetch(self.matrix, store, new, rows), self.matrix.sample)
        return bool(len(new))

    def constant(self, towards: Floats) -> float:
        """Return what a window's score is less than its inner product."""
        if self.matrix.space.layout == "sparse":
            return float(background(self.matrix)[0] @ towards)
        return float(self.matrix.usual(towards).mean()) if len(self.matrix) else 0.0

    def proposed(self, towards: Floats, constant: float) -> Proposed:
        """Return what a curve proposes: every peak above 0, whether the engine will keep it or not."""
        rows = self.matrix.rows
        here, held = (rows.windows, rows.held) if isinstance(rows, FetchedRows) else (np.arange(len(rows)), rows)
        if not len(here):
            return Proposed(NO_SPANS, NO_SPANS, NO_SPANS)
        scores = held.dot(towards) - np.float32(constant)
        begins = np.concatenate([[True], (np.diff(here) != 1) | (np.diff(self.matrix.recording_of[here]) != 0)])
        if self.matrix.space.modality is Modality.VISUAL:
            scores = smoothed(scores, np.cumsum(begins))
        first, last = grow(scores, np.cumsum(begins), _peaks(scores, begins), GROWTH)
        return Proposed(self.between(here[first], here[last]), *self._open(here, scores, begins))

    def _open(self, here: Rows, scores: Floats, begins: NDArray[np.bool_]) -> tuple[Spans, Spans]:
        """Return where scores are above 0 up to an edge behind which the recording goes on, and how far it does."""
        starts, ends = np.flatnonzero(begins), np.flatnonzero(np.append(begins[1:], True))
        begin, end = (self.matrix.offsets[self.matrix.recording_of[here[starts]] + k] for k in (0, 1))
        # The outermost window that is smoothed takes part of its score from beyond: the one before it decides.
        inset = SMOOTHING_WINDOWS // 2 if self.matrix.space.modality is Modality.VISUAL else 0
        is_above = (scores > 0).astype(np.float32)
        spans, bounds = [], []
        for edges, goes_on, is_start in (
            (np.minimum(starts + inset, ends), here[starts] > begin, True),
            (np.maximum(ends - inset, starts), here[ends] < end - 1, False),
        ):
            is_open = goes_on & (is_above[edges] > 0)
            first, last = grow(is_above, np.cumsum(begins), edges[is_open], 1.0)
            first, last = here[first], here[last]
            spans.append(self.between(first, last))
            bounds.append(self.between(begin[is_open], last) if is_start else self.between(first, end[is_open] - 1))
        return np.concatenate(spans), np.concatenate(bounds)

    def between(self, first: Rows, last: Rows) -> Spans:
        """Return the spans from the start of the `first` windows to the end of the `last` ones."""
        return np.stack([self._line.starts_s[first], self._line.ends_s[last]], axis=1)


def _peaks(scores: Floats, begins: NDArray[np.bool_]) -> Rows:
    """Find the windows above 0 that are no lower than the ones beside them in their run."""
    lowest = np.float32(-np.inf)
    before = np.where(begins, lowest, np.roll(scores, 1))
    after = np.where(np.append(begins[1:], True), lowest, np.roll(scores, -1))
    return np.flatnonzero((scores > 0) & (scores >= before) & (scores >= after))

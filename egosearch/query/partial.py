"""A sense of which only some windows are here: what its curves propose there, and where more is needed.

`completion` fetches until nothing that matters is open. The proposals are those of `candidates`, or more: what is
proposed here decides what is fetched, and nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.candidates import GROWTH
from egosearch.query.curves import SMOOTHING_WINDOWS, background, runs, smoothed
from egosearch.query.peaks import grow
from egosearch.query.speaking import Measure, Terms, measure, rows_beside, words_beside
from egosearch.query.stretches import NO_SPANS, Spans
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.kept import KeptRows
from egosearch.scan.sample import fetch
from egosearch.scan.timeline import TimeLine
from egosearch.stores.base import VectorStore
from indexers.embeddings import Embeddings
from indexers.types import Modality

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Judged = Callable[[], Floats]
"""Returns the scores of the windows that are here; called again when more are."""


@dataclass(frozen=True, eq=False)
class Asking:
    """What a query asks of one space, as a server can answer it."""

    modality: Modality
    towards: Floats
    """Shape (dim,): its inner product with a window is the window's score but for a constant, see `curves.whitened`; of
    speech, the query by its meaning."""
    terms: Terms | None = None
    """Of speech, the words asked for."""


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
        self._runs = runs(matrix, line)
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

    def searches(self, asking: Asking) -> "Iterator[tuple[PartSense, Floats]]":
        """Yield what a server is asked: the spaces, each with a vector of its own."""
        yield self, asking.towards

    def judged(self, asking: Asking) -> Judged:
        """Return how windows are scored, but for a factor."""
        if self.matrix.space.layout == "sparse":
            constant = float(background(self.matrix)[0] @ asking.towards)
        else:
            constant = float(self.matrix.usual(asking.towards).mean()) if len(self.matrix) else 0.0
        return lambda: self._here()[1].dot(asking.towards) - np.float32(constant)

    def proposed(self, judged: Judged) -> Proposed:
        """Return what a curve proposes: every peak above 0, whether the engine will keep it or not."""
        here, _ = self._here()
        if not len(here):
            return Proposed(NO_SPANS, NO_SPANS, NO_SPANS)
        scores = judged()
        begins = np.concatenate([[True], (np.diff(here) != 1) | (np.diff(self._runs[here]) != 0)])
        if self.matrix.space.modality is Modality.VISUAL:
            scores = smoothed(scores, np.cumsum(begins))
        first, last = grow(scores, np.cumsum(begins), _peaks(scores, begins), GROWTH)
        return Proposed(self.between(here[first], here[last]), *self._open(here, scores, begins))

    def _open(self, here: Rows, scores: Floats, begins: NDArray[np.bool_]) -> tuple[Spans, Spans]:
        """Return where scores are above 0 up to an edge behind which the recording goes on, and how far it does."""
        starts, ends = np.flatnonzero(begins), np.flatnonzero(np.append(begins[1:], True))
        run = self._runs[here[starts]]
        begin, end = np.searchsorted(self._runs, run, side="left"), np.searchsorted(self._runs, run, side="right")
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

    def _here(self) -> "tuple[Rows, Embeddings | KeptRows]":
        """Return which windows are here, and their vectors."""
        rows = self.matrix.rows
        return (rows.windows, rows.held) if isinstance(rows, FetchedRows) else (np.arange(len(rows)), rows)

    def between(self, first: Rows, last: Rows) -> Spans:
        """Return the spans from the start of the `first` windows to the end of the `last` ones."""
        return np.stack([self._line.starts_s[first], self._line.ends_s[last]], axis=1)


class PartSpeech(PartSense):
    """What is said on the common time line, by its meaning and by its words, while it is completed."""

    def __init__(self, scan: Scan, matrix: SpaceMatrix) -> None:
        """Begin with what `matrix` has, and with the words that `scan` has."""
        super().__init__(matrix, scan.lines[Modality.SPEECH])
        lexical = words_beside(scan, matrix)
        self.words = None if lexical is None else PartSense(lexical, scan.line_of(lexical))
        self._beside = np.full(len(matrix), -1) if lexical is None else rows_beside(scan, matrix, lexical)

    def fetch(self, store: VectorStore, wanted: Spans) -> bool:
        """Fetch the utterances that overlap these spans, in both spaces."""
        has_more = super().fetch(store, wanted)
        return (self.words is not None and self.words.fetch(store, wanted)) or has_more

    def searches(self, asking: Asking) -> Iterator[tuple[PartSense, Floats]]:
        yield self, asking.towards
        if self.words is not None:
            yield self.words, self._measure(asking).share

    def judged(self, asking: Asking) -> Judged:
        words = self.words
        measured = self._measure(asking)

        def scores() -> Floats:
            here, held = self._here()
            shares = np.zeros(len(here), np.float32)
            if words is not None:
                at = self._beside[here]
                said = np.append(words.matrix.similarities(measured.share), np.float32(0))
                shares = np.where(at < 0, np.float32(0), said[at])
            return measured.scores(held.dot(asking.towards), shares)

        return scores

    def _measure(self, asking: Asking) -> Measure:
        lexical = None if self.words is None else self.words.matrix
        return measure(self.matrix.usual(asking.towards), lexical, asking.towards, asking.terms)


def part_of(scan: Scan, sense: Modality) -> PartSense:
    """Return a sense of a scan, to be completed."""
    matrix = scan.matrices[sense]
    return PartSpeech(scan, matrix) if sense is Modality.SPEECH else PartSense(matrix, scan.lines[sense])


def _peaks(scores: Floats, begins: NDArray[np.bool_]) -> Rows:
    """Find the windows above 0 that are no lower than the ones beside them in their run."""
    lowest = np.float32(-np.inf)
    before = np.where(begins, lowest, np.roll(scores, 1))
    after = np.where(np.append(begins[1:], True), lowest, np.roll(scores, -1))
    return np.flatnonzero((scores > 0) & (scores >= before) & (scores >= after))

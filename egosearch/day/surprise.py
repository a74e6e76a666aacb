"""How far concepts stand out on a day from the rest of the library.

What made a day is what the other days do not have. So a concept is measured as `egosearch.query.curves` measures a
query that asks for it alone, but against a background without the day itself:

    surprise(t, c) = trust(t) * (v[c](t) - mean[c]) / (deviation[c] + DEVIATION_FLOOR) ** WHITENING

with mean and deviation of the windows of all other days, shrunk towards the prior as there. Scores are on the scale of
searches: below 1 is little, 2 is clear. What is there every day has a high mean and a wide spread, and does not stand
out; what went on all day long and never else does, though it is usual among that day's own windows. Where there are no
other days, the prior is all that is known, and what is clearest stands out most.

Worked example: speech is at 0.9 in one window of two, every day: mean 0.45, deviation 0.45. At 0.9 it scores
0.45 / 0.54 ** 0.5 = 0.61. A bell that other days lack has mean 0 and, in a large library, deviation 0: at 0.6 it scores
0.6 / 0.09 ** 0.5 = 2.

One window may be wrong, so a concept scores at a window the mean with its neighbours: of sound with the better one of
the two, since a sound may be as short as two windows; of pictures with both. A window where it stands out by less than
`LEAST`, before trust, counts 0.

Source: leaving a part out of its own background is the jackknife (Quenouille, "Notes on Bias in Estimation", 1956).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.confidence import BIAS, LEAD, THRESHOLD
from egosearch.query.curves import DEVIATION_FLOOR, SMOOTHING_WINDOWS, WHITENING, shrunk
from egosearch.query.peaks import LEAST_WINDOWS
from egosearch.scan import SpaceMatrix
from indexers.embeddings import Background, SparseRows
from indexers.types import Modality

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

LEAST = (math.log(THRESHOLD / (1 - THRESHOLD)) - BIAS) / LEAD
"""What scores less, 1.36, would not be answered by a search for it."""
COUNTED = {Modality.AUDIO: LEAST_WINDOWS, Modality.VISUAL: SMOOTHING_WINDOWS}
"""Windows whose mean a concept scores."""


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual of each concept. Shapes (dim,)."""

    mean: Floats
    divisor: Floats

    def surprises(self, values: Floats, concepts: Rows | slice = slice(None)) -> Floats:
        """Return how far strengths of these concepts stand out, without trust; at least 0, shape as given."""
        found = (values - self.mean[concepts]) / self.divisor[concepts]
        return np.asarray(np.maximum(found, 0), np.float32)


@dataclass(frozen=True, eq=False)
class Peaks:
    """Where each of k concepts stands out most, the most surprising first. Shapes (k,)."""

    concepts: Rows
    rows: Rows
    """Of the day."""
    scores: Floats


def usual_elsewhere(matrix: SpaceMatrix, rows: SparseRows) -> Usual:
    """Return what is usual among the windows of a library that are not among a day's.

    Args:
        matrix: The library's.
        rows: The day's, out of it.
    """
    n, known = len(matrix), matrix.background
    values = rows.values.astype(np.float64)
    concepts = rows.indices.astype(np.int64)
    mean = known.mean.astype(np.float64)
    total = n * mean - np.bincount(concepts, values, minlength=rows.dim)
    squares = n * (known.deviation.astype(np.float64) ** 2 + mean**2)
    squares -= np.bincount(concepts, values**2, minlength=rows.dim)
    others = n - len(rows)
    # Rounding, and a background that was measured on a sample, may take away a little more than there is.
    rest = Background.from_sums(others, np.maximum(0, total), np.maximum(0, squares))
    usual, deviation = shrunk(rest, others)
    divisor = (deviation + DEVIATION_FLOOR) ** WHITENING
    return Usual(usual.astype(np.float32), divisor.astype(np.float32))


def strongest(rows: SparseRows, usual: Usual, trust: Floats, follows: NDArray[np.bool_], counted: int) -> Peaks:
    """Find where each concept stands out most, of those that do at all.

    Args:
        rows: The m windows of a day.
        usual: Elsewhere.
        trust: Shape (m,), in [0, 1].
        follows: Shape (m,): whether each window comes right after the one before it, in the same recording.
        counted: Windows whose mean a concept scores: 2 for itself and the better neighbour, 3 for itself and both.

    Returns:
        At most one place a concept, none below `LEAST`; of equal ones the first.
    """
    needed = usual.mean + np.float32(LEAST) * usual.divisor
    values = rows.values.astype(np.float32)
    entries = np.flatnonzero(values >= needed[rows.indices.astype(np.int64)])  # one in ten or twenty
    # By concept and then by time, so that what a concept has in the next window lies beside it.
    order = np.argsort(rows.indices[entries], kind="stable")
    at, entries = _row_of(rows, entries)[order], entries[order]
    concepts = rows.indices[entries].astype(np.int64)
    own = usual.surprises(values[entries], concepts) * trust[at]
    is_next = (np.diff(concepts) == 0) & (np.diff(at) == 1) & follows[at[1:]]
    before, after = np.zeros_like(own), np.zeros_like(own)
    before[1:], after[:-1] = own[:-1] * is_next, own[1:] * is_next
    both = np.maximum(before, after) if counted == LEAST_WINDOWS else before + after
    scores = (own + both) / np.float32(counted)
    best = _best_of_each(concepts, scores)
    best = best[scores[best] >= LEAST]
    best = best[np.argsort(-scores[best], kind="stable")]
    return Peaks(concepts[best], at[best], scores[best])


def _best_of_each(concepts: Rows, scores: Floats) -> Rows:
    """Return the highest entry of each concept, the first of several; `concepts` is ascending."""
    starts = np.flatnonzero(np.diff(concepts, prepend=-1))
    if not len(starts):
        return starts
    highest = np.repeat(np.maximum.reduceat(scores, starts), np.diff(np.append(starts, len(scores))))
    tops = np.flatnonzero(scores == highest)
    return tops[np.searchsorted(tops, starts)]


def _row_of(rows: SparseRows, entries: Rows) -> Rows:
    return np.searchsorted(rows.indptr, entries, side="right") - 1


def along(rows: SparseRows, concept: int, usual: Usual, trust: Floats) -> Floats:
    """Return how far one concept stands out in each window of a day, shape (m,)."""
    entries = np.flatnonzero(rows.indices == concept)
    at = _row_of(rows, entries)
    out = np.zeros(len(rows), np.float32)
    out[at] = usual.surprises(rows.values[entries].astype(np.float32), np.full(len(at), concept)) * trust[at]
    return out

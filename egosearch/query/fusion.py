"""Two senses into one ranking: each candidate is helped by what the other sense has nearby.

Sound and sight of one event do not coincide: the microwave beeps, the door opens seconds later. So a candidate takes
support from the other sense's candidates within reach, less with distance, in both directions:

    support = max over the other sense's candidates o of  H(own, u * lent(o)) * (1 - gap / REACH_S)
    fused   = own + SUPPORT * support

with H(a, b) = 2ab / (a + b), the harmonic mean: it is carried by the weaker of the two, so a strong sound does not
lift whatever picture happens to be near, and gap the seconds between the two spans, 0 where they overlap. `own` is the
candidate's score and `lent` the other's `support`, each weighted by u, how well its sense can express the query.

Worked example: a sound of 3 and a picture of 1.5 that begins 2 s after it ends: H = 2, three quarters of it are left
after 2 s, so the sound's fused score is 3 + 1.5 * 1.5 = 5.25.

Reciprocal rank fusion is here too, as the baseline that the default has to beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egosearch.query.candidates import Candidates

REACH_S = 8.0
"""Seconds between two spans at which they stop supporting each other. From 5 to 12 the bench hardly changed."""
SUPPORT = 1.5
JOIN_SHARE = 0.25
"""Two candidates become one moment where the weaker scores at least this share of the stronger."""
RRF_K = 60

Floats64 = NDArray[np.float64]


@dataclass(frozen=True)
class Fused:
    """A candidate with its support."""

    start_s: float
    """On the library's common time line."""
    end_s: float
    score: float
    sense: int
    """Index of the leading sense."""
    row: int
    """Index of its candidate."""
    other: tuple[int, int] | None
    """Sense and row of the mate that supports it; None where nothing does."""


def fuse(
    candidates: Sequence[Candidates],
    mates: Sequence[Candidates],
    weights: Sequence[float],
    *,
    join_above: float,
    reach_s: float = REACH_S,
) -> list[Fused]:
    """Rank the candidates of all senses together.

    Args:
        candidates: One per sense.
        mates: One per sense: all of it that may support a candidate of another sense.
        weights: How well each sense can express the query.
        join_above: Two spans become one moment only where both senses score more than this.
        reach_s: Seconds between two spans at which they stop supporting each other; 0 asks that they overlap.

    Returns:
        Best first, ties by time. Scores compare within one call only.
    """
    own = [np.maximum(w * found.scores.astype(np.float64), 0) for found, w in zip(candidates, weights, strict=True)]
    lent = [np.maximum(w * found.support.astype(np.float64), 0) for found, w in zip(mates, weights, strict=True)]
    columns: list[tuple[NDArray[Any], ...]] = []
    for sense, found in enumerate(candidates):
        scores, starts_s, ends_s = own[sense].copy(), found.starts_s.copy(), found.ends_s.copy()
        best = _Support(np.zeros(len(found)), np.full(len(found), -1))
        of_sense = np.full(len(found), -1)
        for other in range(len(candidates)):
            if other == sense:
                continue
            support = _support(found, own[sense], mates[other], lent[other], reach_s)
            better = support.values > best.values
            best.values[better], best.rows[better], of_sense[better] = (
                support.values[better],
                support.rows[better],
                other,
            )
        scores += SUPPORT * best.values
        for other in range(len(candidates)):
            rows = np.flatnonzero(of_sense == other)
            theirs = best.rows[rows]
            joined = _belong_together(own[sense][rows], lent[other][theirs], join_above)
            rows, theirs = rows[joined], theirs[joined]
            starts_s[rows] = np.minimum(starts_s[rows], mates[other].starts_s[theirs])
            ends_s[rows] = np.maximum(ends_s[rows], mates[other].ends_s[theirs])
        rows = np.arange(len(found))
        columns.append((starts_s, ends_s, scores, np.full(len(found), sense), rows, of_sense, best.rows))
    if not columns:
        return []
    every = [np.concatenate(column) for column in zip(*columns, strict=True)]
    order = np.lexsort((every[0], -every[2]))
    return [
        Fused(start_s, end_s, score, sense, row, None if other < 0 else (other, mate))
        for start_s, end_s, score, sense, row, other, mate in zip(*(x[order].tolist() for x in every), strict=True)
    ]


def _belong_together(scores: Floats64, others: Floats64, join_above: float) -> NDArray[np.bool_]:
    weaker, stronger = np.minimum(scores, others), np.maximum(scores, others)
    return (weaker > join_above) & (weaker >= JOIN_SHARE * stronger)


@dataclass(frozen=True, eq=False)
class _Support:
    """For each of k candidates the best support of another sense, and the row of the mate that gives it."""

    values: Floats64
    rows: NDArray[np.int64]


def _support(found: Candidates, own: Floats64, others: Candidates, theirs: Floats64, reach_s: float) -> _Support:
    if not len(found) or not len(others):
        return _Support(np.zeros(len(found)), np.zeros(len(found), np.int64))
    gap = gaps(found.starts_s, found.ends_s, others.starts_s, others.ends_s)  # (k, others)
    total = own[:, None] + theirs[None]
    harmonic = 2 * own[:, None] * theirs[None] / np.where(total > 0, total, 1)
    support = harmonic * (np.maximum(0, 1 - gap / reach_s) if reach_s > 0 else gap == 0)
    best = support.argmax(axis=1)
    return _Support(support[np.arange(len(found)), best], best)


def gaps(starts: Floats64, ends: Floats64, other_starts: Floats64, other_ends: Floats64) -> Floats64:
    """Return the seconds between spans, 0 where they touch or overlap, shape (k, others)."""
    after = other_starts[None] - ends[:, None]
    before = starts[:, None] - other_ends[None]
    return np.maximum(0, np.maximum(after, before))


def reciprocal_rank_fusion(candidates: Sequence[Candidates], *, k: int = RRF_K) -> list[Fused]:
    """Fuse by rank alone: the baseline.

    A candidate scores the sum of 1 / (k + rank) over the senses; in the other senses it has the rank of the best
    candidate that overlaps it, and gets nothing where none does. Ranks count from 1.

    Source:
        Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning
        Methods", SIGIR 2009.
    """
    fused = []
    for sense, found in enumerate(candidates):
        for row in range(len(found)):
            score, mate = 1 / (k + row + 1), None
            for other, theirs in enumerate(candidates):
                if other == sense:
                    continue
                overlaps = np.flatnonzero((theirs.starts_s < found.ends_s[row]) & (theirs.ends_s > found.starts_s[row]))
                if len(overlaps):
                    score += 1 / (k + int(overlaps[0]) + 1)
                    mate = other, int(overlaps[0])
            fused.append(Fused(float(found.starts_s[row]), float(found.ends_s[row]), score, sense, row, mate))
    return sorted(fused, key=lambda one: (-one.score, one.start_s))

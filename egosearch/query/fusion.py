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
    best = _Support(np.zeros(len(found)), np.zeros(len(found), np.int64))
    rows, mates = _pairs(found, others, reach_s)
    if not len(rows):
        return best
    gap = gaps(found.starts_s[rows], found.ends_s[rows], others.starts_s[mates], others.ends_s[mates])
    mine, lent = own[rows], theirs[mates]
    total = mine + lent
    harmonic = 2 * mine * lent / np.where(total > 0, total, 1)
    support = harmonic * (np.maximum(0, 1 - gap / reach_s) if reach_s > 0 else gap == 0)
    order = np.lexsort((mates, -support, rows))  # by candidate, its best mate first
    firsts = order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
    best.values[rows[firsts]], best.rows[rows[firsts]] = support[firsts], mates[firsts]
    return best


def _pairs(found: Candidates, others: Candidates, reach_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of every two spans within reach of each other, and of some that are not, each of shape (p,).

    Of thousands of spans few are near a candidate: comparing it with all of them takes longer than finding those.
    """
    order = np.argsort(others.starts_s, kind="stable")
    until_s = np.maximum.accumulate(others.ends_s[order])
    first = np.searchsorted(until_s, found.starts_s - reach_s, side="left")
    last = np.searchsorted(others.starts_s[order], found.ends_s + reach_s, side="right")
    count = np.maximum(0, last - first)
    rows = np.repeat(np.arange(len(found)), count)
    return rows, order[np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)]


def gaps(starts: Floats64, ends: Floats64, other_starts: Floats64, other_ends: Floats64) -> Floats64:
    """Return the seconds between two spans, 0 where they touch or overlap, of p pairs; shape (p,)."""
    return np.maximum(0, np.maximum(other_starts - ends, starts - other_ends))


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

"""Relevance feedback: moments marked right or wrong shape the next answers to the same query in the same session.

Two things follow from marks. Their own moments are settled: a wrong one is not shown again, a right one comes first
(`judge`). And what they show moves the query (`refined`), so that other moments like them rise or fall.

In a space of concepts the query moves in the coordinates in which it is scored, see `egosearch.query.curves`:

    z = (v - mean) / (deviation + DEVIATION_FLOOR) ** WHITENING

With r and x the mean z of the right and of the wrong rows (0 where there are none), p the query's positive weights and
S their sum:

    up    = max(0, (r - x) - p . (r - x) / S)   where r > 0: what sets the right ones apart better than the query does
    down  = max(0, x - r)                       where x > 0 and nothing is asked: what the wrong ones have too much
    b, g  = BETA * right / (right + 1), GAMMA * wrong / (wrong + 1), by the number of rows
    refined = (p + b * S * up / sum(up)) / (1 + b) - g * S * down / sum(down)

so the positive weights still sum to S, and the score's scale and the confidence go on meaning the same. The centre of
the right rows never scores lower than before where nothing is marked wrong, that of the wrong rows never higher where
nothing is marked right, and the difference of the two never shrinks. What was asked keeps a weight above 0 whatever is
marked: a wrong mark says what speaks against a moment, it does not take back the question.

Worked example: concepts (bell, kitchen, telephone), mean 0 and deviation 0.16, so z = 2 v; the query is (1, 0, 0).
A right row (0.4, 0.8, 0) has r = (0.8, 1.6, 0): up is (0, 0.8, 0) and b = 0.375, which gives (0.73, 0.27, 0) and lifts
its score from 0.8 to 1.02. A wrong row (0.4, 0, 0.9) besides has x = (0.8, 0, 1.8): down is the telephone and g = 0.25,
which gives (0.73, 0.27, -0.25) and takes its score from 0.8 to 0.13.

A dense space has no concepts to choose from: there the query turns towards the centre of the right rows and away from
that of the wrong ones, all seen from the library's mean, and keeps its length.

Source: Rocchio, "Relevance Feedback in Information Retrieval", 1971; the few strongest terms only, and the weights:
Salton and Buckley, "Improving Retrieval Performance by Relevance Feedback", JASIS 1990.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from egosearch.query.curves import DEVIATION_FLOOR, WHITENING
from egosearch.query.intervals import temporal_iou
from egosearch.scan import SpaceMatrix
from egosearch.types import Mark, Moment
from indexers.types import Span

Floats = NDArray[np.float32]
Floats64 = NDArray[np.float64]

BETA = 0.75
"""What the right ones show, relative to 1 for the query: the source's value."""
GAMMA = 0.5
"""What the wrong ones show: twice the source's 0.25, because it counts only where the right ones lack it."""
MOVED = 4
"""Concepts that may gain weight, and as many that may count against: with the eight of a query no more than 16, and a
scan costs by the concept. A moment is told in about four words, the rest is chance."""
WINDOWS = 4
"""Of a marked moment: where the query is met, not what else goes on around it."""
FRESH = timedelta(hours=12)
"""Older marks are labels only. A day's search is over by then, and the system gives a terminal's number, by which a
session goes unless it was named, to another one later."""
SAME_FROM_IOU = 0.3
"""From here on two spans are about the same moment, as in the engine's own suppression of doubles."""
KNOWN = 1.0
"""Confidence of a moment that was marked right: it needs no estimate."""


def refined(
    weights: Floats,
    right: Floats,
    wrong: Floats,
    mean: Floats,
    deviation: Floats,
    *,
    layout: Literal["dense", "sparse"] = "sparse",
) -> Floats:
    """Return a query moved by what was marked, in one space.

    Args:
        weights: Shape (dim,), the query. In a sparse space an entry below 0 counts against, and stays as it is.
        right: Shape (r, dim), a row for each moment marked right, in any order; see `marked_rows`.
        wrong: Shape (w, dim), likewise.
        mean: Shape (dim,): the library's background.
        deviation: Shape (dim,): likewise; of no use in a dense space.
        layout: Of the space.

    Returns:
        Shape (dim,). In a sparse space at most `2 * MOVED` entries more than before are not 0, and the positive ones
        have the same sum; in a dense space the length is the same. Without rows, `weights` as they are.
    """
    if not len(right) and not len(wrong):
        return weights
    gain, loss = BETA * len(right) / (len(right) + 1), GAMMA * len(wrong) / (len(wrong) + 1)
    query, centred = weights.astype(np.float64), mean.astype(np.float64)
    if layout == "dense":
        return _turned(query, gain * _direction(right - centred) - loss * _direction(wrong - centred))
    scale = (deviation.astype(np.float64) + DEVIATION_FLOOR) ** WHITENING
    return _reweighted(query, _centre((right - centred) / scale), _centre((wrong - centred) / scale), gain, loss)


def _reweighted(query: Floats64, right: Floats64, wrong: Floats64, gain: float, loss: float) -> Floats:
    positive = np.maximum(query, 0)
    total = positive.sum()
    if total == 0:  # the space cannot express the query: nothing to go by, and no weight to share out
        return query.astype(np.float32)
    apart = right - wrong
    up = _strongest(np.where((right > 0) & (query >= 0), apart - positive @ apart / total, 0))
    if up.any():
        positive = (positive + gain * total * up / up.sum()) / (1 + gain)
    down = _strongest(np.where((wrong > 0) & (positive == 0), -apart, 0))
    if down.any():
        down *= loss * total / down.sum()
    return (positive + np.minimum(query, 0) - down).astype(np.float32)


def _strongest(values: Floats64) -> Floats64:
    """Keep the `MOVED` highest entries above 0, of equals the first; the others become 0."""
    top = np.argsort(-values, kind="stable")[:MOVED]
    kept = np.zeros_like(values)
    kept[top] = np.maximum(values[top], 0)
    return kept


def _turned(query: Floats64, towards: Floats64) -> Floats:
    length = np.linalg.norm(query)
    moved = query + length * towards
    moved_length = np.linalg.norm(moved)
    return (moved * (length / moved_length) if moved_length > 0 else query).astype(np.float32)


def _direction(rows: Floats64) -> Floats64:
    """Return the centre of the rows' directions, of length 1; 0 where they have none in common, or there are none."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    centre = _centre(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))
    length = float(np.linalg.norm(centre))
    return centre / length if length > 0 else centre


def _centre(rows: Floats64) -> Floats64:
    """Return the mean of the rows, 0 for none."""
    # Sorted, the sum is rounded alike whatever order the marks were made in.
    return np.sort(rows, axis=0).mean(axis=0) if len(rows) else np.zeros(rows.shape[1])


def marked_rows(matrix: SpaceMatrix, marks: Iterable[Mark], weights: Floats) -> Floats:
    """Return what marked moments show in a space: a row a mark, which may be fewer rows than marks.

    A row is the mean of the few windows of the moment that answer the query best. A moment's windows are those that
    have half of themselves, or half of the moment, in common with it. Moments without any are left out: their recording
    has none of this sense, or is gone.

    Args:
        matrix: The space.
        marks: What was marked.
        weights: Shape (dim,), the query.

    Returns:
        Shape (k, dim), k up to the number of marks.
    """
    rows = [matrix.rows.take(windows) for windows in (_windows(matrix, mark) for mark in marks) if len(windows)]
    best = [part.dense()[np.argsort(-part.dot(weights), kind="stable")[:WINDOWS]].mean(axis=0) for part in rows]
    return np.array(best, dtype=np.float32).reshape(-1, matrix.space.dim)


def _windows(matrix: SpaceMatrix, mark: Mark) -> NDArray[np.int64]:
    if mark.recording_id not in matrix.recording_ids:
        return np.zeros(0, np.int64)
    j = matrix.recording_ids.index(mark.recording_id)
    first, last = int(matrix.offsets[j]), int(matrix.offsets[j + 1])
    starts, ends = np.asarray(matrix.start_s[first:last]), np.asarray(matrix.end_s[first:last])
    common = np.minimum(ends, mark.span.end_s) - np.maximum(starts, mark.span.start_s)
    return first + np.flatnonzero(common >= np.minimum(ends - starts, mark.span.duration_s) / 2)


def fresh(marks: Iterable[Mark], now: datetime) -> list[Mark]:
    """Return the marks that still refine a search, see `FRESH`; `now` has a time zone."""
    return [mark for mark in marks if now - mark.marked_at <= FRESH]


def judge(moments: Sequence[Moment], marks: Sequence[Mark]) -> list[Moment]:
    """Settle the moments that were judged already.

    A moment is judged by the mark of its recording that has most in common with it, of equals the latest: at an IoU
    of `SAME_FROM_IOU`, or where one lies wholly in the other. Judged wrong, it is dropped. Judged right, it comes
    before those that nobody judged, its confidence is `KNOWN`, and its score is no lower than any of theirs.

    Args:
        moments: An answer's, best first.
        marks: Of the same query and session, in any order.

    Returns:
        Best first; within the right ones, and within the others, in the order they had.
    """
    judged = [(moment, _verdict(moment, marks)) for moment in moments]
    highest = max((moment.score for moment, verdict in judged if verdict is not False), default=0.0)
    known = [replace(moment, score=highest, confidence=KNOWN) for moment, verdict in judged if verdict]
    return known + [moment for moment, verdict in judged if verdict is None]


def _verdict(moment: Moment, marks: Sequence[Mark]) -> bool | None:
    about = [
        (iou, mark.marked_at, mark.is_right)
        for mark in marks
        if mark.recording_id == moment.recording_id
        and ((iou := _iou(moment.span, mark.span)) >= SAME_FROM_IOU or _is_within(moment.span, mark.span))
    ]
    return max(about)[2] if about else None


def _iou(one: Span, other: Span) -> float:
    return temporal_iou(one.start_s, one.end_s, other.start_s, other.end_s)


def _is_within(one: Span, other: Span) -> bool:
    """Whether either lies wholly in the other."""
    inner, outer = sorted((one, other), key=lambda span: span.duration_s)
    return outer.start_s <= inner.start_s and inner.end_s <= outer.end_s

"""How good a ranking is. Pure arithmetic on overlaps: it knows no query, no recording and no library.

A query's ranking is a matrix of temporal IoU: k moments, best first, by g right spans, 0 where the two lie in different
recordings. Every figure is a mean over queries that have something to find (g > 0), in [0, 1], higher is better; an
empty ranking (k = 0) scores 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Overlaps = NDArray[np.float64]
"""Shape (k, g)."""

AP_IOUS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
"""0.5, 0.55, ... 0.95: what QVHighlights' mAP is the mean of."""
AP_MOMENTS = 10
"""QVHighlights takes this many moments of a ranking; more would only let long lists win."""


def recall_at(rankings: Sequence[Overlaps], k: int, iou: float) -> float:
    """Return R@k, IoU=m: the share of queries with a moment among the first k that meets a right span by m or more.

    Worked example: two queries, the first moment meets its span by 0.4 and by 0.6, the second of the first by 0.9:
    R@1, IoU=0.5 is 0.5 and R@2, IoU=0.5 is 1.

    Raises:
        ValueError: There is no query.

    Source:
        Gao et al., "TALL: Temporal Activity Localization via Language Query", ICCV 2017. As in QVHighlights' evaluator
        an overlap of exactly m counts, and of several right spans the best one; Ego4D's wants more than m.
    """
    return _mean([best_overlap(ranking[:k]) >= iou for ranking in rankings])


def mean_iou(rankings: Sequence[Overlaps]) -> float:
    """Return mIoU: the first moment's overlap with the right span it meets best, averaged over queries.

    Worked example: first moments that overlap by 0.4 and by 0: mIoU is 0.2.

    Raises:
        ValueError: There is no query.
    """
    return _mean([best_overlap(ranking[:1]) for ranking in rankings])


def mean_reciprocal_rank(rankings: Sequence[Overlaps], iou: float) -> float:
    """Return MRR: 1 / rank of the first moment that meets a right span by `iou` or more, 0 without one, averaged.

    Ranks count from 1. Worked example: right at the first place, right at the fourth, never right: (1 + 1/4 + 0) / 3.

    Raises:
        ValueError: There is no query.

    Source:
        Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    reciprocals = []
    for ranking in rankings:
        right = np.flatnonzero((ranking >= iou).any(axis=1))
        reciprocals.append(1 / (1 + int(right[0])) if len(right) else 0.0)
    return _mean(reciprocals)


def average_precision(overlaps: Overlaps, scores: Floats, iou: float) -> float:
    """Return the average precision of one query's moments at one IoU, as QVHighlights' evaluator has it.

    The first ten moments, by score, equal ones in the order given, each take the free right span that they meet best,
    of equal ones the later, if by `iou` or more: a true positive, and the span is taken; else a false positive.
    Precision at a recall is the highest there or at any higher recall, and AP is the area below:

        AP = sum over true positives of  max(precision there and after) / g

    Worked example: right spans A and B; moments meet A, nothing, A again, B. The third is false, for A is taken.
    Precision at the true positives, first and fourth, is 1 and 2/4, so AP = (1 + 1/2) / 2 = 0.75.

    Args:
        overlaps: Shape (k, g), g > 0.
        scores: Shape (k,).
        iou: At least 0, and more for a moment that meets nothing to be wrong.

    Raises:
        ValueError: There is no right span.

    Source:
        Lei et al., NeurIPS 2021, `standalone_eval/` of its repository; the interpolation is PASCAL VOC's of 2010. The
        evaluator cannot score an empty ranking; its formula gives 0.
    """
    right = overlaps.shape[1]
    if not right:
        raise ValueError("average precision needs a right span")
    order = np.argsort(-scores[:AP_MOMENTS], kind="stable")
    is_free = np.ones(right, dtype=bool)
    is_true = np.zeros(len(order), dtype=bool)
    for place, row in enumerate(overlaps[:AP_MOMENTS][order]):
        open_to_it = np.where(is_free & (row >= iou), row, -1.0)
        best = right - 1 - int(open_to_it[::-1].argmax())
        is_true[place] = open_to_it[best] >= 0
        is_free[best] &= not is_true[place]
    precision = np.cumsum(is_true) / np.arange(1, len(order) + 1)
    highest_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(highest_from_here[is_true].sum() / right)


def mean_average_precision(rankings: Sequence[Overlaps], scores: Sequence[Floats], ious: Sequence[float]) -> float:
    """Return mAP: average precision, averaged over queries and IoUs.

    With `AP_IOUS` it is QVHighlights' "MR-full-mAP", with one IoU "mAP@0.5" and the like; in [0, 1], not per cent.

    Raises:
        ValueError: There is no query, or one without a right span.
    """
    pairs = list(zip(rankings, scores, strict=True))
    return _mean([average_precision(overlaps, found, iou) for overlaps, found in pairs for iou in ious])


def best_overlap(overlaps: Overlaps) -> float:
    """Return the highest IoU in a matrix; 0 in an empty one."""
    return float(overlaps.max(initial=0.0))


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise ValueError("a mean needs a query")
    return float(np.mean(values))

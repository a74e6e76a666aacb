"""From questions and what was answered to figures: the formulas of `metrics` and `reliability`, applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from egosearch.evaluation.annotations import LabelledQuery, Target
from egosearch.evaluation.metrics import (
    AP_IOUS,
    Overlaps,
    best_overlap,
    mean_average_precision,
    mean_iou,
    mean_reciprocal_rank,
    recall_at,
)
from egosearch.evaluation.reliability import BINS, FEW_A_BIN, Bin, auroc, calibration_error, equal_mass, equal_width
from egosearch.query.intervals import temporal_iou
from indexers.types import Span

RECALL_K = (1, 5, 10)
RECALL_IOUS = (0.3, 0.5, 0.7)
MRR_IOUS = (0.3, 0.5)
RIGHT_IOU = 0.3
"""A moment is right from this overlap on, where one number has to do: whoever starts playing there finds the thing."""


@dataclass(frozen=True)
class Prediction:
    """A moment, as far as scoring goes."""

    recording: str
    """Its name in the annotations."""
    span: Span
    confidence: float
    """Any number that grows with how sure it is; only a probability can be checked for calibration."""


@dataclass(frozen=True)
class Scored:
    """A query, what is right, and what was answered."""

    labelled: LabelledQuery
    relevant: tuple[Target, ...]
    """Of the query's right spans, those that could be found."""
    predictions: tuple[Prediction, ...]
    """Best first."""

    @property
    def top_confidence(self) -> float:
        """The first moment's; 0 without one."""
        return self.predictions[0].confidence if self.predictions else 0.0


@dataclass(frozen=True)
class Ranking:
    """How good the rankings are, over the queries that have something to find."""

    n: int
    recall: Mapping[tuple[int, float], float]
    """R@k, IoU=m by (k, m)."""
    mean_iou: float
    mean_ap: float
    """As QVHighlights' "MR-full-mAP", over IoUs from 0.5 to 0.95."""
    ap_at: Mapping[float, float]
    """mAP at one IoU."""
    reciprocal_rank: Mapping[float, float]
    """MRR by IoU."""
    start_error_s: float | None
    """Median distance of the first moment's start from the nearest right start, where the moment overlaps a right span;
    None where none does."""
    start_n: int
    """How many do."""


@dataclass(frozen=True)
class Calibration:
    """Whether confidences are probabilities, over the first moments of all queries that have one."""

    n: int
    error: float
    """Expected calibration error with ten bins of equal width."""
    error_equal_mass: float
    """The same with bins of about as many queries each: steadier where there are few."""
    binning: Literal["equal width", "equal mass"]
    bins: tuple[Bin, ...]
    """The reliability table."""


@dataclass(frozen=True)
class Confidence:
    """What confidence is worth."""

    present: int
    absent: int
    auroc: float | None
    """None without queries of both kinds."""
    threshold: float
    answered_right: float | None
    """Share of present queries whose first moment is right and reaches the threshold; None without any, or where
    confidences are no probabilities, which are not comparable with a threshold."""
    false_alarms: float | None
    """Share of absent queries whose first moment reaches the threshold; None likewise."""
    calibration: Calibration | None
    """None where there is no moment, or a confidence is no probability."""


@dataclass(frozen=True)
class Figures:
    """All figures of one way to search."""

    ranking: Ranking | None
    """None where no query has something to find."""
    groups: Mapping[str, Ranking]
    """By group, in alphabetical order; empty where the annotations have none."""
    confidence: Confidence


def score(scored: Sequence[Scored], *, limit: int, threshold: float) -> Figures:
    """Return the figures.

    Args:
        scored: Every query once.
        limit: At most so many moments were asked for: R@k is given up to there.
        threshold: The confidence from which on a moment is shown.
    """
    judged = [(one, overlaps(one)) for one in scored]
    present = [(one, matrix) for one, matrix in judged if one.relevant]
    groups = sorted({one.labelled.group for one, _ in present} - {""})
    by_group = {name: [pair for pair in present if pair[0].labelled.group == name] for name in groups}
    return Figures(
        ranking=_ranking(present, limit) if present else None,
        groups={name: _ranking(pairs, limit) for name, pairs in by_group.items()},
        confidence=_confidence(judged, threshold),
    )


def overlaps(scored: Scored) -> Overlaps:
    """Return the IoU of every prediction with every right span, shape (k, g); 0 in different recordings."""
    matrix = np.zeros((len(scored.predictions), len(scored.relevant)))
    for i, found in enumerate(scored.predictions):
        for j, right in enumerate(scored.relevant):
            if found.recording == right.recording:
                spans = found.span.start_s, found.span.end_s, right.span.start_s, right.span.end_s
                matrix[i, j] = temporal_iou(*spans)
    return matrix


def _ranking(pairs: Sequence[tuple[Scored, Overlaps]], limit: int) -> Ranking:
    rankings = [matrix for _, matrix in pairs]
    scores = [_confidences(one) for one, _ in pairs]
    errors_s = [_start_error_s(one) for one, matrix in pairs if best_overlap(matrix[:1]) > 0]
    return Ranking(
        n=len(pairs),
        recall={(k, iou): recall_at(rankings, k, iou) for k in RECALL_K if k <= limit for iou in RECALL_IOUS},
        mean_iou=mean_iou(rankings),
        mean_ap=mean_average_precision(rankings, scores, AP_IOUS),
        ap_at={iou: mean_average_precision(rankings, scores, [iou]) for iou in (0.5, 0.75)},
        reciprocal_rank={iou: mean_reciprocal_rank(rankings, iou) for iou in MRR_IOUS},
        start_error_s=float(np.median(errors_s)) if errors_s else None,
        start_n=len(errors_s),
    )


def _confidence(judged: Sequence[tuple[Scored, Overlaps]], threshold: float) -> Confidence:
    present = [one.top_confidence for one, _ in judged if one.relevant]
    absent = [one.top_confidence for one, _ in judged if not one.relevant]
    sure = [(one, matrix) for one, matrix in judged if one.predictions and one.top_confidence >= threshold]
    right = sum(best_overlap(matrix[:1]) >= RIGHT_IOU for one, matrix in sure if one.relevant)
    alarms = sum(not one.relevant for one, _ in sure)
    are_probabilities = all(0 <= one.top_confidence <= 1 for one, _ in judged)
    return Confidence(
        present=len(present),
        absent=len(absent),
        auroc=auroc(present, absent) if present and absent else None,
        threshold=threshold,
        answered_right=right / len(present) if present and are_probabilities else None,
        false_alarms=alarms / len(absent) if absent and are_probabilities else None,
        calibration=_calibration([pair for pair in judged if pair[0].predictions]) if are_probabilities else None,
    )


def _calibration(answered: Sequence[tuple[Scored, Overlaps]]) -> Calibration | None:
    confidences = [one.top_confidence for one, _ in answered]
    if not confidences:
        return None
    is_right = [best_overlap(matrix[:1]) >= RIGHT_IOU for _, matrix in answered]
    by_width, by_mass = equal_width(confidences, is_right), equal_mass(confidences, is_right)
    has_few = len(confidences) < BINS * FEW_A_BIN
    return Calibration(
        n=len(confidences),
        error=calibration_error(by_width),
        error_equal_mass=calibration_error(by_mass),
        binning="equal mass" if has_few else "equal width",
        bins=by_mass if has_few else by_width,
    )


def _confidences(scored: Scored) -> NDArray[np.float64]:
    return np.array([one.confidence for one in scored.predictions], np.float64)


def _start_error_s(scored: Scored) -> float:
    first = scored.predictions[0]
    starts_s = [right.span.start_s for right in scored.relevant if right.recording == first.recording]
    return min(abs(first.span.start_s - start_s) for start_s in starts_s)

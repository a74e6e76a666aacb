"""Ranking figures: values worked by hand, a slow and obvious average precision, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.evaluation.metrics import (
    AP_IOUS,
    AP_MOMENTS,
    Floats,
    Overlaps,
    average_precision,
    best_overlap,
    mean_average_precision,
    mean_iou,
    mean_reciprocal_rank,
    recall_at,
)

# Few different values, so that ties and overlaps of exactly the threshold are common.
OVERLAPS = st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.55, 0.7, 0.75, 0.95, 1.0])
SCORES = st.sampled_from([0.1, 0.4, 0.4, 0.9])


@st.composite
def ranked(draw: st.DrawFn, *, most: int = 13) -> tuple[Overlaps, Floats]:
    k, g = draw(st.integers(0, most)), draw(st.integers(1, 5))
    cells = draw(st.lists(OVERLAPS, min_size=k * g, max_size=k * g))
    scores = draw(st.lists(SCORES, min_size=k, max_size=k))
    return np.array(cells, np.float64).reshape(k, g), np.array(scores, np.float64)


def slow_average_precision(overlaps: list[list[float]], scores: list[float], right: int, iou: float) -> float:
    """Follow the evaluator's words: sort, assign one by one, then the area below the interpolated curve."""
    first_ten = list(zip(overlaps, scores, strict=True))[:10]
    taken: set[int] = set()
    outcomes = []
    for row, _ in sorted(first_ten, key=lambda pair: -pair[1]):
        preferred = [span for _, span in sorted((value, span) for span, value in enumerate(row))][::-1]
        hit = next((span for span in preferred if row[span] >= iou and span not in taken), None)
        outcomes.append(hit is not None)
        taken |= {hit} if hit is not None else set()
    recalls = [sum(outcomes[: n + 1]) / right for n in range(len(outcomes))]
    precisions = [sum(outcomes[: n + 1]) / (n + 1) for n in range(len(outcomes))]
    area = 0.0
    for step in range(1, right + 1):  # recall rises by 1 / right at a time
        reached = [p for p, r in zip(precisions, recalls, strict=True) if r >= step / right - 1e-12]
        area += max(reached, default=0.0) / right
    return area


@given(ranked(), st.sampled_from(AP_IOUS))
def test_average_precision_is_the_slow_one_s(pair: tuple[Overlaps, Floats], iou: float) -> None:
    overlaps, scores = pair
    expected = slow_average_precision(overlaps.tolist(), scores.tolist(), overlaps.shape[1], iou)
    assert average_precision(overlaps, scores, iou) == pytest.approx(expected)


def test_average_precision_by_hand() -> None:
    # A, nothing, A again, B: the third is false, for A is taken.
    overlaps = np.array([[0.9, 0], [0, 0], [0.8, 0], [0, 0.6]])
    assert average_precision(overlaps, np.array([0.9, 0.8, 0.7, 0.6]), 0.5) == pytest.approx((1 + 2 / 4) / 2)
    # With the right ones last, interpolation gives both the final precision: 2/4 beats 1/3.
    late = np.array([[0, 0], [0, 0], [0.8, 0], [0, 0.6]])
    assert average_precision(late, np.array([0.9, 0.8, 0.7, 0.6]), 0.5) == pytest.approx((2 / 4 + 2 / 4) / 2)


def test_scores_order_the_moments_and_equal_ones_stay_as_given() -> None:
    overlaps = np.array([[0.0], [1.0]])
    assert average_precision(overlaps, np.array([0.1, 0.9]), 0.5) == 1
    assert average_precision(overlaps, np.array([0.5, 0.5]), 0.5) == 0.5


def test_of_equal_spans_the_later_is_taken() -> None:
    # The first moment meets both alike. It takes B, and leaves A to the second, which meets A only.
    assert average_precision(np.array([[0.6, 0.6], [0.6, 0]]), np.array([0.9, 0.8]), 0.5) == 1
    assert average_precision(np.array([[0.6, 0.6], [0, 0.6]]), np.array([0.9, 0.8]), 0.5) == 0.5


def test_an_overlap_of_exactly_the_threshold_counts() -> None:
    exactly = np.array([[0.5]])
    assert recall_at([exactly], 1, 0.5) == 1
    assert average_precision(exactly, np.array([1.0]), 0.5) == 1
    assert average_precision(exactly, np.array([1.0]), 0.55) == 0


def test_the_eleventh_moment_is_not_looked_at() -> None:
    overlaps = np.zeros((11, 1))
    overlaps[10] = 1
    best_last = np.arange(11, dtype=np.float64)
    assert average_precision(overlaps, best_last, 0.5) == 0
    assert average_precision(overlaps[1:], best_last[1:], 0.5) == 1


def test_mean_average_precision_is_over_queries_and_overlaps() -> None:
    rankings = [np.array([[0.72]]), np.zeros((0, 2))]
    scores = [np.array([0.3]), np.zeros(0)]
    # 0.72 reaches five of the ten: 0.5, 0.55, 0.6, 0.65, 0.7.
    assert mean_average_precision(rankings, scores, AP_IOUS) == pytest.approx((5 / 10 + 0) / 2)
    assert AP_IOUS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
    assert AP_MOMENTS == 10


def test_recall_overlap_and_rank_by_hand() -> None:
    rankings = [np.array([[0.4], [0.9]]), np.array([[0.6, 0.1]]), np.zeros((0, 1))]
    assert recall_at(rankings, 1, 0.5) == pytest.approx(1 / 3)
    assert recall_at(rankings, 5, 0.5) == pytest.approx(2 / 3)
    assert mean_iou(rankings) == pytest.approx((0.4 + 0.6) / 3)
    assert mean_reciprocal_rank(rankings, 0.5) == pytest.approx((1 / 2 + 1 + 0) / 3)


def test_without_queries_there_is_no_mean() -> None:
    with pytest.raises(ValueError, match="a mean needs a query"):
        recall_at([], 1, 0.5)
    with pytest.raises(ValueError, match="a mean needs a query"):
        mean_reciprocal_rank([], 0.5)
    with pytest.raises(ValueError, match="needs a right span"):
        average_precision(np.zeros((1, 0)), np.ones(1), 0.5)


@given(st.lists(ranked(), min_size=1, max_size=6))
def test_figures_are_shares_that_order_themselves(pairs: list[tuple[Overlaps, Floats]]) -> None:
    rankings, scores = [one for one, _ in pairs], [found for _, found in pairs]
    for iou in (0.3, 0.5, 0.7):
        at_one, at_five = recall_at(rankings, 1, iou), recall_at(rankings, 5, iou)
        assert 0 <= at_one <= at_five <= 1, "more moments find no less"
        assert at_one <= mean_reciprocal_rank(rankings, iou) <= recall_at(rankings, 99, iou)
        assert recall_at(rankings, 1, iou) * iou <= mean_iou(rankings) + 1e-12
    assert recall_at(rankings, 1, 0.7) <= recall_at(rankings, 1, 0.5) <= recall_at(rankings, 1, 0.3)
    by_iou = [mean_average_precision(rankings, scores, [iou]) for iou in AP_IOUS]
    assert all(0 <= one <= 1 for one in by_iou)
    assert mean_average_precision(rankings, scores, AP_IOUS) == pytest.approx(np.mean(by_iou))


@given(ranked(most=9))
def test_a_moment_that_meets_nothing_and_comes_last_changes_nothing(pair: tuple[Overlaps, Floats]) -> None:
    overlaps, scores = pair
    longer = np.vstack([overlaps, np.zeros((1, overlaps.shape[1]))])
    assert average_precision(longer, np.append(scores, 0.0), 0.5) == pytest.approx(
        average_precision(overlaps, scores, 0.5)
    )
    assert mean_reciprocal_rank([longer], 0.5) == mean_reciprocal_rank([overlaps], 0.5)
    assert best_overlap(longer) == best_overlap(overlaps)

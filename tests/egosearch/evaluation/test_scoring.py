"""From questions and answers to figures."""

import pytest

from egosearch.evaluation.scoring import RECALL_K, Figures, Scored, overlaps, score
from tests.egosearch.evaluation.build import labelled, scored

BELL = labelled(1, ("a", 10, 20), group="sound")
CUP = labelled(2, ("b", 0, 4), ("b", 50, 60), group="sight")
NOTHING = labelled(3, text="a gunshot", group="absent")


def figures(*answers: Scored, limit: int = 10) -> Figures:
    return score(answers, limit=limit, threshold=0.4)


def test_overlaps_count_in_the_same_recording_only() -> None:
    found = overlaps(scored(CUP, ("b", 2, 4, 0.9), ("a", 50, 60, 0.8), ("b", 55, 60, 0.7)))
    assert found.tolist() == [[0.5, 0], [0, 0], [0, 0.5]]


def test_every_figure_says_over_how_many_queries() -> None:
    found = figures(
        scored(BELL, ("a", 10, 16, 0.9)),  # IoU 0.6
        scored(CUP, ("a", 0, 4, 0.5), ("b", 50, 60, 0.3)),  # wrong recording, then right
        scored(NOTHING, ("a", 1, 2, 0.6)),
    )
    assert found.ranking is not None
    assert found.ranking.n == 2
    assert found.ranking.recall[1, 0.5] == 0.5
    assert found.ranking.recall[1, 0.7] == 0
    assert found.ranking.recall[5, 0.7] == 0.5
    assert found.ranking.mean_iou == pytest.approx(0.3)
    assert found.ranking.reciprocal_rank[0.5] == pytest.approx((1 + 1 / 2) / 2)
    # The bell's moment reaches three of ten overlaps; the cup's second moment one of two spans, at precision 1/2.
    assert found.ranking.mean_ap == pytest.approx((3 / 10 + 1 / 4) / 2)
    assert found.ranking.ap_at == {0.5: pytest.approx((1 + 1 / 4) / 2), 0.75: pytest.approx(1 / 8)}
    assert (found.ranking.start_error_s, found.ranking.start_n) == (0, 1)
    assert {name: one.n for name, one in found.groups.items()} == {"sight": 1, "sound": 1}, "alphabetical, none absent"


def test_confidence_is_judged_by_first_moments() -> None:
    found = figures(
        scored(BELL, ("a", 10, 20, 0.9)),
        scored(CUP, ("b", 30, 40, 0.8)),
        scored(labelled(4, ("a", 1, 2)), ("a", 1, 2, 0.3)),  # right, but below the threshold
        scored(labelled(5, ("a", 1, 2))),  # not answered
        scored(NOTHING, ("a", 1, 2, 0.4)),
        scored(labelled(6)),
    ).confidence
    assert (found.present, found.absent) == (4, 2)
    assert found.answered_right == 1 / 4
    assert found.false_alarms == 1 / 2, "from the threshold on, it included"
    # Present 0.9, 0.8, 0.3, 0 against absent 0.4, 0: two and two, one, and a tie.
    assert found.auroc == pytest.approx((2 + 2 + 1 + 0.5) / 8)
    assert found.calibration is not None
    assert found.calibration.n == 4, "who does not answer claims nothing"
    assert found.calibration.binning == "equal mass"
    assert found.calibration.error == pytest.approx((abs(1 - 0.9) + 0.8 + abs(1 - 0.3) + 0.4) / 4)


def test_bins_of_equal_width_when_there_are_enough() -> None:
    many = [scored(labelled(n, ("a", 1, 2)), ("a", 1, 2, n / 100)) for n in range(100)]
    calibration = figures(*many).confidence.calibration
    assert calibration is not None
    assert calibration.binning == "equal width"
    assert [one.n for one in calibration.bins] == [10] * 10


def test_scores_that_are_no_probabilities_have_no_threshold() -> None:
    found = figures(scored(BELL, ("a", 10, 20, 7.5)), scored(NOTHING, ("a", 1, 2, -3.0))).confidence
    assert found.auroc == 1
    assert (found.answered_right, found.false_alarms, found.calibration) == (None, None, None)


def test_without_one_kind_of_query_figures_are_missing_and_not_zero() -> None:
    only_absent = figures(scored(NOTHING))
    assert only_absent.ranking is None
    assert (only_absent.confidence.auroc, only_absent.confidence.answered_right) == (None, None)
    assert only_absent.confidence.false_alarms == 0
    only_present = figures(scored(BELL)).confidence
    assert (only_present.auroc, only_present.false_alarms, only_present.calibration) == (None, None, None)
    assert only_present.answered_right == 0


def test_recall_is_given_up_to_the_limit() -> None:
    found = figures(scored(BELL), limit=5)
    assert found.ranking is not None
    assert {k for k, _ in found.ranking.recall} == {1, 5} < set(RECALL_K)
    assert found.ranking.start_error_s is None


def test_the_start_is_compared_with_the_nearest_right_one() -> None:
    found = figures(scored(CUP, ("b", 48, 58, 0.9)), scored(BELL, ("a", 13, 20, 0.9)), scored(BELL, ("a", 9, 20, 0.9)))
    assert found.ranking is not None
    assert found.ranking.start_error_s == pytest.approx(2), "the median of 2, 3 and 1"

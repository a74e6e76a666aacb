"""Confidence: values worked by hand, slow versions, and what must always hold."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.evaluation.reliability import (
    Bin,
    auroc,
    calibration_error,
    equal_mass,
    equal_width,
)

PROBABILITIES = st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.55, 0.9, 0.999, 1.0]) | st.floats(0, 1)
SOME = st.lists(PROBABILITIES, min_size=1, max_size=40)
JUDGED = st.lists(st.tuples(PROBABILITIES, st.booleans()), min_size=1, max_size=60)


def test_auroc_by_hand() -> None:
    assert auroc([0.9, 0.4], [0.4]) == 0.75
    assert auroc([0.9], [0.1, 0.2]) == 1
    assert auroc([0.1], [0.9]) == 0


@given(SOME, SOME)
def test_auroc_is_the_share_of_pairs_in_order(present: list[float], absent: list[float]) -> None:
    pairs = [1.0 if p > a else 0.5 if p == a else 0.0 for p in present for a in absent]
    assert auroc(present, absent) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc(present, absent) + auroc(absent, present) == pytest.approx(1)


def test_auroc_needs_both_kinds() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        auroc([0.5], [])


def test_bins_of_equal_width_by_hand() -> None:
    low, high = equal_width([0.2, 0.6, 0.8], [False, True, False], bins=2)
    assert low == Bin(0, 0.5, 1, 0.2, 0)
    assert (high.low, high.high, high.n, high.right) == (0.5, 1, 2, 0.5)
    assert high.confidence == pytest.approx(0.7)


def test_a_bin_has_its_lower_edge_and_the_last_one_both() -> None:
    assert [one.n for one in equal_width([0.0, 0.5, 1.0], [True] * 3, bins=2)] == [1, 2]


def test_calibration_error_by_hand() -> None:
    bins = [Bin(0, 0.5, 1, 0.2, 0.0), Bin(0.5, 1, 3, 0.9, 2 / 3)]
    assert calibration_error(bins) == pytest.approx(1 / 4 * 0.2 + 3 / 4 * (0.9 - 2 / 3))
    assert calibration_error([Bin(0, 1, 0, 0, 0), Bin(0, 1, 4, 0.25, 0.25)]) == 0


def test_bins_of_equal_mass_hold_about_as_many() -> None:
    crowded = [i / 1000 for i in range(19)] + [0.9]
    assert [one.n for one in equal_mass(crowded, [False] * 20)] == [10, 10]
    assert [one.n for one in equal_width(crowded, [False] * 20, bins=2)] == [19, 1]


def test_few_moments_make_one_bin_and_equal_confidences_share_one() -> None:
    assert len(equal_mass([0.1, 0.9], [False, True])) == 1
    assert [one.n for one in equal_mass([0.5] * 15 + [0.9] * 5, [True] * 20)] == [0, 20]


@given(JUDGED)
def test_every_moment_is_in_one_bin_between_its_edges(judged: list[tuple[float, bool]]) -> None:
    confidences, is_right = [one for one, _ in judged], [right for _, right in judged]
    for bins in (equal_width(confidences, is_right), equal_mass(confidences, is_right)):
        assert sum(one.n for one in bins) == len(judged)
        assert sum(one.n * one.right for one in bins) == pytest.approx(sum(is_right))
        assert (bins[0].low, bins[-1].high) == (0, 1)
        assert all(one.high == later.low for one, later in pairwise(bins))
        assert all(one.low - 1e-9 <= one.confidence <= one.high + 1e-9 for one in bins if one.n)
        assert 0 <= calibration_error(bins) <= 1


@given(JUDGED)
def test_the_order_of_queries_does_not_matter(judged: list[tuple[float, bool]]) -> None:
    shuffled = sorted(judged, key=lambda one: (one[1], -one[0]))
    for cut in (equal_width, equal_mass):
        one, other = (cut([c for c, _ in some], [r for _, r in some]) for some in (judged, shuffled))
        assert calibration_error(one) == pytest.approx(calibration_error(other))


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        equal_width([1.5], [True])
    with pytest.raises(ValueError, match="from 0 to 1"):
        equal_mass([float("nan")], [True])
    with pytest.raises(ValueError, match="needs moments"):
        calibration_error([])

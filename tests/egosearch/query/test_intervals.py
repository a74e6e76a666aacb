import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.fusion import Fused
from egosearch.query.intervals import suppress, temporal_iou

times = st.floats(0, 1000)


def fused(start_s: float, end_s: float, score: float = 1.0) -> Fused:
    return Fused(start_s, end_s, score, 0, 0, None)


def test_half_an_overlap() -> None:
    assert temporal_iou(0, 10, 5, 15) == pytest.approx(5 / 15)
    assert temporal_iou(0, 1, 1, 2) == 0
    assert temporal_iou(3, 3, 3, 3) == 0


@given(times, times, times, times)
def test_iou_is_symmetric_and_bounded(a: float, b: float, c: float, d: float) -> None:
    one, other = sorted((a, b)), sorted((c, d))
    value = temporal_iou(one[0], one[1], other[0], other[1])
    assert value == temporal_iou(other[0], other[1], one[0], one[1])
    assert 0 <= value <= 1


def test_suppression_keeps_the_best_of_what_overlaps() -> None:
    kept = suppress([fused(0, 10), fused(1, 10), fused(2, 3), fused(9, 30), fused(50, 60)], limit=10)
    assert [one.start_s for one in kept] == [0, 9, 50]


def test_suppression_stops_at_the_limit() -> None:
    assert len(suppress([fused(i * 10, i * 10 + 1) for i in range(9)], limit=4)) == 4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.confidence import confidence

score = st.floats(-100, 100)


def test_the_worked_example() -> None:
    assert confidence(2.0) == pytest.approx(0.75, abs=0.005)


@given(score, score)
def test_a_stronger_lead_is_surer(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 < confidence(low) <= confidence(high) < 1

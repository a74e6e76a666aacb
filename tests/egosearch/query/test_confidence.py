import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.confidence import confidence, rivalry

score = st.floats(0, 10)


def test_the_worked_example() -> None:
    assert confidence(2.0, 0.5) == pytest.approx(0.528, abs=0.001)


@given(score, score, st.floats(0, 1.5))
def test_a_stronger_lead_is_surer(a: float, b: float, rivals: float) -> None:
    low, high = sorted((a, b))
    assert 0 < confidence(low, rivals) <= confidence(high, rivals) < 1


@given(score, st.floats(0, 1.5), st.floats(0, 1.5))
def test_rivals_make_less_sure(lead: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert confidence(lead, high) <= confidence(lead, low)


def test_rivalry_compares_with_the_runners_up() -> None:
    assert rivalry(4.0, []) == 0
    assert rivalry(4.0, [2.0, 2.0, 2.0, 0.0]) == 0.5
    assert rivalry(0.0, [2.0]) == 1.5

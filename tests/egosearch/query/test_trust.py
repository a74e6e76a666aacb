import numpy as np
import pytest

from egosearch.query.trust import LEAST, clarity_of_events, clarity_of_windows, expressible
from indexers.types import Modality
from tests.egosearch.query import build


def test_the_best_sense_counts_fully_and_the_other_less() -> None:
    weights = expressible({Modality.AUDIO: 0.4, Modality.VISUAL: 0.9})
    assert weights[Modality.VISUAL] == 1
    assert weights[Modality.AUDIO] < 0.1
    assert expressible({}) == {}


def test_a_sound_at_the_floor_is_trusted_least() -> None:
    low, middle, high = clarity_of_events(np.array([5.0, 20.0, 40.0]))
    assert low == pytest.approx(LEAST, abs=0.01)
    assert low < middle < high
    assert high == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("clarity", "is_clear"), [((3.0, 0.5), True), ((0.2, 0.5), False), ((3.0, 0.01), False)])
def test_blur_and_darkness_cost_trust(clarity: tuple[float, float], is_clear: bool) -> None:
    made = build.matrix(Modality.VISUAL, {"a": [[1.0]]}, clarity=clarity)
    trust = clarity_of_windows(made, np.array([0]))[0]
    assert (trust > 0.9) if is_clear else (trust < 0.4)


def test_what_was_not_measured_is_trusted() -> None:
    assert clarity_of_events(np.array([np.nan])).tolist() == [1.0]

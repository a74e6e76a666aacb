from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egosearch.query.candidates import FAINT, Candidates, propose
from egosearch.query.curves import sense_curve
from egosearch.query.negation import REACH_S, Unwanted, highest, pushed_down
from egosearch.scan import Scan, SpaceMatrix
from indexers.types import Modality
from tests.egosearch.query import build

BELL, SPEECH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
strengths = st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=4, max_size=30)


def sights(*windows: Sequence[float]) -> tuple[Scan, SpaceMatrix]:
    made = build.matrix(Modality.VISUAL, {"a": windows})
    return build.scan(made), made


def found_of(scan: Scan, made: SpaceMatrix, weights: NDArray[np.float32] = BELL) -> Candidates:
    return propose(scan, sense_curve(scan, made, weights, 1.0)).best()


def unwanted(scan: Scan, made: SpaceMatrix, weights: NDArray[np.float32], weight: float = 1.0) -> Unwanted:
    return Unwanted(sense_curve(scan, made, weights, 1.0), weight)


def test_where_the_unwanted_is_the_wanted_sinks_and_elsewhere_it_stays() -> None:
    scan, made = sights(*[(0, 0)] * 10, *[(0.9, 0.5)] * 3, *[(0, 0)] * 17, *[(0.8, 0)] * 3, *[(0, 0)] * 10)
    before = found_of(scan, made)
    after = pushed_down(before, 1.0, [unwanted(scan, made, SPEECH)])
    scores = dict(zip(after.starts_s.tolist(), after.scores.tolist(), strict=True))
    was = dict(zip(before.starts_s.tolist(), before.scores.tolist(), strict=True))
    assert was[10.0] > was[30.0]
    assert scores[10.0] < 0.8 * was[10.0]
    assert scores[30.0] == was[30.0]


def test_the_worked_example() -> None:
    scan, made = sights((0, 0), (1, 0.5), (0, 0))
    wanted = found_of(scan, made).take(np.array([0]))
    against = unwanted(scan, made, SPEECH)
    share = float(against.near(wanted)[0] / wanted.scores[0])
    (left,) = pushed_down(wanted, 1.0, [against]).scores
    assert 0.4 < share < 0.6
    assert left == pytest.approx(wanted.scores[0] * (1 - share**2), rel=1e-5)


def test_a_sense_is_silenced_by_the_other_one() -> None:
    seen = build.matrix(Modality.VISUAL, {"a": [(0, 0)] * 5 + [(0.9, 0)] * 3 + [(0, 0)] * 12})
    heard = build.matrix(Modality.AUDIO, {"a": [(0, 0)] * 5 + [(0, 0.9)] * 3 + [(0, 0)] * 12})
    scan = build.scan(seen, heard)
    candidates = found_of(scan, seen)
    assert len(pushed_down(candidates, 1.0, [unwanted(scan, heard, SPEECH)])) < len(candidates)
    # A sense that cannot express the unwanted has little to say against the other.
    faint = pushed_down(candidates, 1.0, [unwanted(scan, heard, SPEECH, weight=0.1)])
    assert faint.scores[0] > 0.98 * candidates.scores[0]


def test_it_reaches_a_little_beside_the_candidate() -> None:
    def score(gap: int) -> float:
        scan, made = sights(*[(0, 0)] * 8, (0.9, 0), *[(0, 0)] * gap, *[(0, 0.9)] * 3, *[(0, 0)] * 8)
        after = pushed_down(found_of(scan, made), 1.0, [unwanted(scan, made, SPEECH)])
        return float(after.scores.max(initial=0))

    assert score(0) < 0.5
    assert score(int(REACH_S) + 4) > 0.5


@given(strengths)
def test_what_is_wanted_and_unwanted_leaves_nothing_to_notice(windows: list[tuple[float, float]]) -> None:
    scan, made = sights(*windows)
    left = pushed_down(found_of(scan, made), 1.0, [unwanted(scan, made, BELL)])
    assert (left.scores <= FAINT).all()


@given(strengths)
def test_what_is_nowhere_changes_nothing(windows: list[tuple[float, float]]) -> None:
    scan, made = sights(*[(bell, 0.0) for bell, _ in windows])
    before = found_of(scan, made)
    after = pushed_down(before, 1.0, [unwanted(scan, made, SPEECH)])
    assert after.scores.tolist() == before.scores.tolist()
    assert after.support.tolist() == before.support.tolist()


@given(strengths)
def test_the_order_does_not_matter_and_nothing_rises(windows: list[tuple[float, float]]) -> None:
    scan, made = sights(*windows)
    before = found_of(scan, made)
    several = [unwanted(scan, made, SPEECH), unwanted(scan, made, np.array([0.25, 0.25], np.float32))]
    after, other = pushed_down(before, 1.0, several), pushed_down(before, 1.0, several[::-1])
    assert after.scores.tolist() == other.scores.tolist()
    was = dict(zip(before.windows.tolist(), before.scores.tolist(), strict=True))
    assert all(
        score <= was[window] for window, score in zip(after.windows.tolist(), after.scores.tolist(), strict=True)
    )


@given(
    st.lists(st.floats(0, 10), max_size=20),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=8),
)
def test_the_highest_of_each_range(values: list[float], ranges: list[tuple[int, int]]) -> None:
    inside = [(min(a, len(values)), min(b, len(values))) for a, b in ranges]
    first, last = (np.array([one[i] for one in inside], np.int64) for i in (0, 1))
    slow = [max(values[a:b], default=0.0) for a, b in inside]
    assert highest(np.array(values), first, last).tolist() == slow

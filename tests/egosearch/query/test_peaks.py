"""Peaks are found all at once, and are those that one would find by looking at each window and its neighbours."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from egosearch.query.curves import SenseCurve
from egosearch.query.peaks import PEAK_REACH, find_peaks
from indexers.types import Modality
from tests.egosearch.query import build

# Few values, so that there are many equals; a filter hides windows at -inf.
scores = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 1.0, 1.0, 2.0])
recordings = st.lists(st.lists(st.tuples(scores, st.booleans()), min_size=1, max_size=12), min_size=1, max_size=6)


@given(recordings, st.booleans())
@example([[(1.0, False)]], True)
@example([[(1.0, False)] * 7, [(2.0, False)] * 2], False)
def test_peaks_are_the_highest_of_their_neighbours_in_the_same_recording(
    drawn: list[list[tuple[float, bool]]], is_covered: bool
) -> None:
    made = build.matrix(Modality.VISUAL, {str(j): [[0.0]] * len(several) for j, several in enumerate(drawn)})
    values = np.array([score for several in drawn for score, _ in several], np.float32)
    covered = np.array([hidden for several in drawn for _, hidden in several])
    line = build.scan(made).lines[Modality.VISUAL]
    found = find_peaks(SenseCurve(made, np.zeros(1, np.float32), 1.0, values, line), covered if is_covered else None)
    expected, first = [], 0
    for several in drawn:
        for i, (score, hidden) in enumerate(several):
            beside = [one for one, _ in several[max(0, i - PEAK_REACH) : i + PEAK_REACH + 1]]
            if score > 0 and score >= max(beside) and not (is_covered and hidden):
                expected.append(first + i)
        first += len(several)
    assert found.tolist() == expected

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.candidates import UNNAMED, grow, propose
from egosearch.query.curves import sense_curve
from indexers.types import Modality
from tests.egosearch.query import build

ASKED = np.array([1.0, 0.0], np.float32)


def windows(n: int, *there: int) -> list[list[float]]:
    return [[0.9 if i in there else 0.0, 0.0] for i in range(n)]


def test_an_event_takes_its_edges_from_the_level_and_its_score_from_the_windows() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40, 20)})
    scan = build.scan(made, events={"a": [(20.3, 20.5, 40.0), (30.0, 31.0, 40.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0))
    assert (found.starts_s[0], found.ends_s[0]) == (20.3, 20.5)
    assert found.scores[0] > 1
    assert found.scores[1:].max() < 0.1


def test_a_sound_at_the_floor_is_worth_less() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40, 10, 20)})
    scan = build.scan(made, events={"a": [(10.0, 11.0, 8.0), (20.0, 21.0, 40.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0))
    assert found.starts_s[0] == 20.0
    assert found.scores[1] < 0.5 * found.scores[0]


def test_a_clear_sound_without_a_name_lends_a_little_support() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40)})
    scan = build.scan(made, events={"a": [(20.0, 21.0, 40.0), (30.0, 31.0, 5.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0))
    support = dict(zip(found.starts_s.tolist(), found.support.tolist(), strict=True))
    assert support[20.0] == pytest.approx(UNNAMED, rel=0.01)
    assert support[30.0] == pytest.approx(0, abs=1e-6)


def test_what_goes_on_outside_all_events_is_proposed_too() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(60, *range(20, 40))})
    scan = build.scan(made, events={"a": [(5.0, 6.0, 40.0)]})
    best = propose(scan, sense_curve(scan, made, ASKED, 1.0)).take(np.array([0]))
    assert best.starts_s[0] == 20
    assert best.ends_s[0] == 40


def test_a_sight_does_not_grow_into_the_next_recording() -> None:
    made = build.matrix(Modality.VISUAL, {"a": windows(10, 7, 8, 9), "b": windows(10, 0, 1, 2)})
    scan = build.scan(made)
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0))
    spans = sorted(zip(found.starts_s.tolist(), found.ends_s.tolist(), strict=True))
    assert all(end_s - start_s <= 4 for start_s, end_s in spans)


def test_nothing_proposes_nothing() -> None:
    made = build.matrix(Modality.VISUAL, {"a": windows(10)})
    assert len(propose(build.scan(made), sense_curve(build.scan(made), made, ASKED, 1.0))) == 0


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.floats(0.05, 1), st.data())
def test_growth_holds_the_peak_and_stays_above_its_share(
    values: list[float], share: float, data: st.DataObject
) -> None:
    scores = np.array(values, np.float32)
    peak = data.draw(st.integers(0, len(values) - 1))
    first, last = grow(scores, peak, 0, len(scores), share)
    assert first <= peak <= last
    assert (scores[first : last + 1] >= np.float32(share) * scores[peak] - 1e-6).all()

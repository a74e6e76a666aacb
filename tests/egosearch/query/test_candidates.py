from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.candidates import FAINT, UNNAMED, propose
from egosearch.query.curves import sense_curve
from egosearch.query.fusion import REACH_S, SUPPORT, fuse
from egosearch.query.peaks import PEAK_REACH, grow
from egosearch.types import Parts
from indexers.types import Modality
from tests.egosearch.query import build

ASKED = np.array([1.0, 0.0], np.float32)


def windows(n: int, *there: int) -> list[list[float]]:
    return [[0.9 if i in there else 0.0, 0.0] for i in range(n)]


def test_an_event_takes_its_edges_from_the_level_and_its_score_from_the_windows() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40, 20)})
    scan = build.scan(made, events={"a": [(20.3, 20.5, 40.0), (30.0, 31.0, 40.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0)).best()
    assert (found.starts_s[0], found.ends_s[0]) == (20.3, 20.5)
    assert found.scores[0] > 1
    assert found.scores[1:].max() < 0.1


def test_a_sound_at_the_floor_is_worth_less() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40, 10, 20)})
    scan = build.scan(made, events={"a": [(10.0, 11.0, 8.0), (20.0, 21.0, 40.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0)).best()
    assert found.starts_s[0] == 20.0
    assert found.scores[1] < 0.5 * found.scores[0]


def test_a_clear_sound_without_a_name_lends_a_little_support() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40)})
    scan = build.scan(made, events={"a": [(20.0, 21.0, 40.0), (30.0, 31.0, 5.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0)).best()
    support = dict(zip(found.starts_s.tolist(), found.support.tolist(), strict=True))
    assert support[20.0] == pytest.approx(UNNAMED, rel=0.01)
    assert support[30.0] == pytest.approx(0, abs=1e-6)


def test_what_goes_on_outside_all_events_is_proposed_too() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(60, *range(20, 40))})
    scan = build.scan(made, events={"a": [(5.0, 6.0, 40.0)]})
    best = propose(scan, sense_curve(scan, made, ASKED, 1.0)).best().take(np.array([0]))
    assert best.starts_s[0] == 20
    assert best.ends_s[0] == 40


def test_a_sight_does_not_grow_into_the_next_recording() -> None:
    made = build.matrix(Modality.VISUAL, {"a": windows(10, 7, 8, 9), "b": windows(10, 0, 1, 2)})
    scan = build.scan(made)
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0)).best()
    spans = sorted(zip(found.starts_s.tolist(), found.ends_s.tolist(), strict=True))
    assert all(end_s - start_s <= 4 for start_s, end_s in spans)


def test_nothing_proposes_nothing() -> None:
    made = build.matrix(Modality.VISUAL, {"a": windows(10)})
    assert len(propose(build.scan(made), sense_curve(build.scan(made), made, ASKED, 1.0)).best()) == 0


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.floats(0.05, 1), st.data())
def test_growth_holds_the_peak_and_stays_above_its_share(
    values: list[float], share: float, data: st.DataObject
) -> None:
    scores = np.array(values, np.float32)
    cut = data.draw(st.integers(0, len(values)))
    recording_of = (np.arange(len(values)) >= cut).astype(np.int64)
    peak = data.draw(st.integers(0, len(values) - 1))
    (first,), (last,) = grow(scores, recording_of, np.array([peak]), share)
    assert first <= peak <= last
    assert (recording_of[first : last + 1] == recording_of[peak]).all()
    assert (scores[first : last + 1] >= np.float32(share) * scores[peak] - 1e-6).all()
    for beyond in (first - 1, last + 1):
        if 0 <= beyond < len(scores) and recording_of[beyond] == recording_of[peak]:
            assert scores[beyond] < np.float32(share) * scores[peak] + 1e-6


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000))
def test_growth_goes_as_far_as_it_is_high(before: int, high: int, after: int) -> None:
    scores = np.concatenate([np.zeros(before), np.ones(high + 1), np.zeros(after)]).astype(np.float32)
    for peak in (before, before + high // 2, before + high):
        (first,), (last,) = grow(scores, np.zeros(len(scores), np.int64), np.array([peak]), 0.4)
        assert (first, last) == (before, before + high)


strengths = st.lists(st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.9]), min_size=40, max_size=40)


@given(strengths, strengths, st.lists(st.tuples(st.integers(0, 36), st.floats(0.1, 3)), max_size=6))
def test_whatever_lies_near_another_sense_is_worked_out(
    heard: list[float], seen: list[float], sounds: list[tuple[int, float]]
) -> None:
    """What `near` returns supports as much as everything together would: cutting lists costs nothing."""
    rows = [
        build.matrix(sense, {"a": [[x, 0.0] for x in there]})
        for sense, there in ((Modality.AUDIO, heard), (Modality.VISUAL, seen))
    ]
    starts = sorted({start for start, _ in sounds})
    scan = build.scan(*rows, events={"a": [(float(start), start + 0.8, 30.0) for start in starts]})
    audio, visual = (propose(scan, sense_curve(scan, one, ASKED, 1.0)) for one in rows)
    found = [audio.best(), visual.best()]
    near = [one.near(other.starts_s, other.ends_s, REACH_S) for one, other in ((audio, found[1]), (visual, found[0]))]
    everything = [audio.best(10_000), visual.best(10_000)]
    cut, whole = ([one.score for one in fuse(found, mates, [1, 1], join_above=0.3)] for mates in (near, everything))
    assert cut == pytest.approx(whole, abs=2 * SUPPORT * FAINT)


@given(st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.9]), min_size=1, max_size=30), st.integers(0, 30))
def test_peaks_are_the_highest_of_their_neighbours_in_the_recording(values: list[float], cut: int) -> None:
    halves = {"a": values[:cut], "b": values[cut:]}
    parts: dict[str, Sequence[Sequence[float]]] = {
        name: [[x, 0.0] for x in half] for name, half in halves.items() if half
    }
    made = build.matrix(Modality.AUDIO, parts)
    curve = sense_curve(build.scan(made), made, ASKED, 1.0)
    first = made.offsets[:-1][made.recording_of]
    last = made.offsets[1:][made.recording_of]
    expected = [
        i
        for i, score in enumerate(curve.scores)
        if score > 0 and score == curve.scores[max(first[i], i - PEAK_REACH) : min(last[i], i + PEAK_REACH + 1)].max()
    ]
    assert propose(build.scan(made), curve).peaks.tolist() == expected


def test_only_the_windows_that_may_answer_do() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40, 10, 20)})
    scan = build.scan(made, events={"a": [(10.0, 11.0, 40.0), (20.0, 21.0, 40.0)]})
    visible = np.arange(40) >= 15
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0, visible=visible)).best()
    assert found.starts_s.tolist() == [20.0]


def test_without_grouping_every_moment_is_a_window() -> None:
    made = build.matrix(Modality.VISUAL, {"a": windows(40, *range(10, 20))})
    scan = build.scan(made)
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0), Parts(grouping=False)).best()
    assert set(np.round(found.ends_s - found.starts_s, 6)) == {1.0}


def test_without_edges_a_sound_is_as_long_as_its_windows() -> None:
    made = build.matrix(Modality.AUDIO, {"a": windows(40, 20)})
    scan = build.scan(made, events={"a": [(20.3, 20.5, 40.0)]})
    found = propose(scan, sense_curve(scan, made, ASKED, 1.0), Parts(edges=False)).best()
    assert (found.starts_s[0], found.ends_s[0]) == (20.0, 21.0)

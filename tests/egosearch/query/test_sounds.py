import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.sounds import JOIN_S, SoundEvents, find_sound_events

HOP_S = 0.02


def levels(seconds: float, *sounds: tuple[float, float, float]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A room at -60 dBFS in which each sound (start_s, end_s, level_db) is heard."""
    out = np.full(round(seconds / HOP_S), -60.0, np.float32)
    for start_s, end_s, level_db in sounds:
        out[round(start_s / HOP_S) : round(end_s / HOP_S)] = level_db
    return out


def test_a_short_sound_is_found_to_a_hop() -> None:
    found = find_sound_events("a", levels(60, (20.0, 20.12, -25.0)), HOP_S)
    (_, start_s, end_s, snr_db) = found.table[0]
    assert len(found.table) == 1
    assert start_s == pytest.approx(20.0, abs=HOP_S)
    assert end_s == pytest.approx(20.12, abs=HOP_S)
    assert snr_db == pytest.approx(35.0, abs=1.0)


def test_beeps_in_series_are_one_event_and_far_ones_two() -> None:
    near = [(10 + i * 0.5, 10.1 + i * 0.5, -25.0) for i in range(5)]
    found = find_sound_events("a", levels(60, *near, (30.0, 30.3, -25.0)), HOP_S)
    assert found.table[:, 1] == pytest.approx([10.0, 30.0], abs=HOP_S)
    assert found.table[0, 2] == pytest.approx(12.1, abs=HOP_S)


def test_quiet_tails_belong_to_the_event_and_quiet_sounds_are_none() -> None:
    found = find_sound_events("a", levels(60, (10.0, 10.2, -25.0), (10.2, 11.0, -48.0), (30.0, 31.0, -48.0)), HOP_S)
    assert len(found.table) == 1
    assert found.table[0, 2] == pytest.approx(11.0, abs=HOP_S)


def test_silence_and_nothing_have_no_events() -> None:
    assert len(find_sound_events("a", levels(10), HOP_S).table) == 0
    assert len(find_sound_events("a", np.zeros(0, np.float32), HOP_S).table) == 0
    assert len(find_sound_events("a", np.full(500, np.nan, np.float32), HOP_S).table) == 0


def test_joining_keeps_each_events_recording() -> None:
    one = find_sound_events("a", levels(60, (10, 11, -20)), HOP_S)
    two = find_sound_events("b", levels(60, (20, 21, -20)), HOP_S)
    both = SoundEvents.join([one, two])
    assert both.recording_ids == ("a", "b")
    assert both.table[:, 0].tolist() == [0, 1]


@given(st.lists(st.floats(-80, -10, width=32), max_size=400))
def test_events_are_in_order_and_apart(values: list[float]) -> None:
    table = find_sound_events("a", np.array(values, np.float32), 0.1).table
    assert (table[:, 2] > table[:, 1]).all()
    assert (table[1:, 1] - table[:-1, 2] > JOIN_S - 1e-6).all()

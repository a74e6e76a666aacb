import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexers.types import Recording
from indexers.windows import slices, window_indices
from tests.egosearch.catalog_samples import KITCHEN

DURATIONS_S = st.floats(0.1, 4000.0)
HOPS_S = st.sampled_from([0.48, 0.5, 1.0, 2.0])


def recording(duration_s: float) -> Recording:
    return Recording(**{**KITCHEN.__dict__, "duration_s": duration_s})


def test_the_last_window_is_the_first_that_reaches_the_end() -> None:
    assert window_indices(0, 3, hop_s=1, window_s=1, until_s=3).tolist() == [0, 1, 2]
    assert window_indices(0, 3, hop_s=0.5, window_s=1, until_s=3).tolist() == [0, 1, 2, 3, 4]
    assert window_indices(0, 3.2, hop_s=1, window_s=1, until_s=3.2).tolist() == [0, 1, 2, 3]
    assert window_indices(0, 0.3, hop_s=1, window_s=1, until_s=0.3).tolist() == [0]
    assert window_indices(0, 3, hop_s=1, window_s=1, until_s=0).tolist() == []


@given(DURATIONS_S, HOPS_S, st.floats(1.0, 3.0))
def test_windows_cover_the_recording(duration_s: float, hop_s: float, hops_a_window: float) -> None:
    window_s = hop_s * hops_a_window
    index = window_indices(0, duration_s, hop_s=hop_s, window_s=window_s, until_s=duration_s)
    assert index.tolist() == list(range(len(index)))
    assert index[-1] * hop_s + window_s >= duration_s - 1e-5
    if len(index) > 1:
        assert index[-2] * hop_s + window_s < duration_s


@given(DURATIONS_S, st.floats(2.0, 500.0))
def test_slices_cover_the_recording_without_overlap(duration_s: float, slice_s: float) -> None:
    pieces = list(slices(recording(duration_s), slice_s=slice_s))
    assert [piece.index for piece in pieces] == list(range(len(pieces)))
    assert pieces[0].start_s == 0
    assert pieces[-1].end_s == duration_s
    assert all(one.end_s == other.start_s for one, other in pairwise(pieces))
    assert all(0.09 * slice_s < piece.end_s - piece.start_s <= 1.11 * slice_s for piece in pieces[1:])


@given(DURATIONS_S, st.floats(2.0, 500.0), HOPS_S, st.floats(1.0, 3.0))
def test_the_windows_of_the_slices_are_those_of_the_recording(
    duration_s: float, slice_s: float, hop_s: float, hops_a_window: float
) -> None:
    window_s = hop_s * hops_a_window
    whole = window_indices(0, duration_s, hop_s=hop_s, window_s=window_s, until_s=duration_s).tolist()
    parts: list[int] = []
    for piece in slices(recording(duration_s), slice_s=slice_s):
        # A slice knows sound until a window beyond its end, and no further.
        until_s = min(duration_s, piece.end_s + window_s)
        found = window_indices(piece.start_s, piece.end_s, hop_s=hop_s, window_s=window_s, until_s=until_s)
        parts += found.tolist()
    assert parts == whole


def test_a_short_last_slice_joins_the_one_before() -> None:
    ends = [piece.end_s for piece in slices(recording(325.0), slice_s=300)]
    assert ends == [325.0]
    assert [piece.end_s for piece in slices(recording(340.0), slice_s=300)] == [300.0, 340.0]
    assert math.isclose(sum(piece.end_s - piece.start_s for piece in slices(recording(3600.0))), 3600.0)

"""Spans that are forgotten: which seconds they are, and what lies in them."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from egosearch.forgetting.spans import merged, silenced, touched
from indexers.types import Span

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ends: Span(min(ends) / 2, max(ends) / 2)), max_size=6
)


@given(SPANS)
def test_merged_spans_are_the_same_seconds(spans: list[Span]) -> None:
    found = merged(spans)
    halves = np.arange(0, 20, 0.25)
    for time_s in halves:
        before = any(span.start_s <= time_s < span.end_s for span in spans)
        assert before == any(span.start_s <= time_s < span.end_s for span in found)
    assert all(one.end_s < other.start_s for one, other in pairwise(found))


@given(SPANS, st.integers(1, 8))
def test_what_is_touched_is_what_shares_a_moment(spans: list[Span], length: int) -> None:
    start_s = np.arange(30) / 2
    end_s = start_s + length / 4
    expected = [
        any(max(a, span.start_s) < min(b, span.end_s) for span in spans)
        for a, b in zip(start_s.tolist(), end_s.tolist(), strict=True)
    ]
    assert touched(start_s, end_s, [span for span in spans if span.duration_s]).tolist() == expected


def test_levels_are_silent_in_the_span_and_as_they_were_beside_it() -> None:
    levels = np.full(100, -30.0, np.float32)
    quiet = silenced(levels, 10.0, 0.02, [Span(10.5, 11.0)])
    assert np.flatnonzero(quiet == -120).tolist() == list(range(25, 50))
    assert (np.delete(quiet, range(25, 50)) == -30).all()

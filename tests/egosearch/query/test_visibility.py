from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.visibility import SHARE, visible_windows
from indexers.types import Modality, Span
from tests.egosearch.query import build

edges = st.lists(st.integers(0, 200), max_size=8, unique=True).map(sorted)


def test_a_window_passes_with_half_of_itself() -> None:
    made = build.matrix(Modality.VISUAL, {"a": [[0.0]] * 4, "b": [[0.0]] * 2, "c": [[0.0]]})
    spans = {"a": (Span(1.5, 2.2), Span(2.3, 3.4)), "c": (Span(0, 1),)}
    assert visible_windows(made, spans).tolist() == [False, True, True, False, False, False, True]


@given(edges)
def test_it_is_the_sum_of_what_each_span_covers(tenths: list[int]) -> None:
    pairs = list(zip(tenths[::2], tenths[1::2], strict=False))
    spans = tuple(Span(a / 10, b / 10) for a, b in pairs)
    made = build.matrix(Modality.AUDIO, {"a": [[0.0]] * 40}, hop_s=0.5)
    visible = visible_windows(made, {"a": spans} if spans else {})
    for window, is_visible in enumerate(visible):
        first, last = window * 5, window * 5 + 5  # in tenths of a second
        covered = sum(max(0, min(last, b) - max(first, a)) for a, b in pairs)
        assert is_visible == (covered >= SHARE * 5)

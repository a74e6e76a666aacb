import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.types import Span
from tui import drawing, wording


@pytest.mark.parametrize("module", [drawing, wording])
def test_examples_in_docstrings(module: object) -> None:
    names = {"np": np}
    assert doctest.testmod(module, extraglobs=names).failed == 0  # type: ignore[arg-type]


def test_columns_keep_peaks_and_leave_gaps() -> None:
    times = np.array([0.0, 1.0, 2.0, 3.0])
    values = np.array([1.0, 5.0, np.nan, 2.0])
    np.testing.assert_array_equal(drawing.columns(times, values, Span(0, 4), 2), [5.0, 2.0])
    np.testing.assert_array_equal(drawing.columns(times, values, Span(0, 4), 4), [1.0, 5.0, np.nan, 2.0])
    np.testing.assert_array_equal(drawing.columns(times, values, Span(0, 8), 4)[2:], [np.nan, np.nan])
    assert np.isnan(drawing.columns(np.array([]), np.array([]), Span(0, 4), 3)).all()


def test_more_columns_than_values_repeat_the_one_that_holds() -> None:
    drawn = drawing.columns(np.array([0.0, 1.0]), np.array([1.0, 2.0]), Span(0, 2), 4)
    np.testing.assert_array_equal(drawn, [1.0, 1.0, 2.0, 2.0])


@given(start=st.floats(0, 100), length=st.floats(0, 100), width=st.integers(1, 200))
def test_marks_always_show_and_never_overflow(start: float, length: float, width: int) -> None:
    line = drawing.marks(Span(start, start + length), Span(0, 50), width)
    assert len(line) == width
    assert "▲" in line


@given(h=st.integers(1, 40), w=st.integers(1, 40), width=st.integers(1, 60), height=st.integers(1, 30))
def test_half_blocks_fit_and_keep_a_flat_colour(h: int, w: int, width: int, height: int) -> None:
    lines = list(drawing.half_blocks(np.full((h, w, 3), 77, np.uint8), width, height))
    assert 1 <= len(lines) <= height
    assert all(1 <= len(line) <= width for line in lines)
    assert {color for line in lines for cell in line for color in cell} <= {(77, 77, 77), None}


def test_a_two_colour_picture_becomes_one_cell() -> None:
    rgb = np.array([[[255, 0, 0]], [[0, 0, 255]]], np.uint8)
    assert list(drawing.half_blocks(rgb, 1, 1)) == [[((255, 0, 0), (0, 0, 255))]]

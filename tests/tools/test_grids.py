"""Grids for a network of bytes: arithmetic, checked against samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tools.weights.grids import Spread, gridded


def spread(*channels: tuple[float, float]) -> Spread:
    """Return that of channels of these means and deviations."""
    mean, deviation = np.array(channels, np.float32).T
    return Spread(mean, np.square(deviation))


def test_a_grid_covers_six_deviations_of_every_channel() -> None:
    grid = spread((0.0, 0.5), (2.0, 0.5)).grid()
    assert grid.step == pytest.approx(8 / 255)
    assert grid.zero == 96


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 3)), min_size=1, max_size=6))
def test_zero_is_on_every_grid(channels: list[tuple[float, float]]) -> None:
    grid = spread(*channels).grid()
    assert 0 <= grid.zero <= 255
    assert grid.step > 0


def test_the_mean_of_what_is_clipped_is_that_of_samples() -> None:
    samples = np.random.default_rng(5).standard_normal(200_000)
    for mean, deviation in ((0.0, 1.0), (-2.0, 1.5), (5.5, 2.0), (3.0, 0.1)):
        expected = np.clip(mean + deviation * samples, 0, 6).mean()
        assert spread((mean, deviation)).clipped_mean(6.0)[0] == pytest.approx(expected, abs=0.01)


def test_a_channel_without_deviation_has_its_mean() -> None:
    assert spread((2.5, 0.0), (-1.0, 0.0)).clipped_mean(6.0).tolist() == [2.5, 0.0]


def test_spreads_of_sums_add_up() -> None:
    both = spread((1.0, 3.0)).plus(spread((2.0, 4.0)))
    assert (both.mean[0], both.variance[0]) == (3.0, 25.0)


WEIGHTS = arrays.arrays(np.float32, (3, 4, 1, 1), elements=st.floats(-2, 2, width=32))


@given(WEIGHTS, arrays.arrays(np.float32, 3, elements=st.floats(-10, 10, width=32)))
def test_weights_are_at_most_half_a_step_off(weights: np.ndarray, biases: np.ndarray) -> None:
    made = gridded(weights, biases, 6 / 255, np.ones(4))
    assert np.abs(made.weights.astype(int)).max() <= 127
    restored = made.weights * made.steps[:, None, None, None].astype(np.float64)
    assert (np.abs(restored - weights) <= made.steps[:, None, None, None] / 2 * 1.001 + 1e-12).all()


@given(WEIGHTS, arrays.arrays(np.float32, 3, elements=st.floats(-10, 10, width=32)))
def test_rounding_leaves_the_mean_of_the_output_where_it_was(weights: np.ndarray, biases: np.ndarray) -> None:
    mean = np.array([0.5, 1.0, 2.0, 4.0])
    made = gridded(weights, biases, 6 / 255, mean)
    restored = made.weights * made.steps[:, None, None, None].astype(np.float64)
    output = restored[:, :, 0, 0] @ mean + made.biases * made.bias_steps.astype(np.float64)
    expected = weights[:, :, 0, 0].astype(np.float64) @ mean + biases
    np.testing.assert_allclose(output, expected, atol=1e-4 + made.bias_steps.max())


def test_a_depthwise_channel_sees_its_own_input_alone() -> None:
    weights = np.array([[[[1.0, 0.3]]], [[[0.5, 0.2]]]], np.float32)  # (2, 1, 1, 2)
    made = gridded(weights, np.zeros(2, np.float32), 0.1, np.array([1.0, 3.0]))
    restored = (made.weights * made.steps[:, None, None, None]).sum(axis=(1, 2, 3))
    outputs = restored * [1.0, 3.0] + made.biases * made.bias_steps
    np.testing.assert_allclose(outputs, [1.3, 2.1], atol=1e-3)

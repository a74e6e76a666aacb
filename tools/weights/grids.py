"""Integer grids for a network's weights and activations, found without a single picture.

An activation in a network with batch normalisation has, channel by channel, a known mean (the shift) and deviation (the
gain): that is what the layer was trained to give. So the range a grid must cover follows from the parameters, and the
same file comes out of the same package every time.

What rounding the weights does to a layer's mean output follows from those numbers, too, and is taken off its biases.

Source:
    Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, sections 4.2
    and 5.2.
"""

from dataclasses import dataclass
from math import erf, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 6.0
"""Deviations that a grid covers to either side of a channel's mean."""

_TINY = 1e-12
"""Keeps channels that training left without any deviation from dividing by zero."""
_LEVELS = 255
_LARGEST = 127
"""Of the signed bytes that weights are: the processor's own instruction multiplies those with unsigned activations."""


@dataclass(frozen=True)
class Grid:
    """Bytes q that stand for (q - zero) * step."""

    step: float
    zero: int


@dataclass(frozen=True, eq=False)
class Spread:
    """How an activation is distributed, by channel: arrays of shape (c,)."""

    mean: "NDArray[np.float32]"
    variance: "NDArray[np.float32]"

    def plus(self, other: "Spread") -> "Spread":
        """Return the spread of the sum, the two taken to be independent."""
        return Spread(self.mean + other.mean, self.variance + other.variance)

    def grid(self) -> Grid:
        """Return the grid of 256 steps that covers all channels, and 0 exactly.

        Two channels of mean 0 and 2 and deviation 0.5 reach from -3 to 5: steps of 8 / 255, 0 at 96.
        """
        reach = REACH * np.sqrt(self.variance)
        low = min(0.0, float((self.mean - reach).min()))
        high = max(0.0, float((self.mean + reach).max()))
        step = (high - low) / _LEVELS
        return Grid(step, round(-low / step))

    def clipped_mean(self, highest: float) -> "NDArray[np.float64]":
        """Return the mean of each channel, normally distributed, once it is clipped to [0, highest].

        With mean 0 and variance 1, clipped far above: 1 / sqrt(2 pi), 0.399.
        """
        mean, deviation = self.mean.astype(np.float64), np.sqrt(self.variance.astype(np.float64)) + _TINY
        low, high = -mean / deviation, (highest - mean) / deviation
        inside = _below(high) - _below(low)
        return mean * inside + deviation * (_density(low) - _density(high)) + highest * (1 - _below(high))


@dataclass(frozen=True, eq=False)
class GriddedWeights:
    """A layer's weights and biases as integers, a grid for each output channel."""

    weights: "NDArray[np.int8]"
    """Shape (out, ...)."""
    zeros: "NDArray[np.int8]"
    """Shape (out,); 0 throughout, as are the others."""
    steps: "NDArray[np.float32]"
    """Shape (out,)."""
    biases: "NDArray[np.int32]"
    """Shape (out,), in steps of the input times those of the weights."""
    bias_steps: "NDArray[np.float32]"
    """Shape (out,): those products."""
    bias_zeros: "NDArray[np.int32]"


def gridded(
    weights: "NDArray[np.float32]",
    biases: "NDArray[np.float32]",
    input_step: float,
    input_mean: "NDArray[np.float64]",
) -> GriddedWeights:
    """Put weights and biases on grids.

    Args:
        weights: (out, in, h, w); where `in` is 1, output channel i sees input channel i alone.
        biases: (out,).
        input_step: Of the grid of what the weights are multiplied with.
        input_mean: (in,), or (out,) where each sees one alone: its mean.
    """
    rows = weights.reshape(len(weights), -1).astype(np.float64)
    largest = np.abs(rows).max(axis=1)
    # A channel of tiny weights and an ordinary bias would count that bias in more steps than 32 bits hold.
    steps = np.maximum(largest / _LARGEST, np.abs(biases) / input_step / 2**30).astype(np.float32)
    steps[steps == 0] = 1.0
    levels = np.rint(rows / steps[:, None])
    error = (levels * steps[:, None] - rows).reshape(*weights.shape[:2], -1).sum(axis=2)  # (out, in)
    shift = error[:, 0] * input_mean if weights.shape[1] == 1 else error @ input_mean
    bias_steps = (steps * np.float32(input_step)).astype(np.float32)
    return GriddedWeights(
        weights=levels.astype(np.int8).reshape(weights.shape),
        zeros=np.zeros(len(weights), np.int8),
        steps=steps,
        biases=np.rint((biases - shift) / bias_steps.astype(np.float64)).astype(np.int32),
        bias_steps=bias_steps,
        bias_zeros=np.zeros(len(weights), np.int32),
    )


def _density(x: "NDArray[np.float64]") -> "NDArray[np.float64]":
    return np.asarray(np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi))


def _below(x: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the share of a normal distribution below x, by its error function."""
    return np.array([(1 + erf(each / sqrt(2))) / 2 for each in x])

"""Where windows and slices begin and end. The one place that decides about tails.

Window i starts at i times the hop, counted over the whole recording, whatever slice it falls in.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from indexers.types import Recording, Slice

SLICE_S = 300.0
"""A multiple of the default hops (0.48 s, 1 s), so that no window is lost or doubled at a border. Five minutes take
about ten seconds: what a kill can cost, and enough work to share out among processes."""

_ROUNDING_S = 1e-6
"""Ends are sums of container ticks; a window that would start this close to the end is not there."""


def window_indices(start_s: float, end_s: float, *, hop_s: float, window_s: float, until_s: float) -> NDArray[np.int64]:
    """Number the windows that start in a span.

    Windows cover everything up to `until_s`: the last one is the first that reaches it. What is shorter than a window
    has one.

    Args:
        start_s: The span's start.
        end_s: Its end, not included.
        hop_s: Distance of two windows.
        window_s: Length of one; at least the hop.
        until_s: Where the stream ends.

    Returns:
        Shape (n,), ascending.
    """
    first = math.ceil((start_s - _ROUNDING_S) / hop_s)
    within_span = math.ceil((end_s - _ROUNDING_S) / hop_s)
    within_stream = 1 + max(0, math.ceil((until_s - window_s - _ROUNDING_S) / hop_s))
    if until_s <= _ROUNDING_S:
        within_stream = 0
    return np.arange(first, max(first, min(within_span, within_stream)), dtype=np.int64)


def slices(recording: Recording, *, slice_s: float = SLICE_S) -> Iterator[Slice]:
    """Cut a recording into slices that cover it; a last one under a tenth of a slice joins the one before."""
    count = max(1, math.ceil(recording.duration_s / slice_s - 0.1))
    for i in range(count):
        end_s = recording.duration_s if i == count - 1 else (i + 1) * slice_s
        yield Slice(recording, i, i * slice_s, end_s)

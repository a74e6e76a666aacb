"""Arithmetic of many spans at once, as arrays: shape (k, 2), starts and ends on one time line."""

import numpy as np
from numpy.typing import NDArray

Spans = NDArray[np.float64]
"""Shape (k, 2), each row a start and an end that is not before it."""

NO_SPANS: Spans = np.zeros((0, 2))


def widened(spans: Spans, by_s: float) -> Spans:
    """Return spans that reach further by some seconds to either side."""
    return np.stack([spans[:, 0] - by_s, spans[:, 1] + by_s], axis=1)


def merged(*spans: Spans) -> Spans:
    """Return what any of the spans covers: ascending and apart. Spans that touch become one."""
    joined = np.concatenate([NO_SPANS, *spans])
    joined = joined[np.argsort(joined[:, 0], kind="stable")]
    reached = np.maximum.accumulate(joined[:, 1])
    is_first = np.concatenate([[True], joined[1:, 0] > reached[:-1]])[: len(joined)]
    is_last = np.append(is_first[1:], True)[: len(joined)]
    return np.stack([joined[is_first, 0], reached[is_last]], axis=1)


def touching(spans: Spans, others: Spans) -> NDArray[np.bool_]:
    """Return which spans have a point in common with any of the others, shape (k,); `others` as `merged` returns."""
    first = np.searchsorted(others[:, 1], spans[:, 0], side="left")
    return np.asarray(first < np.searchsorted(others[:, 0], spans[:, 1], side="right"), bool)

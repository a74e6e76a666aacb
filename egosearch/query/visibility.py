"""Which windows may answer, where a filter asks for some of the library only."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from egosearch.scan import SpaceMatrix
from indexers.types import Span

SHARE = 0.5
"""A window passes where at least so much of it lies in what is visible; moments may reach out of it."""
_ROUNDING_S = 1e-6


def visible_windows(matrix: SpaceMatrix, spans: Mapping[str, tuple[Span, ...]]) -> NDArray[np.bool_]:
    """Return which windows lie in visible spans, shape (n,).

    Args:
        matrix: The windows.
        spans: By recording, as `filtering.visible_spans` gives them: ascending and disjoint.
    """
    visible = np.zeros(len(matrix), dtype=bool)
    for j, recording_id in enumerate(matrix.recording_ids):
        if recording_id in spans:
            rows = slice(int(matrix.offsets[j]), int(matrix.offsets[j + 1]))
            visible[rows] = _lie_in(spans[recording_id], matrix.start_s[rows], matrix.end_s[rows])
    return visible


def _lie_in(spans: tuple[Span, ...], starts_s: NDArray[np.float64], ends_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each window has enough in common with the spans: the seconds visible before its end and its start."""
    edges_s = np.array([edge for span in spans for edge in (span.start_s, span.end_s)])
    lengths_s = np.repeat([span.duration_s for span in spans], 2) * np.tile([0.0, 1.0], len(spans))
    visible_s = np.cumsum(lengths_s)
    common_s = np.interp(ends_s, edges_s, visible_s) - np.interp(starts_s, edges_s, visible_s)
    return np.asarray((common_s >= SHARE * (ends_s - starts_s) - _ROUNDING_S) & (common_s > 0), bool)

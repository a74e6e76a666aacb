"""What pictures gave, window by window, as the batch of a slice: the last step of `seeing` and `watching`."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from indexers.base import Encoder
from indexers.embeddings import Embeddings, concatenate
from indexers.types import EmbeddingBatch, Slice, WindowQuality


class Look(Protocol):
    """What one window gave, or several that share it."""

    sharpness: float
    exposure: float
    row: Embeddings | None
    """One row; None while it waits to be encoded."""


def batch_of(encoder: Encoder, slice_: Slice, looks: Mapping[int, Look]) -> EmbeddingBatch:
    """Return the windows of a slice in time order.

    Args:
        encoder: That of the rows.
        slice_: Whose windows they are.
        looks: By the number of the window in the recording, all encoded.
    """
    space, recording = encoder.space, slice_.recording
    order = sorted(looks)
    shown = [looks[number] for number in order]
    index = np.array(order, dtype=np.int64)
    starts_s = np.asarray(index * space.hop_s, np.float64)
    ends_s = np.maximum(starts_s, np.minimum(starts_s + space.window_s, recording.duration_s))
    unknown = np.full(len(index), np.nan, np.float32)
    sharpness = np.array([look.sharpness for look in shown], np.float32)
    exposure = np.array([look.exposure for look in shown], np.float32)
    rows = [look.row for look in shown if look.row is not None]
    return EmbeddingBatch(
        recording.recording_id,
        space,
        index,
        starts_s,
        ends_s,
        concatenate(rows or [encoder.encode([])], space.dim),
        WindowQuality(unknown, unknown, sharpness, exposure),
    )

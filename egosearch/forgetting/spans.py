"""Which windows, utterances and levels forgotten spans take with them: arithmetic on spans, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexers.types import EmbeddingBatch, Floats, Span, WindowQuality

if TYPE_CHECKING:
    from indexers.slices import SliceResult

SILENCE_DB = -120.0
"""The level of what is forgotten: that of digital silence."""


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the same seconds as spans that ascend and do not touch.

    >>> merged([Span(5, 9), Span(0, 2), Span(2, 3), Span(6, 7)])
    (Span(start_s=0, end_s=3), Span(start_s=5, end_s=9))
    """
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start_s, one.end_s)):
        if found and span.start_s <= found[-1].end_s:
            found[-1] = Span(found[-1].start_s, max(found[-1].end_s, span.end_s))
        else:
            found.append(span)
    return tuple(found)


def touched(start_s: NDArray[np.float64], end_s: NDArray[np.float64], spans: Iterable[Span]) -> NDArray[np.bool_]:
    """Return which of n windows overlap any of the spans, shape (n,). Windows and spans are half-open.

    Worked example: of the windows [0, 2), [1, 3) and [2, 4) the span [2, 2.5) touches the second and the third.
    """
    found = np.zeros(len(start_s), bool)
    for span in spans:
        found |= (start_s < span.end_s) & (end_s > span.start_s)
    return found


def silenced(levels_db: Floats, start_s: float, hop_s: float, spans: Iterable[Span]) -> Floats:
    """Return sound levels with silence wherever a step overlaps a span.

    Args:
        levels_db: Shape (h,), one every `hop_s`.
        start_s: When the first one begins.
        hop_s: Length of a step.
        spans: What is forgotten.
    """
    begins = start_s + np.arange(len(levels_db), dtype=np.float64) * hop_s
    # Sums of floats: a thousandth of a step belongs to its neighbour.
    within = touched(begins + hop_s / 1000, begins + hop_s * 999 / 1000, spans)
    return np.where(within, np.float32(SILENCE_DB), levels_db).astype(np.float32)


def spared(result: "SliceResult", spans: Sequence[Span], *, hop_s: float) -> "SliceResult":
    """Return what a slice gave without what is forgotten of its recording; a new one, unless nothing is.

    Args:
        result: Of a slice.
        spans: Forgotten, of its recording.
        hop_s: Of its sound levels.
    """
    if not spans:
        return result
    levels_db = silenced(result.levels_db, result.slice.start_s, hop_s, spans)
    return replace(result, batches=tuple(_spared(one, spans) for one in result.batches), levels_db=levels_db)


def _spared(batch: EmbeddingBatch, spans: Sequence[Span]) -> EmbeddingBatch:
    kept = np.flatnonzero(~touched(batch.start_s, batch.end_s, spans))
    if len(kept) == len(batch):
        return batch
    quality = batch.quality
    return replace(
        batch,
        index=batch.index[kept],
        start_s=batch.start_s[kept],
        end_s=batch.end_s[kept],
        embeddings=batch.embeddings.take(kept),
        quality=WindowQuality(
            **{name: getattr(quality, name)[kept] for name in ("loudness_db", "snr_db", "sharpness", "exposure")}
        ),
        utterances=tuple(batch.utterances[i] for i in kept.tolist()) if batch.utterances else (),
    )

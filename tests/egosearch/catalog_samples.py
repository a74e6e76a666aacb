"""Two recordings and two spaces that the catalogue's tests share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from indexers.embeddings import DenseRows
from indexers.types import (
    AudioStream,
    EmbeddingBatch,
    EmbeddingSpace,
    Modality,
    Recording,
    Slice,
    VideoStream,
    WindowQuality,
)

AUDIO = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 0.96, 0.48, 2, "sparse", "dot")
VISUAL = EmbeddingSpace(Modality.VISUAL, "toy", "0", "none-1", 1.0, 1.0, 3, "dense", "cosine")
MODIFIED = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
KITCHEN = Recording(
    recording_id="ab" * 16,
    path=Path("/films/kitchen.mp4"),
    size_bytes=5_000_000_000,
    duration_s=600.5,
    recorded_at=datetime(2026, 11, 21, 8, 15, 2, 250000, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    recorded_at_source="container",
    device="GoPro HERO12",
    audio=AudioStream("aac", 48_000, 2, 0.02, 600.0),
    video=VideoStream("hevc", 3840, 2160, 90, 29.97, 0.0, 600.5),
)
WALK = replace(
    KITCHEN,
    recording_id="ac" * 16,
    path=Path("/films/walk.wav"),
    recorded_at=None,
    recorded_at_source="unknown",
    device=None,
    video=None,
)


def batch(space: EmbeddingSpace, first: int, n: int, recording: Recording = KITCHEN) -> EmbeddingBatch:
    index = np.arange(first, first + n)
    start_s = index * np.float64(space.hop_s)
    measured, missing = (index / 7).astype(np.float32), np.full(n, np.nan, dtype=np.float32)
    heard = space.modality is Modality.AUDIO
    quality = WindowQuality(
        *((measured, -measured) if heard else (missing, missing)), *((missing,) * 2 if heard else (measured, -measured))
    )
    rows = DenseRows(np.zeros((n, space.dim), dtype=np.float32))
    return EmbeddingBatch(recording.recording_id, space, index, start_s, start_s + space.window_s, rows, quality)


def piece(index: int, recording: Recording = KITCHEN) -> Slice:
    return Slice(recording, index, index * 300.0, index * 300.0 + 300.0)

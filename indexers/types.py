"""What travels through the index path: frozen values, each made by one stage for the next.

    path -> Recording -> Slice* -> (SoundBlock | Picture)* -> Clip* -> EmbeddingBatch*

Times are float seconds from the recording's first frame; spans are half-open. Container clocks stay in `media`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexers.embeddings import Embeddings
from indexers.facts import AudioStream, EmbeddingSpace, Modality, Recording, Slice, Span, Utterance, VideoStream, Word

__all__ = [
    "AudioStream",
    "Clip",
    "EmbeddingBatch",
    "EmbeddingSpace",
    "Floats",
    "Modality",
    "Picture",
    "Recording",
    "Slice",
    "SoundBlock",
    "Span",
    "Utterance",
    "VideoStream",
    "WindowQuality",
    "Word",
]

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SoundBlock:
    """A run of consecutive mono samples."""

    start_s: float
    sample_rate_hz: int
    samples: Floats
    """Shape (t,), float32, nominally in [-1, 1]."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One decoded frame, upright and scaled down."""

    time_s: float
    rgb: NDArray[np.uint8]
    """Shape (h, w, 3)."""


@dataclass(frozen=True, eq=False)
class Clip:
    """What an encoder turns into one embedding: the samples of a window, its pictures, or what is said in it."""

    span: Span
    samples: Floats | None = None
    """Shape (t,), mono, at the encoder's rate; None but for a window of sound."""
    pictures: tuple[NDArray[np.uint8], ...] = ()
    """RGB, each (h, w, 3), in time order; empty but for a visual window."""
    text: str = ""
    """What is said; empty but for a window of speech."""


@dataclass(frozen=True, eq=False)
class WindowQuality:
    """How far each of n windows can be trusted, measured and not judged. Columns of shape (n,), float32.

    Audio fills the first two, visual the last two; the others are NaN.
    """

    loudness_db: Floats
    """RMS level relative to full scale; -120 for digital silence."""
    snr_db: Floats
    """Level above the local noise floor."""
    sharpness: Floats
    """log10(1 + variance) of the Laplacian of the luma at a fixed scale: below about 1 is blurred or empty."""
    exposure: Floats
    """Mean luma in [0, 1]; below about 0.06 is dark, above 0.94 blown out."""


@dataclass(frozen=True, eq=False)
class EmbeddingBatch:
    """n windows of one recording in one space, in time order."""

    recording_id: str
    space: EmbeddingSpace
    index: NDArray[np.int64]
    """Shape (n,): each window's number in the recording; window i starts at i times the hop."""
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    embeddings: Embeddings
    """n rows."""
    quality: WindowQuality
    utterances: tuple[Utterance, ...] = ()
    """What is said in each window, n of them, times from the recording's start; empty but in a transcriber's space."""

    def __len__(self) -> int:
        return len(self.index)

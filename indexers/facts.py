"""The facts that travel through the index path and beyond it: frozen values without arrays, cheap to import.

Times are float seconds from the recording's first frame; spans are half-open. What holds arrays is in
`indexers.types`, which has these names too: whoever has loaded NumPy anyway need not know of this file.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal


class Modality(StrEnum):
    """A sense that is searched on its own and then fused with the others."""

    AUDIO = "audio"
    VISUAL = "visual"
    SPEECH = "speech"


@dataclass(frozen=True, order=True)
class Span:
    """Seconds from `start_s` up to, not including, `end_s`."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.start_s <= self.end_s:
            raise ValueError(f"a span must not end before it starts: {self.start_s} to {self.end_s}")

    @property
    def duration_s(self) -> float:
        """Length in seconds; 0 for an empty span."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class AudioStream:
    """The sound track that is indexed: the container's default one."""

    codec: str
    sample_rate_hz: int
    channels: int
    start_s: float
    """When its first sample is heard; above 0 where sound starts late."""
    duration_s: float


@dataclass(frozen=True)
class VideoStream:
    """The picture track that is indexed; cover art does not count as one."""

    codec: str
    width_px: int
    height_px: int
    """Size as stored, before rotation."""
    rotation_deg: int
    """Counter-clockwise turn that shows it upright: 0, 90, 180 or 270."""
    frame_rate_hz: float
    """Average; 0.0 where the container does not say. Never used as a clock."""
    start_s: float
    duration_s: float


@dataclass(frozen=True)
class Recording:
    """One media file as indexed, known by its content.

    Moving or renaming the file changes `path` and nothing else.
    """

    recording_id: str
    """Content fingerprint: 32 hexadecimal digits over the size and sampled blocks."""
    path: Path
    size_bytes: int
    duration_s: float
    """Until the end of the longest stream."""
    recorded_at: datetime | None
    """Wall-clock time of the first frame, with a time zone."""
    recorded_at_source: Literal["container", "file name", "file time", "unknown"]
    device: str | None
    """Make and model, where the container names them."""
    audio: AudioStream | None
    video: VideoStream | None


@dataclass(frozen=True)
class Slice:
    """The unit of indexing work: what is committed, resumed and parallelised.

    It owns the windows that start in it. Windows that reach over its end take the samples they need from beyond.
    """

    recording: Recording
    index: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Word:
    """A spoken word."""

    span: Span
    text: str
    """As it is written, without the space around it."""
    probability: float
    """How sure the recogniser is of it, in [0, 1]."""


@dataclass(frozen=True)
class Utterance:
    """A run of speech as a recogniser wrote it down: a sentence, or what was said between two pauses."""

    span: Span
    text: str
    words: tuple[Word, ...]
    """In time order, within the span; empty where the recogniser gives no word times."""
    language: str
    """ISO 639-1: `en`."""
    confidence: float
    """How sure the recogniser is of the whole, in [0, 1]."""


@dataclass(frozen=True)
class EmbeddingSpace:
    """What makes two vectors comparable. Vectors of two spaces never meet."""

    modality: Modality
    model: str
    """The encoder's name as given on the command line: `concepts`, `open-clip:ViT-B-32/laion2b_s34b_b79k`."""
    weights_digest: str
    preprocessing: str
    """What is done before the network, with a version: `logmel64-1`."""
    window_s: float
    hop_s: float
    dim: int
    layout: Literal["dense", "sparse"]
    distance: Literal["cosine", "dot"]

    @property
    def id(self) -> str:
        """12 hexadecimal digits over every field; readable names are for people, this is for comparing."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

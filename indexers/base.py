"""The protocol that every encoder keeps, and what it says of the input it wants."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexers.embeddings import Embeddings
from indexers.types import Clip, EmbeddingSpace, Floats, Utterance


@dataclass(frozen=True)
class SoundInput:
    """Windows of mono sound: `window_s` and `hop_s` are the space's."""

    sample_rate_hz: int


@dataclass(frozen=True)
class PictureInput:
    """Pictures, one every `hop_s` of the space."""

    pixels: int
    """The decoder scales a picture down to about this area and keeps its aspect ratio; smaller ones stay."""
    frames: int = 1
    """Pictures in a window, evenly spread over it; an encoder that knows motion wants several."""

    def short_side_px(self, width_px: int, height_px: int) -> int:
        """Return the short side of that area for pictures of these proportions."""
        short, long = sorted((width_px, height_px))
        return max(1, round(math.sqrt(self.pixels * short / max(1, long))))


@dataclass(frozen=True)
class SpeechInput:
    """What is said: windows are the utterances of a transcript, of any length and wherever they are.

    A window's number is its start in units of the space's hop.
    """

    sample_rate_hz: int


class Encoder(Protocol):
    """Turns windows and texts into vectors of one space. Networks are loaded when first used."""

    @property
    def space(self) -> EmbeddingSpace: ...

    @property
    def input(self) -> SoundInput | PictureInput | SpeechInput: ...

    def encode(self, clips: Sequence[Clip]) -> Embeddings:
        """Return one row a clip, in order."""
        ...

    def encode_text(self, texts: Sequence[str]) -> Embeddings:
        """Return one row a text: its inner product with a window's row is their similarity."""
        ...

    def affinity(self, text: str) -> float:
        """Say how well this space can express a text, from 0 to about 1; 1 where that is not known."""
        ...

    def words(self, row: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Say in words what a vector (shape (dim,)) holds, strongest first; empty where the space has no words."""
        ...

    def close(self) -> None: ...


class Transcriber(Encoder, Protocol):
    """An encoder whose input is `SpeechInput`: it writes speech down first, and then encodes what was said."""

    def transcribe(self, samples: Floats) -> tuple[Utterance, ...]:
        """Write down what is said in mono sound (shape (t,), at the input's rate), in time order, without overlaps.

        Times count from the first sample. Where nobody speaks, nothing is written.
        """
        ...

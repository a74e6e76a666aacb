"""Windows of sound and texts, as vectors of LAION-CLAP's space.

Source:
    Wu et al., "Large-Scale Contrastive Language-Audio Pretraining with Feature Fusion and Keyword-to-Caption
    Augmentation", ICASSP 2023.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from indexers.base import SoundInput
from indexers.embeddings import DenseRows
from indexers.encoders.digests import file_digest
from indexers.encoders.laion_clap.checkpoint import checkpoint_file, read_weights
from indexers.encoders.laion_clap.hearing import Hearing
from indexers.encoders.laion_clap.naming import FAMILY, Variant
from indexers.encoders.laion_clap.projection import DIM
from indexers.encoders.laion_clap.reading import ROBERTA, Reading, roberta_folder
from indexers.encoders.laion_clap.sound import PREPROCESSING, SAMPLE_RATE_HZ, filled, quantised
from indexers.encoders.torch_device import choose_device
from indexers.types import Clip, EmbeddingSpace, Floats, Modality

PROMPTS = ("{}", "the sound of {}", "this is a sound of {}")
"""A query is the mean of what these say. The last is the authors' for classes ("This is a sound of dog."); captions as
they trained with are bare. Which is best for first-person queries is not measured: there are no weights here."""

_LOADING = Lock()
"""One tower at a time: packages are kept quiet and offline by switches of the whole process."""


class LaionClap:
    """Windows of one to ten seconds. The towers are loaded apart: indexing needs no RoBERTa, and asking no HTSAT."""

    input = SoundInput(sample_rate_hz=SAMPLE_RATE_HZ)

    def __init__(self, variant: Variant) -> None:
        self._variant = variant
        self._hearing: Hearing | None = None
        self._reading: Reading | None = None

    @cached_property
    def _file(self) -> Path:
        return checkpoint_file(self._variant.checkpoint)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The space; known without torch.

        Raises:
            EncoderError: The checkpoint is not on this machine.
        """
        return EmbeddingSpace(
            modality=Modality.AUDIO,
            model=self._variant.name,
            weights_digest=file_digest(self._file),
            preprocessing=PREPROCESSING,
            window_s=self._variant.window_s,
            hop_s=self._variant.hop_s,
            dim=DIM,
            layout="dense",
            distance="cosine",
        )

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Embed windows of sound; one shorter than a window is repeated all the more often."""
        if not clips:
            return DenseRows(np.zeros((0, DIM), np.float32))
        sounds = np.stack([filled(quantised(_samples(clip))) for clip in clips])
        return DenseRows(self._loaded_hearing().embed(sounds))

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Embed texts, each as the mean of its prompts, of length 1."""
        if not texts:
            return DenseRows(np.zeros((0, DIM), np.float32))
        prompts = [prompt.format(text) for text in texts for prompt in PROMPTS]
        rows = self._loaded_reading().embed(prompts).reshape(len(texts), len(PROMPTS), DIM).mean(axis=1)
        return DenseRows(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    def affinity(self, text: str) -> float:  # noqa: ARG002 - of no text is it known
        return 1.0

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:  # noqa: ARG002 - there are none
        return []

    def close(self) -> None:
        """Let go of the towers; they are loaded again when they are used again."""
        self._hearing = self._reading = None

    def _loaded_hearing(self) -> Hearing:
        with _LOADING:
            if self._hearing is None:
                self._roberta()  # windows that cannot be asked for are not worth hours of indexing
                self._hearing = Hearing(read_weights(self._file), choose_device())
            return self._hearing

    def _loaded_reading(self) -> Reading:
        with _LOADING:
            if self._reading is None:
                self._reading = Reading(read_weights(self._file), self._roberta(), choose_device())
            return self._reading

    def _roberta(self) -> Path:
        named = self._variant.checkpoint
        return roberta_folder(f"{FAMILY}:{named if isinstance(named, str) else ROBERTA}")


def _samples(clip: Clip) -> Floats:
    if clip.samples is None:
        raise ValueError("a window of sound without samples")
    return clip.samples

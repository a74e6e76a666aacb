"""Exported models as encoders: what their sources do, without what those are written in."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.base import PictureInput, SoundInput
from indexers.embeddings import DenseRows
from indexers.encoders.digests import file_digest
from indexers.encoders.exported.network import Tower
from indexers.encoders.exported.pictures import prepared
from indexers.encoders.exported.settings import FILTERS, TEXTS, ExportedSettings, PictureSettings
from indexers.encoders.exported.sounds import log_mel
from indexers.encoders.exported.texts import Tokenizer
from indexers.encoders.laion_clap.sound import SAMPLE_RATE_HZ, filled, quantised
from indexers.encoders.open_clip.prompts import prompts
from indexers.types import Clip, EmbeddingSpace, Floats

CLAP_PROMPTS = ("{}", "the sound of {}", "this is a sound of {}")
"""As `laion_clap.encoder` has them; a test compares."""


class _Exported:
    """What the two share: the towers are loaded apart, each when it is first used."""

    def __init__(self, variant: str, folder: Path, settings: ExportedSettings) -> None:
        self._variant = variant
        self._folder = folder
        self._settings = settings

    @cached_property
    def _windows(self) -> Tower:
        return Tower(self._folder / self._settings.weights)

    @cached_property
    def _texts(self) -> Tower:
        return Tower(self._folder / TEXTS)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return Tokenizer(self._folder, self._settings.text)

    def _space(self, window_s: float, hop_s: float) -> EmbeddingSpace:
        return EmbeddingSpace(
            modality=self._settings.modality,
            model=f"exported:{self._variant}",
            weights_digest=file_digest(self._folder / self._settings.weights),
            preprocessing=self._settings.preprocessing,
            window_s=window_s,
            hop_s=hop_s,
            dim=self._settings.dim,
            layout="dense",
            distance="cosine",
        )

    def _embed_text(self, text: str) -> Floats:
        tokens = self._tokenizer(text)
        mask = {"mask": np.ones_like(tokens)} if self._settings.text.has_mask else {}
        return self._texts.embed({"tokens": tokens, **mask})

    def _embed_prompts(self, several: Sequence[Sequence[str]]) -> DenseRows:
        """Return one row for each list of sentences: their mean, of length 1."""
        rows = [np.mean([self._embed_text(sentence) for sentence in sentences], axis=0) for sentences in several]
        return _rows(rows, self._settings.dim)

    def affinity(self, text: str) -> float:  # noqa: ARG002 - the model takes any text
        """Return 1: how well the space can express a text is not known."""
        return 1.0

    def words(self, row: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:  # noqa: ARG002
        """Return nothing: the dimensions have no names."""
        return []

    def close(self) -> None:
        """Release the networks; they are loaded again when they are used again."""
        for name in ("_windows", "_texts"):
            self.__dict__.pop(name, None)


class ExportedPictures(_Exported):
    """A picture a second."""

    def __init__(self, variant: str, folder: Path, settings: ExportedSettings, window: PictureSettings) -> None:
        super().__init__(variant, folder, settings)
        self._picture = window
        self.input = PictureInput(pixels=window.pixels)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model's space: another than its source's, since its numbers are rounded."""
        return self._space(1.0, 1.0)

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Embed windows; one of several pictures is the mean of their embeddings."""
        return _rows([self._window(clip) for clip in clips], self._settings.dim)

    def _window(self, clip: Clip) -> Floats:
        if not clip.pictures:
            raise ValueError("a visual window without a picture")
        rows = [self._windows.embed({"windows": prepared(rgb, self._picture)}) for rgb in clip.pictures]
        mean: Floats = np.mean(rows, axis=0)
        return mean

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Embed texts, each as the mean of its prompts."""
        return self._embed_prompts([prompts(text) for text in texts])


class ExportedSounds(_Exported):
    """Windows of one to ten seconds."""

    input = SoundInput(sample_rate_hz=SAMPLE_RATE_HZ)

    def __init__(self, variant: str, folder: Path, settings: ExportedSettings, window_s: float, hop_s: float) -> None:
        super().__init__(variant, folder, settings)
        self._window_s, self._hop_s = window_s, hop_s

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model's space: another than its source's, since its numbers are rounded."""
        return self._space(self._window_s, self._hop_s)

    @cached_property
    def _filters(self) -> Floats:
        filters: Floats = np.load(self._folder / FILTERS)
        return filters

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Embed windows of sound; one shorter than a window is repeated all the more often."""
        return _rows([self._window(clip) for clip in clips], self._settings.dim)

    def _window(self, clip: Clip) -> Floats:
        if clip.samples is None:
            raise ValueError("a window of sound without samples")
        return self._windows.embed({"windows": log_mel(filled(quantised(clip.samples)), self._filters)})

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Embed texts, each as the mean of its prompts."""
        return self._embed_prompts([[prompt.format(text) for prompt in CLAP_PROMPTS] for text in texts])


def _rows(rows: Sequence[Floats], dim: int) -> DenseRows:
    """Return rows of length 1, of none too."""
    stacked = np.reshape(rows, (-1, dim)).astype(np.float32)
    lengths = np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return DenseRows(stacked / lengths)

"""The parts of a model that are exported, as torch modules with sample input, and all that goes with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexers.base import Encoder
from indexers.encoders.exported.settings import (
    ExportedSettings,
    PictureSettings,
    Precision,
    SoundSettings,
    TextSettings,
)


@dataclass(frozen=True, eq=False)
class Tower:
    """One network: what goes in is one window or one text."""

    module: Any
    """Called with the inputs in order, it returns shape (1, dim)."""
    inputs: dict[str, Any]
    """Sample tensors by name."""
    any_length: bool = False
    """Whether the second axis of every input may have any length."""


@dataclass(frozen=True, eq=False)
class Towers:
    """A model to export."""

    encoder: Encoder
    """The source itself, to compare with."""
    windows: Tower
    texts: Tower
    window: PictureSettings | SoundSettings
    text: TextSettings
    tokenizer: str
    """The JSON of the package `tokenizers`."""
    tokens: Callable[[str], list[int]]
    """The source's own tokenizer: a text's tokens, filled up as the settings say."""
    write_files: Callable[[Path], None]
    """Writes what else belongs into the folder."""

    def settings(
        self, precision: Precision, method: str, licence: str | None, measured: dict[str, float]
    ) -> ExportedSettings:
        """Return what the exported model says of itself."""
        space = self.encoder.space
        return ExportedSettings(
            source=space.model,
            source_digest=space.weights_digest,
            licence=licence,
            precision=precision,
            method=method,
            modality=space.modality,
            dim=space.dim,
            preprocessing=space.preprocessing,
            window=self.window,
            text=self.text,
            measured=measured,
        )


def towers_of(name: str) -> Towers:
    """Load a model and take it apart.

    Raises:
        EncoderError: It is not on this machine, or is not of a kind that can be exported.
    """
    family, _, variant = name.partition(":")
    if family == "open-clip":
        from indexers.encoders.exported.making.open_clip import towers

        return towers(variant)
    from indexers.encoders.exported.making.laion_clap import towers as clap_towers

    return clap_towers(variant)

"""What an exported model says of itself in `model.json`, beside its networks and its tokenizer."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from indexers.errors import EncoderError
from indexers.types import Modality

FORMAT = 1
"""Of the folder. A higher one is refused."""
FILE = "model.json"
WINDOWS = "windows.onnx"
TEXTS = "texts.onnx"
TOKENIZER = "tokenizer.json"
FILTERS = "mel-filters.npy"
Precision = Literal["fp16", "int8"]
Clean = Literal["lower", "canonicalize", "whitespace", "none"]
ResizeMode = Literal["shortest", "longest", "squash"]


@dataclass(frozen=True)
class PictureSettings:
    """How a picture is prepared: scaled, brought to the network's size, and normalised."""

    height_px: int
    width_px: int
    resize_mode: ResizeMode
    interpolation: Literal["bicubic", "bilinear", "nearest"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    fill: int
    """Grey level of what is added to make a square, of `longest`."""
    pixels: int
    """Area in which pictures are wanted from the decoder."""


@dataclass(frozen=True)
class SoundSettings:
    """How sound is prepared: as `indexers.encoders.laion_clap.sound` does; the filters lie beside."""

    sample_rate_hz: int


@dataclass(frozen=True)
class TextSettings:
    """How a text is brought into numbers."""

    clean: Clean
    """What is done to it before the tokenizer."""
    longest_tokens: int
    padding_id: int | None
    """What a text is filled up with to that many; None where the network takes any number."""
    end_id: int | None
    """What a text that is cut off ends with all the same; None where the tokenizer sees to it."""
    has_mask: bool
    """Whether the network wants to be told which tokens are real."""

    def without_padding(self) -> "TextSettings":
        """Return the same for a network that takes any number of tokens."""
        return replace(self, padding_id=None)


@dataclass(frozen=True)
class ExportedSettings:
    """All of it."""

    source: str
    """The encoder that it was made of: `open-clip:ViT-B-32/laion2b_s34b_b79k`."""
    source_digest: str
    """Of that one's weights."""
    licence: str | None
    precision: Precision
    method: str
    """How weights were made smaller."""
    modality: Modality
    dim: int
    preprocessing: str
    """The source's, for the space."""
    window: PictureSettings | SoundSettings
    text: TextSettings
    measured: dict[str, float]
    """Least cosine to the source's vectors: of `windows` and of `texts`."""
    weights: str = WINDOWS
    """The file that stands for the model."""


def write_settings(folder: Path, settings: ExportedSettings) -> None:
    """Write `model.json`."""
    value = {"format": FORMAT, **asdict(settings)}
    (folder / FILE).write_text(json.dumps(value, indent=1), encoding="utf-8")


def read_settings(folder: Path) -> ExportedSettings:
    """Read `model.json`.

    Raises:
        EncoderError: It is missing, damaged, or was written by a newer egosearch.
    """
    path = folder / FILE
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if int(value.pop("format")) > FORMAT:
            raise EncoderError(f"{folder} was exported by a newer egosearch; upgrade egosearch")
        window, text = value.pop("window"), value.pop("text")
        modality = Modality(value.pop("modality"))
        return ExportedSettings(**value, modality=modality, window=_window(modality, window), text=TextSettings(**text))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} does not describe an exported model ({error}); export it again") from error


def _window(modality: Modality, value: dict[str, Any]) -> PictureSettings | SoundSettings:
    if modality is Modality.AUDIO:
        return SoundSettings(**value)
    mean, std = value.pop("mean"), value.pop("std")
    return PictureSettings(**value, mean=_three(mean), std=_three(std))


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = values
    return float(red), float(green), float(blue)

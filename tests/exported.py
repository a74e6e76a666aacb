"""Exported models that a reader can predict, made without torch: networks of two nodes, kept here as they are."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from indexers.encoders.exported.settings import (
    FILTERS,
    TEXTS,
    TOKENIZER,
    WINDOWS,
    ExportedSettings,
    PictureSettings,
    SoundSettings,
    TextSettings,
    write_settings,
)
from indexers.types import Modality

MEAN_COLOUR = (
    "CAg6kgEKMgoHd2luZG93cwoBYRIHdmVjdG9ycyIKUmVkdWNlTWVhbioPCghrZWVwZGltcxgAoAECEgFwKhkIAhAHQgFhShACAAAAAAAAAAMAAAAA"
    "AAAAWiMKB3dpbmRvd3MSGAoWCAESEgoCCAEKAggDCgMSAWgKAxIBd2IZCgd2ZWN0b3JzEg4KDAgBEggKAggBCgIIA0IECgAQEg=="
)
"""windows (1, 3, h, w) -> vectors (1, 3): the mean of each plane."""
MEAN_LOUDNESS = (
    "CAg6tAEKLAoHd2luZG93cwoBYRIBbSIKUmVkdWNlTWVhbioPCghrZWVwZGltcxgAoAECCicKAW0KAW0KAW0SB3ZlY3RvcnMiBkNvbmNhdCoLCgRh"
    "eGlzGAGgAQISAXMqGQgCEAdCAWFKEAIAAAAAAAAAAwAAAAAAAABaIgoHd2luZG93cxIXChUIARIRCgIIAQoCCAEKAwjpBwoCCEBiGQoHdmVjdG9y"
    "cxIOCgwIARIICgIIAQoCCANCBAoAEBI="
)
"""windows (1, 1, 1001, 64) -> vectors (1, 3): the mean in decibels, three times."""
ONE_OF_THREE = (
    "CAg6zgEKFgoBdAoGdG9rZW5zEgFlIgZHYXRoZXIKKwoBZQoBYRIHdmVjdG9ycyIJUmVkdWNlU3VtKg8KCGtlZXBkaW1zGACgAQISAXQqOwgECAMQ"
    "AUIBdEowAAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAAAAAAAAAAAAAAIA/KhEIARAHQgFhSggBAAAAAAAAAFoZCgZ0b2tlbnMS"
    "DwoNCAcSCQoCCAEKAxIBdGIZCgd2ZWN0b3JzEg4KDAgBEggKAggBCgIIA0IECgAQEg=="
)
"""tokens (1, t) -> vectors (1, 3): how often 1, 2 and 3 are among them."""
PICTURES = PictureSettings(
    height_px=8,
    width_px=8,
    resize_mode="squash",
    interpolation="bicubic",
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
    fill=0,
    pixels=1_000,
)
TEXTS_OF_COLOURS = TextSettings(clean="lower", longest_tokens=16, padding_id=None, end_id=None, has_mask=False)
SETTINGS = ExportedSettings(
    source="open-clip:colours",
    source_digest="0" * 12,
    licence="CC0-1.0",
    precision="fp16",
    method="half weights",
    modality=Modality.VISUAL,
    dim=3,
    preprocessing="squash-8x8",
    window=PICTURES,
    text=TEXTS_OF_COLOURS,
    measured={"windows": 1.0, "texts": 1.0},
)
VOCABULARY = {"[other]": 0, "red": 1, "green": 2, "blue": 3}


def make_model(folder: Path, settings: ExportedSettings = SETTINGS) -> Path:
    """Make an exported model: a picture is its mean colour, a sound its loudness, a text the colours that it names."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir(parents=True)
    is_sound = isinstance(settings.window, SoundSettings)
    (folder / WINDOWS).write_bytes(base64.b64decode(MEAN_LOUDNESS if is_sound else MEAN_COLOUR))
    (folder / TEXTS).write_bytes(base64.b64decode(ONE_OF_THREE))
    words = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[other]"))  # noqa: S106 - a token, no password
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(folder / TOKENIZER))
    if is_sound:
        np.save(folder / FILTERS, np.full((513, 64), 1 / 513, np.float32))
    write_settings(folder, settings)
    return folder


def make_sound_model(folder: Path) -> Path:
    """Make one for sound."""
    return make_model(folder, replace(SETTINGS, modality=Modality.AUDIO, window=SoundSettings(48_000)))


def change(folder: Path, **values: object) -> None:
    """Change what a model says of itself."""
    path = folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

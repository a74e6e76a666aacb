"""Whether an exported model does what its source does: the whole way, from pictures, sounds and words to vectors."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.exported.encoders import ExportedPictures, ExportedSounds
from indexers.encoders.exported.making.towers import Towers
from indexers.encoders.exported.settings import PictureSettings, Precision
from indexers.encoders.exported.texts import Tokenizer
from indexers.errors import EncoderError
from indexers.types import Clip, Span

SENTENCES = (
    "a kettle on the stove",
    "When I put my keys down beside the laptop",
    "someone is chopping vegetables, and the radio is on",
    "the timer went off twice",
    "a man's dog doesn't bark",
    "I’ve left my café receipt – 2 × 3.50 € – in the “blue” folder",
    "opening the fridge",
    "Straße, naïve, señor, 東京, Привет",
    "room no. 4711, 3rd floor: is the printer on?",
    "x",
    "a door slams and then there is nothing but the hum of the fan " * 8,
)
"""What people type, what they might, and one that is too long."""
SIZES = ((640, 360), (360, 640), (480, 480), (200, 120))


def compare_tokens(source: Towers, folder: Path) -> None:
    """Check that every sample sentence becomes the same tokens.

    Raises:
        EncoderError: One does not.
    """
    ours = Tokenizer(folder, source.text)
    for sentence in SENTENCES:
        if ours(sentence)[0].tolist() != source.tokens(sentence):
            raise EncoderError(
                f"{source.encoder.space.model} cannot be exported, because its tokenizer reads {sentence[:40]!r} in"
                " another way without its own package"
            )


def compare(source: Towers, folder: Path, precision: Precision, method: str, licence: str | None) -> dict[str, float]:
    """Return the least cosine between an exported model's vectors and its source's, of `windows` and of `texts`."""
    settings = source.settings(precision, method, licence, {})
    clips = pictures() if isinstance(settings.window, PictureSettings) else sounds()
    ours: ExportedPictures | ExportedSounds
    if isinstance(settings.window, PictureSettings):
        ours = ExportedPictures(folder.name, folder, settings, settings.window)
    else:
        ours = ExportedSounds(folder.name, folder, settings, 1.0, 1.0)
    try:
        windows = _cosines(ours.encode(clips).dense(), source.encoder.encode(clips).dense())
        texts = _cosines(ours.encode_text(SENTENCES).dense(), source.encoder.encode_text(SENTENCES).dense())
    finally:
        ours.close()
    return {"windows": round(float(windows.min()), 5), "texts": round(float(texts.min()), 5)}


def pictures() -> list[Clip]:
    """Return windows with pictures that differ: gradients, edges, texture, flat colour; wide, tall and small."""
    random = np.random.default_rng(5)
    made = []
    for width, height in SIZES:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        gradient = np.stack([255 * x / width, 255 * y / height, 255 * (1 - x / width)], axis=-1)
        squares = 255 * (((x // 40 + y // 40) % 2)[..., None] * np.array([1.0, 0.6, 0.2]))
        texture = random.normal(110, 60, (height, width, 3))
        disc = np.where(((x - width / 2) ** 2 + (y - height / 3) ** 2 < (height / 4) ** 2)[..., None], 230, 40)
        made += [gradient, squares, texture, disc + np.zeros(3), np.full((height, width, 3), 90.0)]
    return [Clip(Span(0, 1), pictures=(np.clip(one, 0, 255).astype(np.uint8),)) for one in made]


def sounds() -> list[Clip]:
    """Return windows of sound that differ: tones, chirps, clicks, noise, near silence; short and long."""
    random = np.random.default_rng(5)
    made: list[NDArray[np.floating]] = []
    for seconds in (3.0, 10.0):
        t = np.arange(round(48_000 * seconds)) / 48_000
        made += [
            0.3 * np.sin(2 * np.pi * 440 * t),
            0.3 * np.sin(2 * np.pi * (200 + 900 * t / seconds) * t),
            0.1 * random.normal(size=len(t)),
            0.001 * random.normal(size=len(t)),
            0.8 * (np.mod(t, 0.25) < 0.005),
        ]
    return [Clip(Span(0, len(one) / 48_000), samples=one.astype(np.float32)) for one in made]


def _cosines(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return shape (n,); both are of length 1."""
    cosines: NDArray[np.float32] = (ours * theirs).sum(axis=1)
    return cosines

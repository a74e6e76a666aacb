"""Read what somebody searches with: a picture or a sound in a file of its own, which is not indexed."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexers.base import PictureInput
from indexers.errors import MediaError
from indexers.media.container import refusal
from indexers.media.decode import decode
from indexers.media.frame import frame_at
from indexers.media.probe import probe
from indexers.types import Floats, Slice, SoundBlock

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SOUND_S = 600.0
"""Of a longer file only the beginning is read: it is an example, and samples take 4 MB a minute."""


def read_picture(path: Path, pixels: int) -> NDArray[np.uint8]:
    """Read a picture, or the picture in the middle of a video.

    Args:
        path: The file.
        pixels: Scaled down to about this area, as `PictureInput` says; smaller ones stay.

    Returns:
        RGB, shape (h, w, 3), upright; what is transparent is white.

    Raises:
        MediaError: It cannot be read, or has no picture.
    """
    rgb = _still(path, pixels)
    if rgb is not None:
        return rgb
    recording = probe(path)
    if recording.video is None:
        raise MediaError(path, "it has no picture", "name a picture, or a video")
    short_side_px = PictureInput(pixels).short_side_px(recording.video.width_px, recording.video.height_px)
    picture = frame_at(recording, recording.duration_s / 2, short_side_px)
    if picture is None:
        raise MediaError(path, "none of its pictures can be decoded", "name another picture, or convert it")
    return picture.rgb


def read_sound(path: Path, sample_rate_hz: int) -> Floats:
    """Read the sound of a file, be it a video's, mixed to mono.

    Args:
        path: The file.
        sample_rate_hz: The rate to deliver.

    Returns:
        Shape (t,), at most `LONGEST_SOUND_S` from its start, never empty.

    Raises:
        MediaError: It cannot be read, or has no sound.
    """
    recording = probe(path)
    if recording.audio is None:
        raise MediaError(path, "it has no sound", "name a file with a sound in it")
    whole = Slice(recording, 0, 0.0, min(recording.duration_s, LONGEST_SOUND_S))
    pieces = decode(whole, sample_rates_hz=(sample_rate_hz,), picture_hop_s=None, short_side_px=1, extra_sound_s=0.0)
    samples = [piece.samples for piece in pieces if isinstance(piece, SoundBlock)]
    if not sum(len(block) for block in samples):
        raise MediaError(path, "none of its sound can be decoded", "name another sound, or convert it")
    return np.concatenate(samples)


def _still(path: Path, pixels: int) -> NDArray[np.uint8] | None:
    """Read a still picture; None where the file is something else. Pillow turns it as the camera's EXIF data say."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings(), Image.open(path) as opened:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # large; twice as large is an error
            upright = ImageOps.exif_transpose(opened)
            picture = _opaque(upright)
            short_side_px = PictureInput(pixels).short_side_px(*picture.size)
            factor = short_side_px / min(picture.size)
            if factor < 1:
                size = tuple(max(1, round(side * factor)) for side in picture.size)
                picture = picture.resize((size[0], size[1]), Image.Resampling.BOX)
            return np.asarray(picture, dtype=np.uint8)
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError as error:
        raise MediaError(path, "it claims to be larger than any camera makes them", "scale it down") from error
    except OSError as error:
        if error.errno is not None:
            raise refusal(path, error) from error
        raise MediaError(path, f"it is damaged ({error})", "check that it opens elsewhere") from error
    except (SyntaxError, ValueError) as error:  # what Pillow raises for broken PNG and TIFF files
        raise MediaError(path, f"it is damaged ({error})", "check that it opens elsewhere") from error


def _opaque(picture: "Image") -> "Image":
    """Return a picture as RGB, laid on white where it is transparent."""
    from PIL import Image

    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    behind = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(behind, picture.convert("RGBA")).convert("RGB")

"""A picture as an OpenCLIP network wants it, with Pillow and NumPy alone.

Source:
    `image_transform_v2` in open_clip/transform.py and torchvision's `Resize` and `CenterCrop`, whose rounding is kept:
    a test compares every element.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.exported.settings import PictureSettings
from indexers.types import Floats

if TYPE_CHECKING:
    from PIL import Image


def prepared(rgb: NDArray[np.uint8], settings: PictureSettings) -> Floats:
    """Return a picture (h, w, 3) as the network's input, shape (1, 3, height, width)."""
    from PIL import Image

    fitted = np.asarray(_fitted(Image.fromarray(rgb), settings), np.float32) / np.float32(255)
    normal = (fitted - np.array(settings.mean, np.float32)) / np.array(settings.std, np.float32)
    out: Floats = np.ascontiguousarray(normal.transpose(2, 0, 1)[None])
    return out


def _fitted(picture: "Image.Image", settings: PictureSettings) -> "Image.Image":
    from PIL import Image

    width, height = settings.width_px, settings.height_px
    how = _resampling(settings)
    if settings.resize_mode == "squash":
        return picture.resize((width, height), how)
    if settings.resize_mode == "longest":
        return _padded(picture, settings)
    if width == height:
        resized = picture.resize(_shortest(picture.size, width), how)
    else:  # OpenCLIP does not pass the interpolation on here
        ratio = min(picture.width / width, picture.height / height)
        size = round(picture.width / ratio), round(picture.height / ratio)
        resized = picture.resize(size, Image.Resampling.BICUBIC)
    return _cropped(resized, width, height)


def _shortest(size: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Return width and height with the shorter one at a side; the longer one is rounded down, as torchvision does."""
    short, long = sorted(size)
    scaled = int(side_px * long / short)
    return (side_px, scaled) if size[0] <= size[1] else (scaled, side_px)


def _cropped(picture: "Image.Image", width: int, height: int) -> "Image.Image":
    left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
    return picture.crop((left, top, left + width, top + height))


def _padded(picture: "Image.Image", settings: PictureSettings) -> "Image.Image":
    """Scale a picture to lie within the network's size and fill up evenly around it."""
    from PIL import Image

    width, height = settings.width_px, settings.height_px
    ratio = max(picture.height / height, picture.width / width)
    inner = picture.resize((round(picture.width / ratio), round(picture.height / ratio)), _resampling(settings))
    whole = Image.new("RGB", (width, height), (settings.fill,) * 3)
    whole.paste(inner, (max(0, width - inner.width) // 2, max(0, height - inner.height) // 2))
    return whole


def _resampling(settings: PictureSettings) -> "Image.Resampling":
    from PIL import Image

    return Image.Resampling[settings.interpolation.upper()]

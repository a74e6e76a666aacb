"""Paint for `egosearch.demo.scenes`: gradients, shadows, light and grain on Pillow pictures."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

Color = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


def gradient(size: tuple[int, int], top: Color, bottom: Color) -> "Image":
    """Return an RGB picture that goes from one colour at the top to another at the bottom."""
    from PIL import Image

    down = np.linspace(0, 1, size[1])[:, None]  # (h, 1)
    column = (np.array(top) * (1 - down) + np.array(bottom) * down).astype(np.uint8)  # (h, 3)
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(column[:, None], (size[1], size[0], 3))))


def grain(picture: "Image", strength: float) -> "Image":
    """Return the picture with the noise of a sensor, of this standard deviation."""
    from PIL import Image

    noise = np.random.default_rng(0).standard_normal((picture.height, picture.width, 1), np.float32) * strength
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def blurred(picture: "Image", radius_px: float) -> "Image":
    """Return the picture out of focus; a radius of 1 or 2 only takes the edges' sharpness."""
    from PIL import ImageFilter

    return picture.filter(ImageFilter.GaussianBlur(radius_px))


def glow(picture: "Image", at: tuple[float, float], radius_px: float, color: Color, blur_px: float) -> "Image":
    """Return the picture with a soft round light added."""
    from PIL import Image, ImageChops

    light = Image.new("RGB", picture.size)
    disc(pen(light), *at, radius_px, color)
    return ImageChops.add(picture, blurred(light, blur_px))


def cast_shadow(picture: "Image", box: tuple[int, int, int, int], radius_px: int) -> None:
    """Darken the picture below and right of a box with rounded corners, in place."""
    from PIL import Image

    left, top, right, bottom = box
    mask = Image.new("L", picture.size)
    pen(mask).rounded_rectangle((left + 12, top + 20, right + 12, bottom + 20), radius_px, fill=120)
    picture.paste((10, 10, 14), mask=blurred(mask, 20))


def disc(draw: "ImageDraw", x: float, y: float, radius_px: float, color: Color) -> None:
    """Fill a circle around a point."""
    draw.ellipse((x - radius_px, y - radius_px, x + radius_px, y + radius_px), fill=color)


def pen(picture: "Image") -> "ImageDraw":
    """Return what draws on the picture."""
    from PIL import ImageDraw

    return ImageDraw.Draw(picture)


def font(size_px: int) -> "FreeTypeFont | ImageFont":
    """Return the typeface that comes with Pillow, so that the text looks the same everywhere."""
    from PIL import ImageFont

    return ImageFont.load_default(size_px)


def mixed(color: Color, other: Color, share: float) -> Color:
    """Return a colour between two; `share` is the other's, in [0, 1]."""
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def brightened(color: Color, by: int) -> Color:
    """Return the colour with `by` added to each part, at most 255."""
    red, green, blue = (min(255, part + by) for part in color)
    return red, green, blue

"""A picture as Sixel, which many terminals draw. Pure: an array in, a control string out.

A band of six rows at a time, each colour of it in turn: a character says which of the six pixels of its column have the
colour. The terminal's cursor is where the picture's left upper corner comes to lie.

Source:
    "VT330/VT340 Programmer Reference Manual", volume 2, chapter 14.
"""

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

BAND_PX = 6
COLORS = 256
"""As many as terminals with Sixel have registers for."""
SMALL_PX = 160
"""Long side of the copy that the colours are chosen by: 26 ms of a picture of 960 x 540 instead of 440, and colours
that are off by 10 of 255 instead of 9; Pillow's faster octree is off by 13, which shows as false colours."""
_BEGIN, _END = "\x1bP0;1q", "\x1b\\"
_EMPTY = 63
"""The character of a column without a pixel."""
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)
"""What is shorter as a count and a character than as it is."""


def sixel(rgb: NDArray[np.uint8], width_px: int, height_px: int) -> str:
    r"""Return what makes a terminal draw a picture, scaled to a size.

    Worked example: one red column of six pixels is color 0, red, and `~`, all six, in a raster of 1 x 6.

    >>> sixel(np.full((6, 1, 3), (255, 0, 0), np.uint8), 1, 6)
    '\x1bP0;1q"1;1;1;6#0;2;100;0;0#0~-\x1b\\'

    Args:
        rgb: Shape (h, w, 3).
        width_px: Width to draw, at least 1.
        height_px: Height to draw, at least 1.
    """
    from PIL import Image

    scaled = Image.fromarray(rgb).resize((width_px, height_px), Image.Resampling.BILINEAR)
    small = scaled.copy()
    small.thumbnail((SMALL_PX, SMALL_PX))
    palette = small.quantize(COLORS, method=Image.Quantize.MEDIANCUT)
    indexed = scaled.quantize(palette=palette, dither=Image.Dither.NONE)
    pixels = np.asarray(indexed, np.uint8)  # shape (height, width)
    bands = [_band(pixels[top : top + BAND_PX]) for top in range(0, height_px, BAND_PX)]
    colors = _colors(indexed, int(pixels.max()) + 1)
    return f'{_BEGIN}"1;1;{width_px};{height_px}{colors}{b"".join(bands).decode("ascii")}{_END}'


def _colors(indexed: "Image", count: int) -> str:
    """Return the first colours as percentages."""
    percents = np.rint(np.array(indexed.getpalette()).reshape(-1, 3)[:count] * (100 / 255)).astype(int).tolist()
    return "".join(f"#{i};2;{red};{green};{blue}" for i, (red, green, blue) in enumerate(percents))


def _band(pixels: NDArray[np.uint8]) -> bytes:
    """Return up to six rows: a line for each colour in them, all in one place, then a new line."""
    colors = np.flatnonzero(np.bincount(pixels.ravel(), minlength=COLORS))  # shape (k,)
    weights = (1 << np.arange(len(pixels))).astype(np.uint8)[:, None]  # the topmost is the lowest bit
    columns = np.stack([((pixels == color) * weights).sum(axis=0, dtype=np.uint8) for color in colors])
    lines = [
        b"#%d%b" % (color, line.rstrip(b"?"))
        for color, line in zip(colors.tolist(), map(bytes, columns + np.uint8(_EMPTY)), strict=True)
    ]
    return _RUN.sub(_counted, b"$".join(lines)) + b"-"


def _counted(run: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(run[0]), run[1])

"""A picture for Kitty and Ghostty, by Unicode placeholders. Pure: an array in, control strings and characters out.

The terminal is sent the picture once, under a number. What is written to the screen is text: a placeholder character a
cell, whose colour is the number and whose diacritics are its row and column. So Textual can cover it, cut it and wipe
it as any text.

Source:
    "Terminal graphics protocol", Kitty's documentation, sections "Unicode placeholders" and "Compression".
"""

import zlib
from base64 import b64encode

import numpy as np
from numpy.typing import NDArray

MOST_NUMBERS = 1 << 24
"""Numbers of pictures that a colour can tell: 0 is none."""
_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
"""Characters of a message, at most."""
_BEGIN, _END = "\x1b_G", "\x1b\\"
_FAST = 1
"""Of zlib's levels: 2.5 times as fast as the usual one, for a tenth more bytes."""


def _diacritics(ranges: str) -> tuple[str, ...]:
    """Return the characters of ranges of code points in hexadecimal digits."""
    ends = [(one.split("-")[0], one.split("-")[-1]) for one in ranges.split()]
    return tuple(chr(code) for first, last in ends for code in range(int(first, 16), int(last, 16) + 1))


DIACRITICS = _diacritics(
    "305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1 5a8-5a9"
    " 5ab-5ac 5af 5c4 610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733 735-736 73a 73d"
    " 73f-741 743 745 747 749-74a 7eb-7f1 7f3 816-819 81b-823 825-827 829-82d 951 953-954 f82-f83 f86-f87 135d-135f"
    " 17dd 193a 1a17 1a75-1a7c 1b6b 1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe"
    " 20d0-20d1 20d4-20d7 20db-20dc 20e1 20e7 20e9 20f0 2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0"
    " aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244"
)
"""Which stands for which row or column, from 0 on: Kitty's `rowcolumn-diacritics.txt`."""
MOST_CELLS = len(DIACRITICS)
"""Of a picture, across or down."""


def sent(number: int, rgb: NDArray[np.uint8], width: int, height: int) -> str:
    """Return what gives the terminal a picture, to be drawn in `width` x `height` cells where placeholders are.

    Args:
        number: From 1 to below `MOST_NUMBERS`; a picture of that number is replaced.
        rgb: Shape (h, w, 3).
        width: Cells across, at most `MOST_CELLS`.
        height: Cells down, likewise.
    """
    h, w, _ = rgb.shape
    data = b64encode(zlib.compress(np.ascontiguousarray(rgb).tobytes(), _FAST)).decode("ascii")
    chunks = [data[first : first + _CHUNK] for first in range(0, len(data), _CHUNK)]
    # q=2: no answer, which would arrive as keys. U=1: shown where placeholders are, and nowhere else.
    head = f"a=T,U=1,q=2,i={number},f=24,o=z,s={w},v={h},c={width},r={height}"
    messages = [
        f"{_BEGIN}{head if first else 'q=2'},m={0 if last else 1};{chunk}{_END}"
        for chunk, first, last in ((one, one is chunks[0], one is chunks[-1]) for one in chunks)
    ]
    return "".join(messages)


def dropped(number: int) -> str:
    """Return what makes the terminal forget a picture."""
    return f"{_BEGIN}a=d,d=I,q=2,i={number}{_END}"


def placeholders(width: int, height: int) -> list[str]:
    """Return the lines of text that stand for a picture, to be written in the colour of its number."""
    return [
        "".join(f"{_PLACEHOLDER}{DIACRITICS[row]}{DIACRITICS[column]}" for column in range(width))
        for row in range(height)
    ]


def color_of(number: int) -> tuple[int, int, int]:
    """Return the colour that stands for a number.

    >>> color_of(0x010203)
    (1, 2, 3)
    """
    return number >> 16, number >> 8 & 255, number & 255

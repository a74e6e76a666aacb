import base64
import doctest
import re
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui.pictures import fitting, kitty
from tui.pictures import sixel as sixel_module
from tui.pictures.sixel import sixel


@pytest.mark.parametrize("module", [fitting, kitty, sixel_module])
def test_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0  # type: ignore[arg-type]


def drawn(told: str) -> NDArray[np.int64]:
    """Return what a terminal draws of a Sixel, as percentages: the slow, obvious way."""
    begin = re.match(r'\x1bP0;1q"1;1;(\d+);(\d+)', told)
    assert begin
    assert told.endswith("\x1b\\")
    width, height = int(begin[1]), int(begin[2])
    picture = np.full((height, width, 3), -1)
    palette: dict[int, tuple[int, ...]] = {}
    color = x = top = 0
    for one in re.finditer(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|([$-])|([?-~])", told[begin.end() : -2]):
        if one[1]:
            palette[int(one[1])] = tuple(map(int, one.group(2, 3, 4)))
        elif one[5]:
            color = int(one[5])
        elif one[8]:
            x, top = 0, top + (6 if one[8] == "-" else 0)
        else:
            length = int(one[6] or 1)
            bits = ord(one[7] or one[9]) - 63
            for row in range(6):
                if bits >> row & 1:
                    picture[top + row, x : x + length] = palette[color]
            x += length
    return picture


@given(seed=st.integers(0, 10_000), w=st.integers(1, 40), h=st.integers(1, 20))
def test_a_sixel_draws_every_pixel_in_its_color(seed: int, w: int, h: int) -> None:
    # Few colours, which the palette holds exactly.
    rgb = np.random.default_rng(seed).choice(np.array([0, 255], np.uint8), (h, w, 3))
    np.testing.assert_array_equal(drawn(sixel(rgb, w, h)), np.rint(rgb / 2.55).astype(int))


def test_a_picture_of_many_colors_stays_about_the_same() -> None:
    rows, columns = np.mgrid[0:90, 0:160]
    rgb = np.stack([columns, rows * 2, 255 - columns], axis=2).astype(np.uint8)
    seen = drawn(sixel(rgb, 160, 90)) * 2.55
    assert np.abs(seen - rgb).mean() < 8


def test_kitty_gets_the_pixels_once_and_in_order() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (40, 70, 3), np.uint8)
    messages = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty.sent(7, rgb, 20, 6))
    heads, chunks = zip(*messages, strict=True)
    assert heads[0] == "a=T,U=1,q=2,i=7,f=24,o=z,s=70,v=40,c=20,r=6,m=1"
    assert set(heads[1:-1]) == {"q=2,m=1"}
    assert heads[-1] == "q=2,m=0"
    assert all(len(chunk) <= 4096 for chunk in chunks)
    assert zlib.decompress(base64.b64decode("".join(chunks))) == rgb.tobytes()


def test_a_small_picture_is_one_message() -> None:
    told = kitty.sent(1, np.zeros((1, 1, 3), np.uint8), 1, 1)
    assert told.count("\x1b_G") == 1
    assert "m=0" in told


def test_placeholders_tell_row_and_column() -> None:
    lines = kitty.placeholders(3, 2)
    assert [len(line) for line in lines] == [9, 9]
    assert lines[0].startswith("\U0010eeee\u0305\u0305\U0010eeee\u0305\u030d")
    assert lines[1].startswith("\U0010eeee\u030d\u0305")
    assert len(set(kitty.DIACRITICS)) == kitty.MOST_CELLS == 297


@given(
    w=st.integers(1, 2000),
    h=st.integers(1, 2000),
    columns=st.integers(1, 300),
    lines=st.integers(1, 100),
    cell=st.sampled_from([None, (8, 16), (10, 22)]),
)
def test_a_picture_fits_and_touches_a_side(
    w: int, h: int, columns: int, lines: int, cell: tuple[int, int] | None
) -> None:
    width, height = fitting.cells((w, h), (columns, lines), cell)
    assert 1 <= width <= columns
    assert 1 <= height <= lines
    assert width == columns or height == lines

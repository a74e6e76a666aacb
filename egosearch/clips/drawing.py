"""Contact sheets as pictures: cells with a picture and lines below it, in rows. Knows no library."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.clips.files import new_file
from egosearch.printable import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

PAPER, EMPTY = (22, 24, 29), (40, 43, 51)
INK, FAINT = (232, 234, 240), (150, 156, 168)
GAP_PX = 16
TITLE_PX, TEXT_PX = 26, 15
LINE = 1.35
"""Height of a line in heights of its letters."""

FONTS = ("NotoSansCJK-Regular.ttc", "DejaVuSans.ttf", "Arial Unicode.ttf", "Arial.ttf")
"""Looked for among the system's fonts, those with the most scripts first; Pillow's own has Latin letters alone."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One place of a sheet."""

    picture: "NDArray[np.uint8] | None"
    """RGB, shape (h, w, 3); None for an empty frame."""
    lines: tuple[str, ...]
    """Below it: the first bright, the others faint. What is too long is broken, and cut where there is no more room."""


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out."""

    columns: int
    picture_px: tuple[int, int] = (320, 180)
    """Width and height of the frame that pictures are fitted into."""
    rows_of_text: int = 4


def draw_sheet(path: Path, title: str, cells: Sequence[Cell], layout: Layout, *, replace: bool = False) -> None:
    """Write a sheet as a PNG file.

    Args:
        path: A new file.
        title: Above the cells.
        cells: At least one.
        layout: How.
        replace: Whether the file may be there already.

    Raises:
        QueryError: The file is there already, or there is no such folder.
    """
    sheet = draw(title, cells, layout)
    with new_file(path, replace=replace) as partial:
        sheet.save(partial, "PNG", optimize=True)


def draw(title: str, cells: Sequence[Cell], layout: Layout) -> "Image":
    """Return a sheet."""
    from PIL import Image, ImageDraw

    columns = min(layout.columns, len(cells))
    width, height = layout.picture_px
    cell_height = height + round(layout.rows_of_text * TEXT_PX * LINE) + GAP_PX
    top = GAP_PX + round(TITLE_PX * LINE) + GAP_PX
    rows = -(-len(cells) // columns)
    size = GAP_PX + columns * (width + GAP_PX), top + rows * (cell_height + GAP_PX)
    sheet = Image.new("RGB", size, PAPER)
    drawing = ImageDraw.Draw(sheet)
    (heading, *_) = broken(plain(title), _font(TITLE_PX), size[0] - 2 * GAP_PX, 1)
    drawing.text((GAP_PX, GAP_PX), heading, INK, _font(TITLE_PX))
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        corner = GAP_PX + column * (width + GAP_PX), top + row * (cell_height + GAP_PX)
        _picture(sheet, drawing, cell, corner, layout)
        _lines(drawing, cell, (corner[0], corner[1] + height + GAP_PX // 2), layout)
    return sheet


def broken(text: str, font: "Font", width_px: int, most_lines: int) -> list[str]:
    """Return text in lines that are no wider than so many pixels, the last one cut where more would follow."""
    lines: list[str] = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:most_lines]
    if len(lines) > most_lines:
        kept[-1] += "…"
    return [_cut(line, font, width_px) for line in kept]


def _cut(line: str, font: "Font", width_px: int) -> str:
    while len(line) > 1 and font.getlength(line) > width_px:
        line = line.removesuffix("…")[:-1] + "…"
    return line


def _picture(sheet: "Image", drawing: "ImageDraw", cell: Cell, corner: tuple[int, int], layout: Layout) -> None:
    from PIL import Image

    (left, top), (width, height) = corner, layout.picture_px
    drawing.rectangle((left, top, left + width - 1, top + height - 1), EMPTY)
    if cell.picture is None:
        font = _font(TEXT_PX)
        text = "no picture"
        drawing.text((left + (width - font.getlength(text)) / 2, top + height / 2 - TEXT_PX / 2), text, FAINT, font)
        return
    picture = Image.fromarray(cell.picture)
    scale = min(width / picture.width, height / picture.height)
    fitted = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    sheet.paste(picture.resize(fitted), (left + (width - fitted[0]) // 2, top + (height - fitted[1]) // 2))


def _lines(drawing: "ImageDraw", cell: Cell, corner: tuple[int, int], layout: Layout) -> None:
    font, left, room = _font(TEXT_PX), layout.picture_px[0], layout.rows_of_text
    y = corner[1]
    for number, line in enumerate(cell.lines):
        left_over = room - (len(cell.lines) - number - 1)  # every line gets one row at least, where there is room
        for part in broken(plain(line), font, left, max(1, left_over)):
            if room <= 0:
                return
            drawing.text((corner[0], y), part, INK if number == 0 else FAINT, font)
            y, room = y + round(TEXT_PX * LINE), room - 1


@cache
def _font(size_px: int) -> "Font":
    from PIL import ImageFont

    for name in FONTS:
        try:
            return ImageFont.truetype(name, size_px)
        except OSError:
            continue
    return ImageFont.load_default(size_px)

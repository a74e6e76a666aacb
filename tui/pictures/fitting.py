"""How many cells of a terminal a picture takes. Pure."""

USUAL_CELL_PX = (10, 20)
"""Of a terminal that does not say: twice as high as wide is about right for every font."""


def cells(size_px: tuple[int, int], room: tuple[int, int], cell_px: tuple[int, int] | None = None) -> tuple[int, int]:
    """Return the columns and lines of the largest picture that fits, its shape kept as far as whole cells allow.

    >>> cells((320, 180), (40, 40), (10, 20))
    (40, 11)

    Args:
        size_px: Width and height of the picture.
        room: Columns and lines that there are, each at least 1.
        cell_px: Width and height of a cell; None where it is not known.
    """
    cell_w, cell_h = cell_px or USUAL_CELL_PX
    scale = min(room[0] * cell_w / size_px[0], room[1] * cell_h / size_px[1])
    width, height = round(size_px[0] * scale / cell_w), round(size_px[1] * scale / cell_h)
    return min(max(width, 1), room[0]), min(max(height, 1), room[1])

"""Numbers and pictures as characters. Pure: arrays in, text and colours out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from indexers.types import Span

UPPER_HALF = "▀"
_EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
_EIGHTHS_ACROSS = " ▏▎▍▌▋▊▉█"


def meter(share: float, width: int) -> str:
    """Return a horizontal bar of `width` characters, filled to a share in [0, 1].

    >>> meter(0.5, 4), meter(0.0, 2)
    ('██▁▁', '▁▁')
    """
    eighths = round(min(max(share, 0.0), 1.0) * 8 * width)
    full, rest = divmod(eighths, 8)
    bar = "█" * full + (_EIGHTHS_ACROSS[rest] if rest else "")
    return bar.ljust(width, "▁")


def columns(times_s: NDArray[np.float64], values: NDArray[np.float64], span: Span, width: int) -> NDArray[np.float64]:
    """Reduce a curve to one value a column: the largest that falls into it, so that no peak is lost.

    Args:
        times_s: Shape (t,), ascending: when each value starts to hold, until the next one.
        values: Shape (t,); NaN where unknown.
        span: What the columns cover together.
        width: Number of columns.

    Returns:
        Shape (width,); NaN where nothing is known.
    """
    if not len(times_s) or width < 1:
        return np.full(max(width, 0), np.nan)
    edges = np.linspace(span.start_s, span.end_s, width + 1)
    # The value that holds at a column's start counts too: it is the one before the first that starts inside.
    firsts = np.searchsorted(times_s, edges[:-1] + 1e-9, side="right") - 1
    lasts = np.searchsorted(times_s, edges[1:] - 1e-9, side="left")
    # A curve ends one step after its last value.
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else span.duration_s
    result = np.full(width, np.nan)
    for column, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        inside = values[max(first, 0) : last]
        known = inside[~np.isnan(inside)]
        if len(known) and edges[column] < times_s[-1] + step_s:
            result[column] = known.max()
    return result


def bars(shares: NDArray[np.float64], rows: int = 1) -> list[str]:
    """Return vertical bars as `rows` lines of text, the topmost first. Shares outside [0, 1] are clipped; NaN is empty.

    >>> bars(np.array([0.0, 0.5, 1.0]))
    [' ▄█']
    """
    eighths = np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 8 * rows).astype(int)
    levels = (np.clip(eighths - 8 * row, 0, 8) for row in reversed(range(rows)))
    return ["".join(_EIGHTHS_UP[level] for level in line) for line in levels]


def marks(marked: Span, shown: Span, width: int, mark: str = "▲") -> str:
    """Return a line of `width` characters with a mark wherever one span lies within another; at least one mark."""
    if width < 1 or shown.duration_s <= 0:
        return ""
    scale = width / shown.duration_s
    first = min(max(int((marked.start_s - shown.start_s) * scale), 0), width - 1)
    last = min(max(int(np.ceil((marked.end_s - shown.start_s) * scale)) - 1, first), width - 1)
    return (" " * first + mark * (last - first + 1)).ljust(width)


def fit(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Scale a picture, keeping its shape, to the largest that fits; each pixel is the mean of what it covers."""
    h, w, _ = rgb.shape
    scale = min(width / w, height / h)
    fitted_w, fitted_h = max(int(w * scale), 1), max(int(h * scale), 1)
    rows = np.arange(fitted_h) * h // fitted_h
    cols = np.arange(fitted_w) * w // fitted_w
    # reduceat sums from each start to the next; where two starts are equal (enlarging) it takes the one value.
    sums = np.add.reduceat(np.add.reduceat(rgb.astype(np.float64), rows, axis=0), cols, axis=1)
    counts = np.maximum(np.diff(rows, append=h), 1)[:, None] * np.maximum(np.diff(cols, append=w), 1)[None, :]
    pixels: NDArray[np.uint8] = np.rint(sums / counts[..., None]).astype(np.uint8)
    return pixels


RGB = tuple[int, int, int]


def half_blocks(rgb: NDArray[np.uint8], width: int, height: int) -> Iterator[list[tuple[RGB, RGB | None]]]:
    """Yield a picture as lines of cells, each an upper and a lower colour, to draw with `UPPER_HALF`.

    Args:
        rgb: Shape (h, w, 3).
        width: Cells across that it may take.
        height: Lines that it may take; each holds two rows of pixels, so pixels are about square.
    """
    pixels = fit(rgb, width, 2 * height).tolist()
    for top in range(0, len(pixels), 2):
        lower = pixels[top + 1] if top + 1 < len(pixels) else [None] * len(pixels[top])
        yield [
            ((up[0], up[1], up[2]), (low[0], low[1], low[2]) if low else None)
            for up, low in zip(pixels[top], lower, strict=True)
        ]


def wrapped(sentence: str, width: int) -> list[str]:
    """Return a sentence as lines of at most `width` characters; longer words are broken.

    >>> wrapped("There is no picture here.", 12)
    ['There is no', 'picture', 'here.']
    """
    lines = [""]
    for word in sentence.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines += [word[start : start + width] for start in range(0, len(word), width)]
    return [line for line in lines if line]

"""A spectrum as cells, by colour or by shade characters. Pure: arrays in, shares and colours out."""

import numpy as np
from numpy.typing import NDArray

from indexers.spectrum import Spectrum
from indexers.types import Span
from tui.drawing import RGB

SHADES = " ░▒▓█"
LEAST_TOP_DB = -55.0
"""The loudest of what is shown is drawn fully, unless it is below this: the noise of a microphone stays faint."""
RANGE_DB = 55.0
"""What is so much below the loudest is drawn as nothing: about what a recording has between speech and its noise."""


def shares(spectrum: Spectrum, shown: Span, width: int, rows: int) -> NDArray[np.float64]:
    """Reduce a spectrum to cells: of each, the loudest that falls into it, so that no click is lost.

    Args:
        spectrum: As decoded.
        shown: What the columns cover together.
        width: Columns, at least 1.
        rows: Rows, at least 1; more than the spectrum's bands repeat some.

    Returns:
        Shape (rows, width), the highest frequencies first: 0 for nothing to 1 for the loudest; NaN where there is no
        sound.
    """
    loudest = _pooled(spectrum.levels_db, rows)  # shape (t, rows)
    edges = np.linspace(shown.start_s, shown.end_s, width + 1)
    places = np.rint((edges - spectrum.start_s) / spectrum.hop_s).astype(int)
    cells = np.full((width, rows), np.nan)
    for column in range(width):
        first, last = max(places[column], 0), min(max(places[column + 1], places[column] + 1), len(loudest))
        if first < last:
            cells[column] = loudest[first:last].max(axis=0)
    top_db = max(np.nanmax(cells, initial=LEAST_TOP_DB), LEAST_TOP_DB)
    drawn: NDArray[np.float64] = np.clip((cells - top_db) / RANGE_DB + 1, 0, 1).T[::-1]
    return drawn


def _pooled(levels_db: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """Return the loudest of each of so many equal parts of the bands; of parts smaller than a band, that band."""
    starts = np.arange(rows) * levels_db.shape[1] // rows
    pooled: NDArray[np.float32] = np.maximum.reduceat(levels_db, starts, axis=1)
    return pooled


def shaded(row: NDArray[np.float64]) -> str:
    """Return a row of shares as characters, one a share.

    >>> shaded(np.array([0, 0.5, 1, np.nan]))
    ' ▒█ '
    """
    return "".join(SHADES[place] for place in np.rint(np.nan_to_num(row) * (len(SHADES) - 1)).astype(int))


def colored(drawn: NDArray[np.float64], ramp: tuple[RGB, RGB, RGB]) -> NDArray[np.uint8]:
    """Return shares as colours, from the first of the ramp for 0 or nothing over the second to the third for 1.

    >>> colored(np.array([[0.0, 0.25, 1.0]]), ((0, 0, 0), (0, 100, 200), (255, 255, 255)))[0].tolist()
    [[0, 0, 0], [0, 50, 100], [255, 255, 255]]

    Args:
        drawn: Shape (h, w).
        ramp: In a dark theme from dark to light, in a light one from light to dark: read without its hues as well.

    Returns:
        Shape (h, w, 3).
    """
    known = np.nan_to_num(drawn)
    stops = np.array(ramp, np.float64)  # shape (3, 3)
    channels = [np.interp(known, (0.0, 0.5, 1.0), stops[:, channel]) for channel in range(3)]
    pixels: NDArray[np.uint8] = np.rint(np.stack(channels, axis=2)).astype(np.uint8)
    return pixels

"""How far a sense can be believed at a moment: measured signal quality, as a factor in [0, 1].

The bounds are generous on purpose: quality decides between candidates that score alike, it never silences a clear one.
"""

import numpy as np
from numpy.typing import NDArray

from egosearch.scan import SpaceMatrix
from indexers.types import Modality

Floats = NDArray[np.float32]

LEAST = 0.2
"""Trust in the worst signal: a dark picture or a sound at the noise floor may still be right."""
CLEAR_SNR_DB = 20.0
"""Half way from least to full trust: the wearer's own steps stand 12 to 16 dB above the floor, events 20 and more."""
SNR_WIDTH_DB = 1.5
SHARP = 1.0
"""log10(1 + Laplacian variance): below this a picture is blurred or empty."""
SHARP_WIDTH = 0.3
DARK = 0.06
"""Mean luma below which little can be seen."""
DARK_WIDTH = 0.015


def clarity_of_events(snr_db: NDArray[np.float64]) -> Floats:
    """Return trust in sound events from how far they stand above the noise floor; shape as given."""
    return _rising(snr_db, CLEAR_SNR_DB, SNR_WIDTH_DB)


def clarity_of_windows(matrix: SpaceMatrix, windows: NDArray[np.int64]) -> Floats:
    """Return trust in windows, shape (k,): of sound by level over the floor, of pictures by sharpness and light."""
    first, second = matrix.clarity[windows].astype(np.float64).T
    if matrix.space.modality is Modality.AUDIO:
        return _rising(second, CLEAR_SNR_DB, SNR_WIDTH_DB)
    light = np.minimum(second, 1 - second)  # blown out is as bad as dark
    return np.minimum(_rising(first, SHARP, SHARP_WIDTH), _rising(light, DARK, DARK_WIDTH))


def expressible(affinities: dict[Modality, float]) -> dict[Modality, float]:
    """Weigh the senses by how well each can express the query: the best one counts 1, the others less.

    `exp((affinity - best) / WIDTH)`: "bananas" is 0.85 to sight and 0.41 to sound, whose say shrinks to 0.11.
    """
    best = max(affinities.values(), default=0.0)
    return {sense: float(np.exp((affinity - best) / AFFINITY_WIDTH)) for sense, affinity in affinities.items()}


AFFINITY_WIDTH = 0.2
"""At 0.1 a phrase that happens to fit decides; from 0.2 to 0.3 the bench hardly told them apart."""


def _rising(values: NDArray[np.float64], middle: float, width: float) -> Floats:
    """Rise from `LEAST` to 1 along a logistic curve; what was not measured (NaN) is trusted fully."""
    share = 1 / (1 + np.exp(-np.clip((values - middle) / width, -30, 30)))
    return np.where(np.isnan(values), 1.0, LEAST + (1 - LEAST) * share).astype(np.float32)

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
SURE = 0.4
"""Mean probability of an utterance's words below which a recogniser mostly guesses; clear speech has 0.8 and more."""
SURE_WIDTH = 0.07
SPOKEN_SNR_DB = 8.0
"""Loudest syllable over the floor below which more words are misheard than not, see `indexers.lexical`. Speech is told
from noise by its form, so it needs less than other sounds."""


def clarity_of_events(snr_db: NDArray[np.float64]) -> Floats:
    """Return trust in sound events from how far they stand above the noise floor; shape as given."""
    return _rising(snr_db, CLEAR_SNR_DB, SNR_WIDTH_DB)


def clarity_of_windows(matrix: SpaceMatrix, windows: NDArray[np.int64]) -> Floats:
    """Return trust in windows, shape (k,).

    Of sound by level over the floor, of pictures by sharpness and light, of speech by how sure the recogniser is and by
    level over the floor.
    """
    first, second = matrix.clarity[windows].astype(np.float64).T
    if matrix.space.modality is Modality.AUDIO:
        return _rising(second, CLEAR_SNR_DB, SNR_WIDTH_DB)
    if matrix.space.modality is Modality.SPEECH:
        return np.minimum(_rising(first, SURE, SURE_WIDTH), _rising(second, SPOKEN_SNR_DB, SNR_WIDTH_DB))
    light = np.minimum(second, 1 - second)  # blown out is as bad as dark
    return np.minimum(_rising(first, SHARP, SHARP_WIDTH), _rising(light, DARK, DARK_WIDTH))


def expressible(affinities: dict[Modality, float]) -> dict[Modality, float]:
    """Weigh the senses by how well each can express the query: the best one counts 1, the others less.

    `exp((affinity - best) / WIDTH)`: "bananas" is 0.85 to sight and 0.41 to sound, whose say shrinks to 0.11.
    """
    best = max(affinities.values(), default=0.0)
    return {sense: float(np.exp((affinity - best) / AFFINITY_WIDTH)) for sense, affinity in affinities.items()}


def claims(affinities: dict[Modality, float]) -> dict[Modality, float]:
    """Say how far what each sense has is what was asked for, given that a library has what is said as well.

    "When the doorbell rang" is not answered by somebody who says "doorbell", nor "she mentions the dog" by a dog that
    barks, however clear that is: what was not meant counts for less, as confidence has to know. Between what is said
    and what is otherwise heard or seen, of which the best counts,

        claim = exp((best of this kind - best of the other) / AFFINITY_WIDTH), at most 1, and of speech at least UNSAID

    Worked example: "the doorbell rang" is 1.05 to sound and 0.6 to speech, whose claim is 0.5; "the Q3 projections" are
    0.38 to sight, whose claim is 0.33, as is that of sound.

    Returns:
        By sense, in (0, 1]; 1 for all where there is speech only, or none.
    """
    spoken = affinities.get(Modality.SPEECH)
    others = [affinity for sense, affinity in affinities.items() if sense is not Modality.SPEECH]
    if spoken is None or not others:
        return dict.fromkeys(affinities, 1.0)
    ahead = (spoken - max(others)) / AFFINITY_WIDTH
    said, not_said = max(UNSAID, float(np.exp(min(0.0, ahead)))), float(np.exp(min(0.0, -ahead)))
    return {sense: said if sense is Modality.SPEECH else not_said for sense in affinities}


UNSAID = 0.5
"""People who do not say that somebody spoke may still remember what was said: the least claim of speech. With it,
words that are all said are just shown where nothing better is there."""
AFFINITY_WIDTH = 0.2
"""At 0.1 a phrase that happens to fit decides; from 0.2 to 0.3 the bench hardly told them apart."""


def _rising(values: NDArray[np.float64], middle: float, width: float) -> Floats:
    """Rise from `LEAST` to 1 along a logistic curve; what was not measured (NaN) is trusted fully."""
    share = 1 / (1 + np.exp(-np.clip((values - middle) / width, -30, 30)))
    return np.where(np.isnan(values), 1.0, LEAST + (1 - LEAST) * share).astype(np.float32)

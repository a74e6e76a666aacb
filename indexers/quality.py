"""How far sound and pictures can be trusted, as numbers: levels over the local noise floor, sharpness, exposure.

It measures and does not judge: what follows from a low number is decided where the query is known.
"""

import numpy as np
from numpy.typing import NDArray

from indexers.types import Floats

FLOOR_DB = -120.0
"""Level of digital silence; 16-bit sound ends at -96."""

LEVEL_HOP_S = 0.02
"""Short enough for a click, long enough for one period of 50 Hz."""

_LEVELS_AT_ONCE = 1_000
"""Squares are float64: those of five minutes would take 40 MB, those of 20 s stay in a core's cache."""

FLOOR_PERCENTILE = 15.0
"""Of the levels around: pauses between sounds fill more than a seventh of nearly any minute."""

LUMA_SHORT_SIDE_PX = 160
"""Sharpness depends on scale: every picture is brought to about this size before."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, which JPEG and most decoders' RGB assume; the choice hardly matters for a mean."""


def sound_levels(samples: Floats, sample_rate_hz: int, hop_s: float = LEVEL_HOP_S) -> Floats:
    """Return the RMS level of each hop in dB relative to full scale: 20 log10(rms), at least -120.

    A full-scale sine has -3.01 dB. A last hop that is not full is levelled over the samples it has.

    Args:
        samples: Shape (t,), nominally in [-1, 1].
        sample_rate_hz: Their rate.
        hop_s: Length of a hop; rounded to whole samples.

    Returns:
        Shape (n,), n = ceil(t / samples a hop).
    """
    hop = max(1, round(hop_s * sample_rate_hz))
    whole = len(samples) // hop * hop
    power = np.empty(-(-len(samples) // hop), np.float64)
    for start in range(0, whole, _LEVELS_AT_ONCE * hop):
        block = samples[start : min(whole, start + _LEVELS_AT_ONCE * hop)].reshape(-1, hop)
        power[start // hop : start // hop + len(block)] = np.mean(np.square(block, dtype=np.float64), axis=1)
    if whole < len(samples):
        power[-1] = np.mean(np.square(samples[whole:], dtype=np.float64))
    return _decibels(power)


def noise_floor(levels_db: Floats, *, hop_s: float = LEVEL_HOP_S, reach_s: float = 30.0) -> Floats:
    """Return the level of the background around each hop: a low percentile over the time around it.

    The 15th percentile of each second, then the 15th percentile of those over the seconds within `reach_s` (at a
    recording's ends, fewer), linear in between. Taking it twice is somewhat lower than once over all and costs n log n
    of a second only.

    Args:
        levels_db: Shape (n,), one a hop.
        hop_s: Distance of two levels.
        reach_s: How far to look to either side.

    Returns:
        Shape (n,).
    """
    n = len(levels_db)
    block = max(1, round(1.0 / hop_s))
    if n <= block:
        return np.full(n, np.percentile(levels_db, FLOOR_PERCENTILE) if n else 0.0, np.float32)
    count = n // block  # a last block that is not full joins the one before it
    blocks = np.percentile(levels_db[: count * block].reshape(count, block), FLOOR_PERCENTILE, axis=1)
    reach = max(1, round(reach_s))
    padded = np.pad(blocks, reach, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)  # (count, 2 reach + 1)
    floors = np.nanpercentile(around, FLOOR_PERCENTILE, axis=1)
    centres = (np.arange(count) + 0.5) * block - 0.5
    return np.interp(np.arange(n), centres, floors).astype(np.float32)


def window_sound_quality(
    levels_db: Floats,
    floor_db: Floats,
    starts_s: NDArray[np.float64],
    ends_s: NDArray[np.float64],
    hop_s: float = LEVEL_HOP_S,
) -> tuple[Floats, Floats]:
    """Return loudness and level above the noise floor of each window.

    The loudness is that of the mean power over the window's hops; the other is the loudest hop minus the floor at
    the window's middle, at least 0: a short sound in a quiet window stands out as much as it does to the ear.

    Args:
        levels_db: Shape (h,), one a hop, the first at 0 s.
        floor_db: Shape (h,), as `noise_floor` gives it.
        starts_s: Shape (n,), seconds after the first level.
        ends_s: Shape (n,).
        hop_s: Distance of two levels.

    Returns:
        loudness_db and snr_db, each of shape (n,); -120 and 0 for a window without a level.
    """
    count = len(levels_db)
    if not count:
        return np.full(len(starts_s), FLOOR_DB, np.float32), np.zeros(len(starts_s), np.float32)
    first = np.clip(np.round(starts_s / hop_s).astype(np.int64), 0, count)
    last = np.clip(np.round(ends_s / hop_s).astype(np.int64), first, count)
    power = np.concatenate([[0.0], np.cumsum(np.power(10.0, levels_db.astype(np.float64) / 10.0))])
    is_empty = last == first
    loudness = _decibels(np.where(is_empty, 0.0, (power[last] - power[first]) / np.maximum(1, last - first)))
    # reduceat wants pairs of bounds inside the array; the padding gives the last window an end.
    padded = np.append(levels_db, np.float32(FLOOR_DB))
    bounds = np.stack([np.minimum(first, count), np.minimum(last, count)], axis=1).ravel()
    peak = np.maximum.reduceat(padded, bounds)[::2] if len(bounds) else np.zeros(0, np.float32)
    middle = np.clip((first + last) // 2, 0, count - 1)
    snr = np.where(is_empty, 0.0, np.maximum(0.0, peak - floor_db[middle]))
    return loudness, snr.astype(np.float32)


def picture_quality(rgb: NDArray[np.uint8]) -> tuple[float, float]:
    """Return sharpness and exposure of a picture.

    Sharpness is log10(1 + variance) of the Laplacian (up + down + left + right - 4 x centre) of the luma in [0, 255],
    area-averaged by a whole factor to a short side of about 160 pixels; 0 for pictures under 3 pixels.
    Exposure is the mean luma in [0, 1].

    Args:
        rgb: Shape (h, w, 3).
    """
    luma = _small_luma(rgb)
    exposure = float(luma.mean()) / 255.0 if luma.size else 0.0
    if min(luma.shape) < 3:
        return 0.0, exposure
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * luma[1:-1, 1:-1]
    return float(np.log10(1.0 + laplacian.var())), exposure


def _small_luma(rgb: NDArray[np.uint8]) -> Floats:
    height, width = rgb.shape[:2]
    factor = max(1, round(min(height, width) / LUMA_SHORT_SIDE_PX))
    rgb = rgb[: height // factor * factor, : width // factor * factor]
    height, width = rgb.shape[0] // factor, rgb.shape[1] // factor
    if not height or not width:
        return np.zeros((height, width), np.float32)
    # Rows are added up first, in integers, and each block's row is weighed as a whole: luma at full size takes 2.7 ms
    # of a picture of 804 x 452, this 0.3.
    rows = np.add.reduce(rgb.reshape(height, factor, -1), axis=1, dtype=np.uint16)
    weights = np.tile(_LUMA / np.float32(factor * factor), factor)
    return np.asarray(rows.reshape(height, width, factor * 3).astype(np.float32) @ weights, np.float32)


def _decibels(power: NDArray[np.float64]) -> Floats:
    return np.asarray(10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR_DB / 10.0))), np.float32)

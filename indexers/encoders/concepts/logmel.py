"""Log-mel spectra as YAMNet was trained on them: mono samples in, spectra out.

Only arithmetic, on samples that are already mono at 16 kHz. Frames are not centred and nothing
is padded: frame i covers samples [160 i, 160 i + 400), and whoever cuts windows out of a
recording decides what becomes of its tail.

Source:
    `features.py` and `params.py` of YAMNet in TensorFlow Models, and TensorFlow's
    `tf.signal.stft` and `tf.signal.linear_to_mel_weight_matrix`.
"""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
FRAME_SAMPLES = 400
"""25 ms."""
HOP_SAMPLES = 160
"""10 ms."""
MEL_BANDS = 64
PATCH_FRAMES = 96
"""0.96 s from the first frame's start to where the next patch would go on."""

_FFT_SAMPLES = 512
MIN_HZ, MAX_HZ = 125.0, 7500.0
LOG_OFFSET = 0.001
_BLOCK_FRAMES = 256
"""Spectra computed at a time: their 1 MiB stays in a core's cache, and bounds the memory."""

Float32 = NDArray[np.float32]


def log_mel(samples: Float32) -> Float32:
    """Take the log-mel spectrum of every whole frame.

    Args:
        samples: (t,), mono at 16 kHz, in [-1, 1]; of any length.

    Returns:
        (frames, 64): natural logarithm of mel magnitude + 0.001, so never below -6.91; low
        bands first. 1 + (t - 400) // 160 frames, or none when t < 400.
    """
    if len(samples) < FRAME_SAMPLES:
        return np.empty((0, MEL_BANDS), np.float32)
    frames = sliding_window_view(samples, FRAME_SAMPLES)[::HOP_SAMPLES]  # (frames, 400), a view
    window, bands = _hann(), _mel_bands()
    spectra = np.empty((len(frames), MEL_BANDS), np.float32)
    padded = np.zeros((min(_BLOCK_FRAMES, len(frames)), _FFT_SAMPLES), np.float32)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        block = frames[start : start + _BLOCK_FRAMES]
        windowed = padded[: len(block)]
        np.multiply(block, window, out=windowed[:, :FRAME_SAMPLES])
        magnitudes = np.abs(np.fft.rfft(windowed))  # (block, 257)
        np.matmul(magnitudes, bands, out=spectra[start : start + len(block)])
    spectra += np.float32(LOG_OFFSET)
    return np.log(spectra, out=spectra)


@cache
def _hann() -> Float32:
    """Return the periodic Hann window, (400,)."""
    turns = np.arange(FRAME_SAMPLES) / FRAME_SAMPLES
    return (0.5 - 0.5 * np.cos(2 * np.pi * turns)).astype(np.float32)


@cache
def _mel_bands() -> Float32:
    """Return the weight of each FFT bin in each band, (257, 64).

    Triangles of height 1, straight in mel and not in hertz, as TensorFlow draws them; the
    bin at 0 Hz weighs nothing.
    """
    bins = _hertz_to_mel(np.linspace(0.0, SAMPLE_RATE_HZ / 2, _FFT_SAMPLES // 2 + 1))
    low, high = _hertz_to_mel(np.array([MIN_HZ, MAX_HZ]))
    edges = np.linspace(low, high, MEL_BANDS + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]  # (64,) each
    rising = (bins[:, None] - lower) / (centre - lower)  # (257, 64)
    falling = (upper - bins[:, None]) / (upper - centre)
    bands: Float32 = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    return bands


def _hertz_to_mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1127.0 * np.log1p(frequency_hz / 700.0)

"""The log-mel spectrogram of LAION-CLAP in NumPy; with torch it is `indexers.encoders.laion_clap.sound.log_mel`."""

import numpy as np

from indexers.types import Floats

FFT, HOP = 1024, 480
QUIETEST_POWER = 1e-10


def log_mel(samples: Floats, filters: Floats) -> Floats:
    """Return what the sound tower sees.

    Args:
        samples: Shape (480000,).
        filters: Shape (513, 64): the mel filters, out of the checkpoint.

    Returns:
        Shape (1, 1, 1001, 64), in dB: a frame every 10 ms, centred, the ends mirrored.
    """
    padded = np.pad(samples, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]  # shape (1001, 1024)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)
    spectrum = np.fft.rfft(frames * window, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)  # shape (1001, 513)
    mel: Floats = 10 * np.log10(np.maximum(power @ filters, np.float32(QUIETEST_POWER)))
    return mel[None, None]

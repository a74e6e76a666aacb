"""From samples to what the sound tower sees, as the authors prepare it; their way of computing it is not always ours.

samples -> ten seconds -> log-mel -> picture of 256 x 256
"""

from typing import Any

import numpy as np

from indexers.types import Floats

SAMPLE_RATE_HZ = 48_000
CLIP_SAMPLES = 480_000
"""What the tower hears at a time: ten seconds."""
PREPROCESSING = "clap48k-int16-repeatpad-1"
"""Change the number with anything here that changes a vector."""
_LOUDEST = 32_767
_FFT, _HOP = 1024, 480
_QUIETEST_POWER = 1e-10


def quantised(samples: Floats) -> Floats:
    """Round samples to 16 bits towards 0 and back, as all of the training data was.

    Source:
        `float32_to_int16` and `int16_to_float32` in laion_clap/training/data.py. 2.0 becomes 1.0, and 0.00005 becomes
        1 / 32767.
    """
    whole = (np.clip(samples, -1, 1) * np.float32(_LOUDEST)).astype(np.int16)
    return (whole / np.float32(_LOUDEST)).astype(np.float32)


def filled(samples: Floats) -> Floats:
    """Make ten seconds of a shorter window: repeat it as often as it fits in whole, then silence.

    A window of 1, 2, 2.5, 5 or 10 s leaves no silence; one of 3 s is heard three times and leaves a second.

    Args:
        samples: Shape (t,); what is over ten seconds is cut off.

    Returns:
        Shape (480000,); silence for no samples.

    Source:
        `repeatpad` of `get_audio_features` in laion_clap/training/data.py, with which the checkpoints were trained.
    """
    out = np.zeros(CLIP_SAMPLES, np.float32)
    if len(samples):
        times = max(1, CLIP_SAMPLES // len(samples))
        repeated = np.tile(samples, times)[:CLIP_SAMPLES]
        out[: len(repeated)] = repeated
    return out


def log_mel(samples: Any, filters: Any) -> Any:
    """Return the log-mel spectrogram of sounds.

    The authors multiply with a matrix of sines; a Fourier transform gives the same to within 1e-5 and takes a sixth of
    the time.

    Args:
        samples: A tensor of shape (n, 480000).
        filters: Shape (513, 64): the mel filters, out of the checkpoint.

    Returns:
        Shape (n, 1, 1001, 64), in dB: a frame every 10 ms, centred, the ends mirrored.
    """
    import torch

    window = torch.hann_window(_FFT, device=samples.device)
    spectrum = torch.stft(samples, _FFT, _HOP, _FFT, window, center=True, pad_mode="reflect", return_complex=True)
    power = (spectrum.real.square() + spectrum.imag.square()).transpose(1, 2)  # shape (n, 1001, 513)
    return 10 * torch.log10(torch.clamp(power @ filters, min=_QUIETEST_POWER))[:, None]

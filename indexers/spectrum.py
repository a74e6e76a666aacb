"""The spectrum of a recording's sound along time, for people to look at."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from indexers.encoders.concepts import logmel
from indexers.errors import MediaError
from indexers.media.decode import decode
from indexers.types import Floats, Recording, Slice, SoundBlock, Span

LONGEST_S = 600.0
"""Of a longer span only the beginning is read: a minute of samples takes 4 MB, and nobody looks at hours at once."""
FULL_SCALE_DB = 20 * np.log10(logmel.FRAME_SAMPLES / 4)
"""What the band of a sine of full scale has: half the sum of the Hann window, 100."""
KEPT = 8
"""Spectra that are kept for when somebody looks again: half a megabyte each, of twenty seconds."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """How loud each band of frequencies is, from `start_s` on, one value every `hop_s`."""

    hop_s: float
    levels_db: Floats
    """Shape (t, b), float32: relative to a sine of full scale, about -100 for silence; low bands first. Read-only."""
    start_s: float
    lowest_hz: float
    highest_hz: float
    """Where the bands begin and end; between, they are evenly spaced in mel."""


@lru_cache(maxsize=KEPT)
def spectrum_of(recording: Recording, within: Span) -> Spectrum | None:
    """Decode a part of a recording's sound and take its spectrum.

    Args:
        recording: As probed.
        within: The part; of one longer than `LONGEST_S`, its beginning.

    Returns:
        None where the recording has no sound, or none there.

    Raises:
        MediaError: The file is gone or cannot be read, or its sound cannot be decoded.
    """
    start_s = max(within.start_s, 0.0)
    end_s = min(within.end_s, start_s + LONGEST_S, recording.duration_s)
    if recording.audio is None or end_s <= start_s:
        return None
    part = Slice(recording, 0, start_s, end_s)
    # The last frames reach over the end.
    extra_s = logmel.FRAME_SAMPLES / logmel.SAMPLE_RATE_HZ
    rates_hz = (logmel.SAMPLE_RATE_HZ,)
    pieces = decode(part, sample_rates_hz=rates_hz, picture_hop_s=None, short_side_px=1, extra_sound_s=extra_s)
    blocks = [piece for piece in pieces if isinstance(piece, SoundBlock) and len(piece.samples)]
    ends_s = recording.audio.start_s + recording.audio.duration_s
    if not blocks and start_s < ends_s - extra_s:
        raise MediaError(recording.path, "its sound cannot be decoded here", "try another part, or convert the file")
    spectra = logmel.log_mel(np.concatenate([block.samples for block in blocks])) if blocks else np.empty((0, 1))
    if not len(spectra):
        return None
    levels_db = (spectra * (20 / np.log(10)) - FULL_SCALE_DB).astype(np.float32)
    levels_db.setflags(write=False)
    hop_s = logmel.HOP_SAMPLES / logmel.SAMPLE_RATE_HZ
    return Spectrum(hop_s, levels_db, blocks[0].start_s, logmel.MIN_HZ, logmel.MAX_HZ)

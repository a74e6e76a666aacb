"""The sound level along time, one byte a step: what finds a moment's edges once its window is known."""

from dataclasses import dataclass

import numpy as np

from indexers.types import Floats

FLOOR_DB = -120.0
"""Digital silence."""
STEPS_PER_DB = 2
"""Half a decibel: finer than anyone hears, and -120 to +7.5 dBFS fit one byte."""


@dataclass(frozen=True, eq=False)
class SoundLevels:
    """Level of the sound relative to full scale, from `start_s` on, one value every `hop_s`."""

    hop_s: float
    levels_db: Floats
    """Shape (t,), float32; NaN where nothing is indexed."""
    start_s: float = 0.0


def encode_levels(levels_db: Floats) -> bytes:
    """Return one byte a level: half decibels above -120, clipped to 0..255; NaN counts as silence."""
    steps = np.rint((np.nan_to_num(levels_db, nan=FLOOR_DB) - FLOOR_DB) * STEPS_PER_DB)
    return bytes(np.clip(steps, 0, 255).astype(np.uint8).tobytes())


def decode_levels(data: bytes) -> Floats:
    """Return the levels that `encode_levels` wrote, within a quarter of a decibel."""
    return (np.frombuffer(data, dtype=np.uint8) / np.float32(STEPS_PER_DB) + np.float32(FLOOR_DB)).astype(np.float32)


def join_levels(parts: list[SoundLevels]) -> SoundLevels | None:
    """Lay slices' levels along one line from 0 s, NaN in the gaps; None for no parts.

    Args:
        parts: In time order, all with one hop. Where two overlap by a step, the later one stands.
    """
    if not parts:
        return None
    hop_s = parts[0].hop_s
    starts = [round(part.start_s / hop_s) for part in parts]
    line = np.full(max(start + len(part.levels_db) for start, part in zip(starts, parts, strict=True)), np.nan)
    for start, part in zip(starts, parts, strict=True):
        line[start : start + len(part.levels_db)] = part.levels_db
    return SoundLevels(hop_s, line.astype(np.float32))

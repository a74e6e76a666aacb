"""Sound events: where a recording's sound stands out from what surrounds it.

Half of all everyday sounds last under a second, less than a window. A window says what was heard; the level, known
every 20 ms, says from when to when. Events do not depend on a query, so they are found once, when the search cache is
made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexers.quality import noise_floor

Floats = NDArray[np.float32]

STANDS_OUT_DB = 18.0
"""How far above the local noise floor a sound must rise somewhere. The wearer's own steps reach 12 to 16 dB."""
EDGE_DB = 10.0
"""How far above it an event begins and ends. One threshold for both cuts sounds short, which fade in and out, or finds
events in noise (mean IoU of the best event with the sounds of the bench: 0.72 with one threshold, 0.81 with two)."""
JOIN_S = 1.0
"""Sounds closer than this are one event: steps, knocks and beeps come in series."""
LOUDEST_SHARE = 0.1
"""An event's clarity is the mean of its loudest tenth: a ring tone is not made less clear by its pauses."""


@dataclass(frozen=True, eq=False)
class SoundEvents:
    """m events of a library, by recording and then by time."""

    recording_ids: tuple[str, ...]
    table: NDArray[np.float64]
    """Shape (m, 4): recording as a number, start_s, end_s, snr_db."""

    @classmethod
    def join(cls, parts: "Sequence[SoundEvents]") -> "SoundEvents":
        """Put the events of several recordings together."""
        tables = [np.zeros((0, 4))]
        ids: list[str] = []
        for part in parts:
            table = part.table.copy()
            table[:, 0] += len(ids)
            tables.append(table)
            ids += part.recording_ids
        return cls(tuple(ids), np.concatenate(tables))

    def by_recording(self) -> "dict[str, SoundEvents]":
        """Take the events of the recordings apart."""
        bounds = np.searchsorted(self.table[:, 0], np.arange(len(self.recording_ids) + 1))
        parts = {}
        for j, recording_id in enumerate(self.recording_ids):
            table = self.table[bounds[j] : bounds[j + 1]].copy()
            table[:, 0] = 0
            parts[recording_id] = SoundEvents((recording_id,), table)
        return parts


def find_sound_events(recording_id: str, levels_db: Floats, hop_s: float, *, start_s: float = 0.0) -> SoundEvents:
    """Find where the level rises clearly above the local noise floor, with hysteresis.

    A run above `EDGE_DB` counts if it reaches `STANDS_OUT_DB` somewhere; runs closer than `JOIN_S` are one event.

    Args:
        recording_id: Whose levels these are.
        levels_db: Shape (h,), one level a hop; NaN where nothing is indexed.
        hop_s: Distance of two levels.
        start_s: Time of the first one.

    Returns:
        Events in time order, none shorter than a hop, none closer than `JOIN_S` to the next.
    """
    levels = np.nan_to_num(levels_db, nan=-120.0)
    above = levels - noise_floor(levels, hop_s=hop_s) if len(levels) else levels
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above > EDGE_DB, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)  # (runs, 2): first hop, and the one after the last
    runs = runs[[bool(above[first:last].max() > STANDS_OUT_DB) for first, last in runs]]
    if not len(runs):
        return SoundEvents((recording_id,), np.zeros((0, 4)))
    is_new = np.concatenate([[True], (runs[1:, 0] - runs[:-1, 1]) * hop_s > JOIN_S])
    first = runs[is_new, 0]
    last = runs[np.concatenate([is_new[1:], [True]]), 1]
    snr = [_clarity(above[a:b]) for a, b in zip(first, last, strict=True)]
    return SoundEvents(
        (recording_id,), np.stack([np.zeros(len(first)), start_s + first * hop_s, start_s + last * hop_s, snr], axis=1)
    )


def _clarity(above_db: Floats) -> float:
    count = max(1, round(len(above_db) * LOUDEST_SHARE))
    return float(np.partition(above_db, -count)[-count:].mean())

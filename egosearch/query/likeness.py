"""More like this moment: what is heard, seen and said at a place of the library, as an example to search with.

Nothing is decoded: the windows there were embedded when the recording was indexed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.intervals import Spanned, temporal_iou
from egosearch.query.trust import clarity_of_events, clarity_of_windows
from egosearch.scan import Scan, SpaceMatrix
from egosearch.types import Place
from indexers.types import Modality

HEARD_S = 1.0
"""Windows whose middle is so near to the place are what is heard there, where no sound event lies over it."""
SEEN_S = 1.5
"""Likewise of what is seen: three pictures, since one is easily blurred."""
SAID_S = 0.5
"""Likewise of what is said: the utterance there, or two that meet."""
EVENT_S = 10.0
"""Of a sound event that goes on for longer, what is nearer than this: it may have turned into something else."""
UNCLEAR = 0.35
"""A sense that is trusted no more than this at the place has nothing there: it is silent, or dark. The least is 0.25,
see `trust`."""
SAME_ABOVE_IOU = 0.3
"""A moment that has more than this in common with the example is the example."""


@dataclass(frozen=True, eq=False)
class Source:
    """What one sense has at a place."""

    windows: NDArray[np.int64]
    """Shape (k,), ascending; empty where the sense has none there."""
    clarity: float
    """How far its signal can be trusted, in [0, 1]; 0 without windows."""
    start_s: float
    """On the library's common time line, as `end_s`."""
    end_s: float

    @property
    def is_clear(self) -> bool:
        """Whether the sense has something there."""
        return self.clarity > UNCLEAR


def source(scan: Scan, matrix: SpaceMatrix, place: Place) -> Source:
    """Return the windows of one sense that show a place: over the sound event there, or around the time.

    Args:
        scan: For the events.
        matrix: Of the sense.
        place: Of a recording of the scan.
    """
    origin_s = scan.origins_s[place.recording_id]
    reach_s = {Modality.AUDIO: HEARD_S, Modality.VISUAL: SEEN_S, Modality.SPEECH: SAID_S}[matrix.space.modality]
    start_s, end_s, clarity = place.time_s - reach_s, place.time_s + reach_s, None
    event = _event_at(scan, place) if matrix.space.modality is Modality.AUDIO else None
    if event is not None:
        start_s, end_s = max(event[1], place.time_s - EVENT_S), min(event[2], place.time_s + EVENT_S)
        clarity = float(clarity_of_events(event[3:4])[0])
    windows = _windows(matrix, place.recording_id, start_s, end_s)
    if clarity is None:
        clarity = float(clarity_of_windows(matrix, windows).mean()) if len(windows) else 0.0
    return Source(windows, clarity if len(windows) else 0.0, origin_s + start_s, origin_s + end_s)


def is_itself(found: Spanned, place_s: float, sources: "list[Source]") -> bool:
    """Whether a span is the example itself: it holds the place, or is about what was taken from there.

    Args:
        found: On the common time line.
        place_s: Likewise.
        sources: What each sense took.
    """
    return found.start_s <= place_s < found.end_s or any(
        temporal_iou(found.start_s, found.end_s, one.start_s, one.end_s) > SAME_ABOVE_IOU for one in sources
    )


def _event_at(scan: Scan, place: Place) -> NDArray[np.float64] | None:
    """Return the row of the sound event that lies over a place: see `SoundEvents.table`."""
    if place.recording_id not in scan.events.recording_ids:
        return None
    table = scan.events.table
    is_there = (
        (table[:, 0] == scan.events.recording_ids.index(place.recording_id))
        & (table[:, 1] <= place.time_s)
        & (place.time_s < table[:, 2])
    )
    return table[int(is_there.argmax())] if is_there.any() else None


def _windows(matrix: SpaceMatrix, recording_id: str, start_s: float, end_s: float) -> NDArray[np.int64]:
    """Return the windows of which half lies in a span, or that hold half of it."""
    if recording_id not in matrix.recording_ids:
        return np.zeros(0, np.int64)
    j = matrix.recording_ids.index(recording_id)
    rows = slice(int(matrix.offsets[j]), int(matrix.offsets[j + 1]))
    starts_s, ends_s = np.asarray(matrix.start_s[rows]), np.asarray(matrix.end_s[rows])
    common_s = np.minimum(ends_s, end_s) - np.maximum(starts_s, start_s)
    needed_s = np.minimum(ends_s - starts_s, end_s - start_s) / 2
    return rows.start + np.flatnonzero((common_s >= needed_s) & (common_s > 0))

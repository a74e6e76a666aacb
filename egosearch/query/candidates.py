"""Candidates: spans that one sense proposes, with a score and how far it can be trusted there.

Sound proposes its events, whose edges the level gives to 20 ms, each scored by the windows that lie over it. Pictures
propose the peaks of their curve, grown until the score has fallen to a share of the peak. Sound that goes on for
minutes becomes the background that events are measured against, so peaks of the sound curve outside all events are
proposed too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.curves import SenseCurve
from egosearch.query.trust import clarity_of_events, clarity_of_windows
from egosearch.scan import Scan
from indexers.types import Modality

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]

KEPT = 200
"""Candidates kept per sense, best first. The fused top ten come from the first few dozen."""
GROWTH = 0.4
"""A peak grows while the score is above this share of it."""
PEAK_REACH = 3
"""A peak is the highest of this many windows to either side."""
EVENT_WINDOWS = 4
"""An event scores the mean of its best windows: one window may be wrong, all of them dilute a long event."""
UNNAMED = 0.4
"""What a clear sound event is worth as support for a sight nearby, even if the tagger did not hear in it what was
asked: it names more sounds wrongly than rightly. From 0.3 to 0.8 the bench did not tell them apart."""
CLEAR = 0.6
"""Trust from which an event counts as clear."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """k spans proposed by one sense, best first. Times are on the library's common time line."""

    curve: SenseCurve
    starts_s: Seconds
    ends_s: Seconds
    scores: Floats
    """Shape (k,): of the sense alone, trust included."""
    support: Floats
    """Shape (k,): what each can add to a candidate of another sense; its score, or `UNNAMED` for a clear sound."""
    trust: Floats
    """Shape (k,), in [0, 1]."""
    windows: NDArray[np.int64]
    """Shape (k,): each one's strongest window."""

    def __len__(self) -> int:
        return len(self.starts_s)

    def take(self, rows: NDArray[np.int64]) -> "Candidates":
        """Keep these rows, in this order."""
        return Candidates(
            self.curve,
            self.starts_s[rows],
            self.ends_s[rows],
            self.scores[rows],
            self.support[rows],
            self.trust[rows],
            self.windows[rows],
        )


def propose(scan: Scan, curve: SenseCurve) -> Candidates:
    """Return what a sense proposes for a query, best first."""
    if curve.modality is not Modality.AUDIO:
        return _peaks(curve, np.ones(len(curve.scores), dtype=bool))
    events, covered = _events(scan, curve)
    outside = _peaks(curve, ~covered)
    together = Candidates(
        curve,
        np.concatenate([events.starts_s, outside.starts_s]),
        np.concatenate([events.ends_s, outside.ends_s]),
        np.concatenate([events.scores, outside.scores]),
        np.concatenate([events.support, outside.support]),
        np.concatenate([events.trust, outside.trust]),
        np.concatenate([events.windows, outside.windows]),
    )
    return together.take(np.argsort(-together.scores, kind="stable")[:KEPT])


def _events(scan: Scan, curve: SenseCurve) -> tuple[Candidates, NDArray[np.bool_]]:
    """Score the sound events, and say which windows lie over one."""
    table = scan.events.table
    origins = scan.origin_of(scan.events.recording_ids)
    origin = origins[table[:, 0].astype(np.int64)] if len(table) else np.zeros(0)
    starts, ends = table[:, 1] + origin, table[:, 2] + origin
    # A window speaks for an event if it holds half of it, or enough of a long one.
    needed = np.minimum(0.5 * (ends - starts), 0.4)
    first = np.searchsorted(curve.ends_s, starts + needed, side="left")
    last = np.searchsorted(curve.starts_s, ends - needed, side="right")
    # What merely touches an event hears its edge, and an edge sounds like anything that clicks.
    touching = np.searchsorted(curve.ends_s, starts, side="right"), np.searchsorted(curve.starts_s, ends, side="left")
    covered = np.zeros(len(curve.scores) + 1, dtype=np.int64)
    np.add.at(covered, touching[0], 1)
    np.add.at(covered, touching[1], -1)
    heard = np.flatnonzero(last > first)
    first, last = first[heard], last[heard]
    # The best window bounds the mean of the best few: only events that can matter are scored exactly.
    padded = np.append(curve.scores, np.float32(0))
    bounds = np.stack([first, last], axis=1).ravel()
    peak = np.maximum.reduceat(padded, bounds)[::2] if len(bounds) else np.zeros(0, np.float32)
    trust = clarity_of_events(table[heard, 3])
    chosen = np.argsort(-peak * trust, kind="stable")[: 2 * KEPT]
    scores = np.array([_mean_of_best(curve.scores[first[i] : last[i]]) for i in chosen], dtype=np.float32)
    windows = np.array([first[i] + np.argmax(curve.scores[first[i] : last[i]]) for i in chosen], dtype=np.int64)
    trust = trust[chosen]
    scores *= trust
    support = np.maximum(scores, np.where(trust > CLEAR, UNNAMED * trust, 0)).astype(np.float32)
    found = Candidates(curve, starts[heard[chosen]], ends[heard[chosen]], scores, support, trust, windows)
    return found, np.cumsum(covered)[:-1] > 0


def _mean_of_best(scores: Floats) -> float:
    count = min(EVENT_WINDOWS, len(scores))
    return float(np.partition(scores, -count)[-count:].mean())


def _peaks(curve: SenseCurve, allowed: NDArray[np.bool_]) -> Candidates:
    """Find the highest peaks among the allowed windows and grow each along its recording."""
    scores, recording_of = curve.scores, curve.matrix.recording_of
    is_peak = allowed & (scores > 0)
    for shift in range(1, PEAK_REACH + 1):
        same = recording_of[shift:] == recording_of[:-shift]
        is_peak[shift:] &= ~same | (scores[shift:] >= scores[:-shift])
        is_peak[:-shift] &= ~same | (scores[:-shift] >= scores[shift:])
    peaks = np.flatnonzero(is_peak)
    trust = clarity_of_windows(curve.matrix, peaks)
    order = np.argsort(-scores[peaks] * trust, kind="stable")[:KEPT]
    peaks, trust = peaks[order], trust[order]
    offsets = curve.matrix.offsets
    first, last = np.empty(len(peaks), np.int64), np.empty(len(peaks), np.int64)
    for i, peak in enumerate(peaks):
        j = recording_of[peak]
        first[i], last[i] = grow(scores, int(peak), int(offsets[j]), int(offsets[j + 1]), GROWTH)
    score = scores[peaks] * trust
    return Candidates(curve, curve.starts_s[first], curve.ends_s[last], score, score, trust, peaks)


def grow(scores: Floats, peak: int, low: int, high: int, share: float) -> tuple[int, int]:
    """Extend a peak while scores stay above a share of it.

    Args:
        scores: Shape (n,).
        peak: Where to begin.
        low: First window it may reach.
        high: End of the windows it may reach.
        share: In (0, 1].

    Returns:
        First and last window, both included.
    """
    above = share * scores[peak]
    first = last = peak
    while first > low and scores[first - 1] >= above:
        first -= 1
    while last < high - 1 and scores[last + 1] >= above:
        last += 1
    return first, last

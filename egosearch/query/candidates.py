"""Candidates: spans that one sense proposes, with a score and how far it can be trusted there.

Sound proposes its events, whose edges the level gives to 20 ms, each scored by the windows that lie over it. Pictures
propose the peaks of their curve, grown until the score has fallen to a share of the peak. Speech proposes utterances,
whole: with the ones beside them that match about as well, unless a pause is between. A sentence is what people want to
hear, it is seconds long, and a recogniser's word times are off by a few tenths: no span is cut down to the very words
that were asked for. Sound that goes on for
minutes becomes the background that events are measured against, so peaks of the sound curve outside all events are
proposed too.

A library of 100 hours has tens of thousands of proposals. What they score at most is known at once; their spans and
exact scores are worked out only for those that can matter: the best of each sense, and whatever of one sense lies near
the best of another. So no support is ever missed because the other sense's list was cut too early.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from egosearch.query.curves import SenseCurve
from egosearch.query.peaks import better_half, find_peaks, grow
from egosearch.query.trust import clarity_of_events, clarity_of_windows
from egosearch.scan import Scan
from egosearch.types import ALL_PARTS, Parts
from indexers.types import Modality

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]
Rows = NDArray[np.int64]

KEPT = 200
"""Candidates kept per sense, best first. The fused top ten come from the first few dozen."""
GROWTH = 0.4
"""A peak grows while the score is above this share of it."""
SPOKEN_GROWTH = 0.7
"""Of utterances: each has a third of its embedding from its neighbours (`indexers.encoders.whisper`), so the ones
beside a match score a third of it for nothing. From this share on they match themselves."""
UNNAMED = 0.4
"""What a clear sound event is worth as support for a sight nearby, even if the tagger did not hear in it what was
asked: it names more sounds wrongly than rightly. From 0.3 to 0.8 the bench did not tell them apart."""
CLEAR = 0.6
"""Trust from which an event counts as clear."""
FAINT = 0.05
"""What scores less supports nothing that anyone would notice."""
GROWN_S = 20.0
"""How far a proposal's span is taken to reach from its peak when looking for what lies near; longer ones have another
peak on the way."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """k spans proposed by one sense. Times are on the library's common time line."""

    curve: SenseCurve
    starts_s: Seconds
    ends_s: Seconds
    scores: Floats
    """Shape (k,): of the sense alone, trust included."""
    support: Floats
    """Shape (k,): what each can add to a candidate of another sense; its score, or `UNNAMED` for a clear sound."""
    trust: Floats
    """Shape (k,), in [0, 1]."""
    windows: Rows
    """Shape (k,): each one's strongest window."""

    def __len__(self) -> int:
        return len(self.starts_s)

    def take(self, rows: Rows) -> "Candidates":
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

    def scaled(self, factor: float) -> "Candidates":
        """Let all of them score and lend so much of what they did."""
        if factor == 1:
            return self
        by = np.float32(factor)
        return replace(self, scores=self.scores * by, support=self.support * by)

    def best(self, count: int) -> "Candidates":
        """Keep the best by their own score, in that order."""
        return self.take(np.argsort(-self.scores, kind="stable")[:count])


@dataclass(frozen=True, eq=False)
class Proposals:
    """Everything that one sense proposes: p events, then q peaks."""

    curve: SenseCurve
    events: "_Events"
    peaks: Rows
    """Shape (q,): windows, ascending."""
    peak_trust: Floats
    parts: Parts

    def best(self, count: int = KEPT) -> Candidates:
        """Work out the best by their own score, best first."""
        # The best window bounds the mean of any: only events that can matter are scored exactly.
        events, peaks = _highest(self.events.bounds, 2 * count), _highest(self._peak_scores, count)
        return self._worked_out(events, peaks).best(count)

    def near(self, starts_s: Seconds, ends_s: Seconds, reach_s: float) -> Candidates:
        """Work out all that lies within reach of other senses' spans, in no order."""
        events = self.events.between(starts_s - reach_s, ends_s + reach_s)
        events = events[self.events.lent[events] > FAINT]
        reach_s += 0.0 if self.curve.modality is Modality.AUDIO else GROWN_S
        first = np.searchsorted(self.curve.ends_s[self.peaks], starts_s - reach_s, side="left")
        last = np.searchsorted(self.curve.starts_s[self.peaks], ends_s + reach_s, side="right")
        peaks = _covered(first, last, len(self.peaks))
        return self._worked_out(events, peaks[self._peak_scores[peaks] > FAINT])

    @cached_property
    def _peak_scores(self) -> Floats:
        return self.curve.scores[self.peaks] * self.peak_trust

    def _worked_out(self, events: Rows, peaks: Rows) -> Candidates:
        scores, windows = self.events.scored(self.curve, events)
        at = self.peaks[peaks]
        share = SPOKEN_GROWTH if self.curve.modality is Modality.SPEECH else GROWTH
        first, last = grow(self.curve.scores, self.curve.runs, at, share) if self.parts.grouping else (at, at)
        peak_scores = self._peak_scores[peaks]
        return Candidates(
            self.curve,
            np.concatenate([self.events.starts_s[events], self.curve.starts_s[first]]),
            np.concatenate([self.events.ends_s[events], self.curve.ends_s[last]]),
            np.concatenate([scores, peak_scores]),
            np.concatenate([np.maximum(scores, self.events.unnamed[events]), peak_scores]),
            np.concatenate([self.events.trust[events], self.peak_trust[peaks]]),
            np.concatenate([windows, at]),
        )


@dataclass(frozen=True, eq=False)
class _Events:
    """p sound events by time, with the windows that speak for each. Shapes (p,)."""

    starts_s: Seconds
    ends_s: Seconds
    first: Rows
    last: Rows
    """The windows `first` up to, not including, `last`."""
    trust: Floats
    bounds: Floats
    """Their score at most."""

    @cached_property
    def unnamed(self) -> Floats:
        """What each lends to another sense without a name."""
        return np.where(self.trust > CLEAR, UNNAMED * self.trust, 0).astype(np.float32)

    @cached_property
    def lent(self) -> Floats:
        """What each lends to another sense at most."""
        return np.maximum(self.bounds, self.unnamed)

    def between(self, starts_s: Seconds, ends_s: Seconds) -> Rows:
        """Return the events that overlap any of these spans, ascending."""
        first = np.searchsorted(self.ends_s, starts_s, side="left")
        return _covered(first, np.searchsorted(self.starts_s, ends_s, side="right"), len(self.starts_s))

    def scored(self, curve: SenseCurve, rows: Rows) -> tuple[Floats, Rows]:
        """Return exact scores, trust included, and each one's strongest window."""
        means, windows = better_half(curve.scores, self.first[rows], self.last[rows])
        return means * self.trust[rows], windows


def propose(scan: Scan, curve: SenseCurve, parts: Parts = ALL_PARTS) -> Proposals:
    """Return what a sense proposes for a query."""
    is_heard = curve.modality is Modality.AUDIO and parts.grouping
    events = _events(scan, curve, parts) if is_heard else _no_events()
    peaks = find_peaks(curve, scan.heard.covered if is_heard else None)
    trust = clarity_of_windows(curve.matrix, peaks) if parts.trust else np.ones(len(peaks), np.float32)
    return Proposals(curve, events, peaks, trust, parts)


def _no_events() -> _Events:
    seconds, rows, scores = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.float32)
    return _Events(seconds, seconds, rows, rows, scores, scores)


def _events(scan: Scan, curve: SenseCurve, parts: Parts) -> _Events:
    """Find what the sound events score at most."""
    heard = scan.heard
    bounds = np.stack([heard.first, heard.last], axis=1).ravel()
    padded = np.append(curve.scores, np.float32(-np.inf))
    peak = np.maximum.reduceat(padded, bounds)[::2] if len(bounds) else np.zeros(0, np.float32)
    rows = np.flatnonzero(np.isfinite(peak))  # a filter may hide all of an event's windows
    trust = clarity_of_events(heard.snr_db[rows]) if parts.trust else np.ones(len(rows), np.float32)
    first, last = heard.first[rows], heard.last[rows]
    starts, ends = heard.starts_s[rows], heard.ends_s[rows]
    if not parts.edges:
        starts, ends = curve.starts_s[first], curve.ends_s[last - 1]
    return _Events(starts, ends, first, last, trust, peak[rows] * trust)


def _highest(values: Floats, count: int) -> Rows:
    """Return the numbers of the highest values, in no order; of equals the first."""
    if len(values) <= count:
        return np.arange(len(values))
    least = np.partition(values, -count)[-count]
    above = np.flatnonzero(values > least)
    return np.concatenate([above, np.flatnonzero(values == least)[: count - len(above)]])


def _covered(first: Rows, last: Rows, length: int) -> Rows:
    """Return the numbers below `length` that lie in any of the ranges `first` up to, not including, `last`."""
    edges = np.zeros(length + 1, dtype=np.int64)
    keep = last > first
    np.add.at(edges, first[keep], 1)
    np.add.at(edges, last[keep], -1)
    return np.flatnonzero(np.cumsum(edges)[:-1] > 0)

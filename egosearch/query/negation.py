"""What must not be there: candidates that show it as strongly as what is wanted are pushed down.

An encoder of sentences reads "a kitchen without people" as kitchen and people, so what is unwanted is never part of the
text. It is a query of its own, with curves of its own; only what the two say at one place is compared:

    score = score * max(0, 1 - (unwanted / score) ** 2)

with `score` the candidate's own, weighted by its sense's say, and `unwanted` the strongest score of any unwanted text
in any sense within the candidate's span and `REACH_S` to either side, weighted likewise. The unwanted is believed as
the candidate is where the sense is the same, and elsewhere by the clarity of its window. What a candidate lends to
another sense is pushed down in the same way. It all happens before the senses are fused, so confidence falls with it.

The square is why a little noise costs little: what is always found of anything, a third of a clear score, takes a ninth
of it. A candidate that shows the unwanted as strongly as the wanted, or more so, is no candidate any more.

Worked example: wanted at 3, unwanted at 1.5: 3 * (1 - 0.25) = 2.25 is left; unwanted at 3: nothing.

What is nowhere near a candidate changes nothing; the same text, wanted and unwanted, leaves nothing that anyone would
notice (`FAINT`); and the order of several unwanted texts does not matter, since the strongest decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from egosearch.query.candidates import FAINT, Candidates
from egosearch.query.curves import SenseCurve
from egosearch.query.trust import clarity_of_windows

Floats64 = NDArray[np.float64]

REACH_S = 2.0
"""Around a candidate: a sound heard a moment before or after is heard with it, and windows are a second long."""
ROUNDING = 1e-5
"""A share that is left of a score and smaller is nothing."""


@dataclass(frozen=True, eq=False)
class Unwanted:
    """What one sense has of one unwanted text."""

    curve: SenseCurve
    weight: float
    """What the sense has to say about it."""
    is_weighed: bool = True
    """Whether the clarity of the signal counts; see `Parts.trust`."""

    @cached_property
    def _windows(self) -> NDArray[np.int64]:
        """The windows that show any of it, ascending: few of a library's."""
        return np.flatnonzero(self.curve.scores > FAINT)

    @cached_property
    def _times_s(self) -> tuple[Floats64, Floats64]:
        return self.curve.starts_s[self._windows], self.curve.ends_s[self._windows]

    @cached_property
    def _scores(self) -> Floats64:
        return self.curve.scores[self._windows].astype(np.float64)

    @cached_property
    def _clear_scores(self) -> Floats64:
        return self._scores * clarity_of_windows(self.curve.matrix, self._windows) if self.is_weighed else self._scores

    def near(self, found: Candidates) -> Floats64:
        """Return how strongly it is there at each of k candidates, weighted, shape (k,); 0 where it is not."""
        starts_s, ends_s = self._times_s
        first = np.searchsorted(ends_s, found.starts_s - REACH_S, side="right")
        last = np.searchsorted(starts_s, found.ends_s + REACH_S, side="left")
        if found.curve.modality is self.curve.modality:
            return self.weight * found.trust * highest(self._scores, first, last)
        return self.weight * highest(self._clear_scores, first, last)


def pushed_down(found: Candidates, weight: float, unwanted: Sequence[Unwanted]) -> Candidates:
    """Push down the candidates of one sense that show what must not be there.

    Args:
        found: Of one sense.
        weight: What the sense has to say about what is wanted.
        unwanted: Every unwanted text in every sense.

    Returns:
        In the same order, without those of which nothing is left.
    """
    if not unwanted or not len(found):
        return found
    strongest = np.max([one.near(found) for one in unwanted], axis=0)
    scores, support = found.scores.astype(np.float64), found.support.astype(np.float64)
    left, lent = _left(weight * scores, strongest), _left(weight * support, strongest)
    pushed = replace(
        found,
        scores=(scores * left).astype(np.float32),
        support=(support * lent).astype(np.float32),
    )
    return pushed.take(np.flatnonzero((left > 0) | (lent > 0)))


def _left(scores: Floats64, unwanted: Floats64) -> Floats64:
    """Return the share of each score that is left, in [0, 1]; of what scores nothing all is left."""
    share = np.divide(unwanted, scores, out=np.zeros_like(unwanted), where=scores > 0)
    left = 1 - np.minimum(share, 1) ** 2
    return np.where(left > ROUNDING, left, 0.0)


def highest(values: Floats64, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats64:
    """Return the highest value of each range `first` up to, not including, `last`, shape (k,); 0 for empty ones.

    Args:
        values: Shape (n,), not negative.
        first: Shape (k,), in any order.
        last: Shape (k,).
    """
    out = np.zeros(len(first))
    filled = np.flatnonzero(last > first)
    # In ascending order, reduceat spends nothing on what lies between the ranges but a pass over it.
    filled = filled[np.argsort(first[filled], kind="stable")]
    if len(filled):
        bounds = np.stack([first[filled], last[filled]], axis=1).ravel()
        out[filled] = np.maximum.reduceat(np.append(values, 0.0), bounds)[::2]
    return out

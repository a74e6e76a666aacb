"""What follows what: steps that were found one by one, into chains that happen in the order asked.

A chain takes one candidate of each step, all of one recording. Each begins after the one before it begins, and no later
than `within_s` after that one ends; so "the timer beeps, then the oven is opened" may overlap, but not be turned round.

    score      = (product of the steps' scores) ** (1 / steps)
    confidence = the least of the steps' confidences

Scores of two queries do not compare. The product does not mind: a step that scores twice as high all over leaves the
order of chains as it was, which a sum or the least would not. A chain is right only if all its steps are, so it is
never surer than its weakest step. Were the steps right independently, the product of their confidences would be the
probability; but steps found in the very order and distance asked support each other, and however they do, the least of
them is the highest that the probability of all can be (Fréchet's bound). It is taken for it.

Worked example: steps of scores 4 and 1 and confidences 0.9 and 0.6: score 2, confidence 0.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.fusion import Fused

Floats64 = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """One candidate of each step, in order; a query without a second step has chains of one."""

    links: tuple[Fused, ...]
    score: float

    @property
    def start_s(self) -> float:
        """When the first step starts, on the library's common time line."""
        return self.links[0].start_s

    @property
    def end_s(self) -> float:
        """When the last step ends."""
        return self.links[-1].end_s


def single(found: Sequence[Fused]) -> list[Chain]:
    """Return candidates as chains of one, in their order."""
    return [Chain((one,), one.score) for one in found]


def chained(steps: Sequence[Sequence[Fused]], recordings: Sequence[NDArray[np.int64]], within_s: float) -> list[Chain]:
    """Find the best chain from each candidate of the first step.

    By dynamic programming from the last step backwards: for k candidates a step and m steps, m * k * k comparisons.

    Args:
        steps: Of each step the candidates, at least one step.
        recordings: Of each step the candidates' recordings, as numbers that are the same in all steps.
        within_s: At most so long after a step ends the next one starts.

    Returns:
        Best first, ties by time: at most one chain from each candidate of the first step. Candidates that score nothing
        are in none.
    """
    timed = [_Timed.of(found) for found in steps]
    best = timed[-1].log_scores  # (k,): of the best chain from each candidate of this step on
    followers: list[NDArray[np.int64]] = []
    for step in range(len(steps) - 2, -1, -1):
        here, there = timed[step], timed[step + 1]
        follows = (
            (recordings[step][:, None] == recordings[step + 1][None])
            & (there.starts_s[None] > here.starts_s[:, None])
            & (there.starts_s[None] - here.ends_s[:, None] <= within_s)
        )  # (k here, k there)
        onward = np.where(follows, best[None], -np.inf)
        if not onward.shape[1]:
            return []
        followers.insert(0, onward.argmax(axis=1))
        best = here.log_scores + onward.max(axis=1)
    chains = []
    for row in np.flatnonzero(np.isfinite(best)):
        rows = [int(row)]
        for chosen in followers:
            rows.append(int(chosen[rows[-1]]))
        links = tuple(found[at] for found, at in zip(steps, rows, strict=True))
        chains.append(Chain(links, float(np.exp(best[row] / len(steps)))))
    return sorted(chains, key=lambda one: (-one.score, one.start_s))


@dataclass(frozen=True, eq=False)
class _Timed:
    """k candidates as arrays of shape (k,)."""

    starts_s: Floats64
    ends_s: Floats64
    log_scores: Floats64

    @classmethod
    def of(cls, found: Sequence[Fused]) -> "_Timed":
        table = np.array([(one.start_s, one.end_s, one.score) for one in found], np.float64).reshape(-1, 3)
        with np.errstate(divide="ignore"):
            return cls(table[:, 0], table[:, 1], np.log(np.maximum(table[:, 2], 0)))

"""Whether confidence means what it says: it tells what is there from what is not, and 0.8 is right in 8 of 10 cases.

Pure arithmetic on numbers. A query counts by its first moment's confidence; a query without a moment has confidence 0
where present and absent are told apart, and is left out where a claim is checked, for it makes none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
FEW_A_BIN = 10
"""Below this many queries a bin, on average, bins of equal width are mostly empty or hold two or three queries."""


def auroc(present: Sequence[float], absent: Sequence[float]) -> float:
    """Return the probability that a present query has a higher confidence than an absent one, a tie counting half.

    0.5 is guessing, 1 tells all apart. It is the area under the receiver operating characteristic.

    Worked example: present 0.9 and 0.4, absent 0.4: one higher, one tie: 1.5 / 2 = 0.75.

    Raises:
        ValueError: One of the two is empty.

    Source:
        Hanley and McNeil, "The Meaning and Use of the Area under a ROC Curve", Radiology 1982.
    """
    if not present or not absent:
        raise ValueError("AUROC needs queries of both kinds")
    others = np.sort(np.asarray(absent, np.float64))
    lower = np.searchsorted(others, present, side="left")
    not_higher = np.searchsorted(others, present, side="right")
    return float((lower + not_higher).sum() / 2 / len(present) / len(others))


@dataclass(frozen=True)
class Bin:
    """First moments of similar confidence."""

    low: float
    high: float
    """Up to, not including; the last bin includes it."""
    n: int
    confidence: float
    """Their mean confidence; 0 where there are none."""
    right: float
    """The share of them that is right; 0 where there are none."""


def equal_width(confidences: Sequence[float], is_right: Sequence[bool], *, bins: int = BINS) -> tuple[Bin, ...]:
    """Share out first moments among bins of the same width, in the order of confidence; some may be empty.

    Worked example: with two bins, confidences 0.2 (wrong), 0.6 (right) and 0.8 (wrong) make a bin up to 0.5 of one with
    mean 0.2, none right, and one of two with mean 0.7, half of them right.

    Raises:
        ValueError: A confidence lies outside [0, 1].
    """
    return _binned(confidences, is_right, np.arange(bins + 1) / bins)


def equal_mass(confidences: Sequence[float], is_right: Sequence[bool], *, bins: int = BINS) -> tuple[Bin, ...]:
    """Share out first moments among at most so many bins that hold about as many each, equal confidences in one.

    There are fewer bins where each would hold less than `FEW_A_BIN`, but at least one.

    Worked example: with two bins, 20 moments of which 10 have a confidence below 0.1 make a bin of these and one of the
    others, where two bins of equal width might have held 19 and 1.

    Raises:
        ValueError: A confidence lies outside [0, 1].

    Source:
        Nguyen and O'Connor, "Posterior calibration and exploratory analysis for natural language processing models",
        EMNLP 2015.
    """
    ordered = np.sort(np.asarray(confidences, np.float64))
    count = max(1, min(bins, len(ordered) // FEW_A_BIN))
    inner = {float(part[0]) for part in np.array_split(ordered, count)[1:]} - {0.0, 1.0}
    return _binned(confidences, is_right, np.array([0.0, *sorted(inner), 1.0]))


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: how far mean confidence and share of right ones are apart.

        ECE = sum over bins of  n / N * |right - confidence|

    Worked example: of 4 moments, one with mean confidence 0.2, not right, and three with 0.9, two of them right:
    1/4 * 0.2 + 3/4 * |2/3 - 0.9| = 0.225.

    Raises:
        ValueError: The bins are empty.

    Source:
        Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    total = sum(one.n for one in bins)
    if not total:
        raise ValueError("a calibration error needs moments")
    return sum(one.n * abs(one.right - one.confidence) for one in bins) / total


def _binned(confidences: Sequence[float], is_right: Sequence[bool], edges: Floats) -> tuple[Bin, ...]:
    values, right = np.asarray(confidences, np.float64), np.asarray(is_right, np.float64)
    if len(values) and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError("a confidence is a probability, from 0 to 1")
    last = len(edges) - 2
    bin_of = np.minimum(np.searchsorted(edges, values, side="right") - 1, last)
    made = []
    for number in range(last + 1):
        inside = bin_of == number
        n = int(inside.sum())
        means = (float(values[inside].mean()), float(right[inside].mean())) if n else (0.0, 0.0)
        made.append(Bin(float(edges[number]), float(edges[number + 1]), n, *means))
    return tuple(made)

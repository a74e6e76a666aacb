"""From scores to the probability that a moment is what was asked for.

    logit = BIAS + LEAD * lead + RIVALRY * rivalry

`lead` is the leading sense's own score, trust included: how strongly the thing is there, measured against the library.
`rivalry` is the mean fused score of the runners-up divided by this moment's: a query for something that is there has
one answer that stands out, a query for something that is not has ten that are equally bad.

The three numbers are a logistic regression over the bench's 91 queries (R@1 at IoU 0.3 as what is right, a little L2);
leaving one query out each time, the log loss is 0.44 against 0.68 for guessing the base rate. Other features tried and
left out, because they did not help: raw similarity, affinity, the curve's spread, trust by itself.

Worked example: lead 2, rivalry 0.5: the logit is -2.82 + 4.10 - 1.17 = 0.11, a confidence of 0.53.
"""

import math
from collections.abc import Sequence

BIAS = -2.82
LEAD = 2.05
RIVALRY = -2.34
RUNNERS_UP = 3
MOST_RIVALRY = 1.5
"""A moment far down the list is no less likely than one a third below the best."""

THRESHOLD = 0.35
"""Moments below it are shown only when asked for. The README says what that answers and what it keeps quiet."""


def rivalry(score: float, others: Sequence[float]) -> float:
    """Compare a moment with its rivals.

    Args:
        score: Its fused score.
        others: The fused scores of all other moments, best first.

    Returns:
        In [0, `MOST_RIVALRY`]; 0 where there is no other.
    """
    best = others[:RUNNERS_UP]
    if not best:
        return 0.0
    return min(MOST_RIVALRY, max(0.0, sum(best) / len(best)) / max(score, 1e-9))


def confidence(lead: float, rivalry: float) -> float:
    """Return a probability in (0, 1): higher with `lead`, lower with `rivalry`."""
    logit = BIAS + LEAD * lead + RIVALRY * rivalry
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

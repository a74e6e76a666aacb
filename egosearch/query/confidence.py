"""From a score to the probability that a moment is what was asked for.

    logit = BIAS + LEAD * lead

`lead` is the leading sense's own score, trust included: how strongly the thing is there, measured against what this
library usually holds. The two numbers are a logistic regression over the bench's 91 queries, right meaning IoU of 0.3
or more.

Tried and left out: how far the runners-up fall behind lowers the log loss (0.44 for 0.49, leaving one query out each
time) but takes a daily event for an uncertain one, since all its repetitions are runners-up; raw similarity, affinity
and support of the other sense do not help.

Worked example: a lead of 2 gives a logit of 1.1, a confidence of 0.75.
"""

import math

BIAS = -3.6
LEAD = 2.35

THRESHOLD = 0.4
"""Moments below it are shown only when asked for. The README says what that answers and what it keeps quiet."""


def confidence(lead: float) -> float:
    """Return a probability in (0, 1), higher with `lead`."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, BIAS + LEAD * lead))))

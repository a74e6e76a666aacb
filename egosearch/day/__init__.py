"""A day at a glance: what was recorded on it, and the sounds and sights that it has and other days do not.

`surprise` measures what stands out against the other days, `distinct` keeps one of several that tell the same,
`highlights` makes moments of what is left, and `verbs` is the part of the library that asks for it. `neighbours` says
which recording comes before and after one, on the clock.
"""

from egosearch.day.neighbours import Neighbour, Neighbours
from egosearch.day.types import Day, DayPart

__all__ = ["Day", "DayPart", "Neighbour", "Neighbours"]

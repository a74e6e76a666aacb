"""Keeping one of several that tell the same: non-maximum suppression by what they are, not only by when.

A tagger has many names for one thing: a doorbell is also *Bell*, *Chime* and *Wind chime*. Names do not tell which go
together, but the windows do: where one of them is heard, the others are. So two are the same where their windows stand
out by the same concepts, whenever that was; where they have the same name; or where one place would get two names.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]

ALIKE = 0.5
"""Cosine of two windows' surprises above which they show the same. On recordings put together of ESC-10 sounds and
ImageNet photographs, other names of one thing are at 0.54 to 1, and different things below 0.5 (most below 0.2)."""
BESIDE_S = 3.0
"""What is nearer in one recording is one place: an echo of a bell is taken for a frog."""


def distinct(vectors: Floats, times_s: Seconds, name_of: Callable[[int], str], *, limit: int) -> list[tuple[int, str]]:
    """Choose candidates from the best on, leaving out what is the same as one that is chosen.

    Args:
        vectors: Shape (k, dim), not negative: what each one's window stands out by, the best candidate first.
        times_s: Shape (k,), on one time line.
        name_of: Names a candidate; empty for one without a name, which is left out.
        limit: At most so many.

    Returns:
        Numbers and names of those chosen, best first.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, np.float32(1e-9))
    chosen: list[tuple[int, str]] = []
    names: set[str] = set()
    for k in range(len(vectors)):
        if len(chosen) == limit:
            break
        others = [other for other, _ in chosen]
        if np.any(np.abs(times_s[others] - times_s[k]) < BESIDE_S) or np.any(unit[others] @ unit[k] > ALIKE):
            continue
        name = name_of(k)
        if name and name.casefold() not in names:
            chosen.append((k, name))
            names.add(name.casefold())
    return chosen

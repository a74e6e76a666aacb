"""When windows are, in few bytes: nearly all begin at their number times the hop and are as long as the others.

What is regular is worked out again, to the bit: numbers that do not follow the one before them are kept, and ends that
are cut, as at the end of a recording. Windows that lie anywhere, as those of speech, keep their times whole.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.types import EmbeddingSpace

Seconds = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]


def packed(start_s: Seconds, end_s: Seconds, space: EmbeddingSpace) -> dict[str, NDArray[Any]]:
    """Return what `unpacked` needs.

    Args:
        start_s: Shape (n,).
        end_s: Shape (n,).
        space: Whose windows.
    """
    index = np.rint(start_s / space.hop_s).astype(np.int64)
    if not np.array_equal(index * space.hop_s, start_s):
        return {"start_s": start_s, "end_s": end_s}
    jumps = np.flatnonzero(np.diff(index, prepend=-1) != 1)
    cut = np.flatnonzero(start_s + space.window_s != end_s)
    return {"jumps": jumps, "jump_to": index[jumps], "cut": cut, "cut_s": end_s[cut]}


def unpacked(arrays: Arrays, n: int, space: EmbeddingSpace) -> tuple[Seconds, Seconds]:
    """Return starts and ends, each of shape (n,)."""
    if "start_s" in arrays:
        return arrays["start_s"], arrays["end_s"]
    # How far numbers are from places changes at each jump only.
    moved = np.zeros(n + 1, np.int64)
    ahead = arrays["jump_to"] - arrays["jumps"]
    moved[arrays["jumps"]] = np.diff(ahead, prepend=0)
    index = np.arange(n) + np.cumsum(moved)[:-1]
    start_s = np.asarray(index * space.hop_s, np.float64)
    end_s = np.asarray(start_s + space.window_s, np.float64)
    end_s[arrays["cut"]] = arrays["cut_s"]
    return start_s, end_s

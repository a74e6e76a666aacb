"""What the vectors of a slice add up to: enough to tell later whether a store still gives back what it was given.

A digest of bytes would not do. Which of two halves a number is rounded to, where it lies between them, stores that
compare by cosine decide otherwise than we would: they scale each vector to length 1 in arithmetic of their own.

So every number is added up under signs that look random but belong to its dimension, and under a weight that belongs
to its window, and that `SUMS` times over. For a vector v_w of each window w, signs b_k(i) and weights a_k(w):

    sum_k = sum over w of a_k(w) * (sum over i of b_k(i) * v_w(i)),    0.5 <= |a_k(w)| < 1.5

A number that changes by d changes every sum by d/2 at least; a vector that is replaced changes each by about the
distance of the two, and two that change places likewise. Worked example: one window, v = (0.5, 0.25), b_1 = (+, -),
a_1 = -0.5: sum_1 = -0.125.

Source: Alon, Matias and Szegedy, "The space complexity of approximating the frequency moments", STOC 1996 (sketches
by random signs).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from egosearch.stores.points import comparable
from indexers.embeddings import DenseRows, Embeddings
from indexers.types import EmbeddingSpace

SUMS = 4
"""A vector that is replaced by another goes unseen where each of these changes by less than it may: with the widest
tolerance that there is in practice, 0.03 for vectors of length 1, in 0.03^4 of all cases, one in a million."""
EXACT, RELATIVE = 1e-8, 1e-12
"""What sums may differ by, and by what part of them, where the order of adding up differs and nothing else; half
precision has steps of 6e-8."""
ROUNDED = 2.0**-10
"""A step of half precision, of a number just above 1: what rounding otherwise may change a number by, of its size."""
ROWS_AT_ONCE = 4096

_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_OF_WINDOWS, _OF_DIMENSIONS = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)


def checksum_of(space: EmbeddingSpace, index: NDArray[np.int64], embeddings: Embeddings) -> tuple[float, ...]:
    """Return the `SUMS` sums of n windows as they are given to a store.

    Args:
        space: What the rows are of.
        index: Shape (n,): the windows' numbers.
        embeddings: n rows, before anybody rounded them.
    """
    return stored_checksum(index, comparable(space, embeddings))


def stored_checksum(index: NDArray[np.int64], embeddings: Embeddings) -> tuple[float, ...]:
    """Return the sums of n windows as a store gave them back."""
    shares = _shares(index.astype(np.uint64), _OF_WINDOWS)  # (n, SUMS)
    by_window = np.sign(shares - 0.5) * (0.5 + np.abs(2 * shares - 1))
    by_dimension = _signs(embeddings.dim)
    total = np.zeros(SUMS)
    for first in range(0, len(embeddings), ROWS_AT_ONCE):
        block = embeddings.between(first, min(first + ROWS_AT_ONCE, len(embeddings)))
        weights = by_window[first : first + len(block)]
        half = _halves(block.values)
        if isinstance(block, DenseRows):
            total += (weights * (half @ by_dimension)).sum(axis=0)
        else:
            row = np.repeat(np.arange(len(block)), np.diff(block.indptr))
            total += np.einsum("e,ek,ek->k", half, weights[row], by_dimension[block.indices])
    return tuple(total.tolist())


def is_same(space: EmbeddingSpace, found: Sequence[float], expected: Sequence[float], windows: int) -> bool:
    """Return whether two checksums of so many windows are of the same vectors, but for what rounding does.

    In a space compared by cosine, every vector has length 1: where each of its numbers is rounded otherwise, a sum over
    n vectors changes by about half of `ROUNDED` times the root of n. Few are: of 625 vectors of 512 numbers the sums
    changed by 0.0002, and 0.02 is allowed.
    """
    rounded = 0.0 if space.distance == "dot" else ROUNDED * float(np.sqrt(windows))
    return all(
        abs(one - other) <= EXACT + RELATIVE * abs(other) + rounded for one, other in zip(found, expected, strict=True)
    )


def _halves(values: NDArray[np.float32] | NDArray[np.float16]) -> NDArray[np.float64]:
    """Return values as half precision keeps them; what is beyond it is beyond it in every store."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return np.nan_to_num(half.astype(np.float64), posinf=1e5, neginf=-1e5)


@cache
def _signs(dim: int) -> NDArray[np.float64]:
    """Return the signs of the dimensions, shape (dim, SUMS); of words, of which there are 65,000, they take a while."""
    return np.sign(_shares(np.arange(dim, dtype=np.uint64), _OF_DIMENSIONS) - 0.5)


def _shares(numbers: NDArray[np.uint64], seed: np.uint64) -> NDArray[np.float64]:
    """Return `SUMS` numbers for each number, shape (n, SUMS), evenly spread over [0, 1) and never 0.5.

    Sixteen bits each of a 64-bit mix: splitmix64's last step.
    """
    with np.errstate(over="ignore"):
        mixed = (numbers + np.uint64(1)) * seed
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed ^= mixed >> np.uint64(31)
    bits = (mixed[:, None] >> (np.arange(SUMS, dtype=np.uint64) * np.uint64(16))) & np.uint64(0xFFFF)
    return (bits.astype(np.float64) + 0.25) / 65536

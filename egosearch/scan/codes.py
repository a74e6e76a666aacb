"""Dense rows in a byte a number: half of what half precision takes, and read as fast as memory gives it.

They tell nearly what each window scores. Those that score most are looked at a second time, in half precision
(`egosearch.scan.kept`), so that whatever can be an answer has its exact score.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexers.embeddings import DenseRows
from indexers.sharing import share_out

Floats = NDArray[np.float32]

MANY = 1 << 14
"""Rows from which on codes are kept: fewer are read in half precision within three milliseconds."""
STEPS = 127
"""To either side of 0."""
LEAST = np.finfo(np.float32).tiny
"""A step is no smaller, so that nothing is divided by 0."""
BLOCK_ROWS = 1 << 13
"""Rows coded or multiplied at a time: what is made of them stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Codes:
    """n dense rows, each a number of steps from the mean of all: row i is nearly `mean + scales[i] * values[i]`.

    What rows have in common, and in embeddings of pictures a few large numbers are, lies in the mean. So a step is
    small: a hundredth of what a row differs by.
    """

    values: NDArray[np.int8]
    """Shape (n, dim)."""
    scales: Floats
    """Shape (n,): the size of a step."""

    @classmethod
    def of(cls, rows: DenseRows, mean: Floats) -> "Codes":
        """Code rows.

        Worked example: a row that differs from the mean by (0.254, -0.1) has a scale of 0.254 / 127 = 0.002 and the
        codes (127, -50).

        Args:
            rows: Finite.
            mean: Shape (dim,), finite.
        """
        values = np.empty((len(rows), rows.dim), np.int8)
        scales = np.empty(len(rows), np.float32)
        for first in range(0, len(rows), BLOCK_ROWS):
            block = rows.between(first, first + BLOCK_ROWS).dense() - mean
            size = np.maximum(np.abs(block).max(axis=1) / np.float32(STEPS), LEAST)
            scales[first : first + BLOCK_ROWS] = size
            values[first : first + BLOCK_ROWS] = np.rint(block / size[:, None])
        return cls(values, scales)

    def dot(self, query: Floats, mean: Floats) -> Floats:
        """Return nearly the inner product of every row with `query` (shape (dim,)), as shape (n,).

        The query is coded too, in two digits, so that it adds nothing to the error of the rows, which is half a step of
        each of their numbers at most: with a the largest number of a row without the mean, and |q| the sum of the
        query's, half of a / 127 * |q|. For rows in no special direction it is tens of times less, since errors of
        either sign cancel out: for drawn ones of 512 numbers, a hundredth of the deviation of all products.
        """
        import simsimd

        step = np.maximum(np.abs(query).max(initial=0) / np.float32(STEPS), LEAST)
        digit = np.rint(query / step)
        coded = np.stack([digit, np.rint((query / step - digit) * (2 * STEPS))]).astype(np.int8)  # shape (2, dim)
        worth = np.array([step, step / (2 * STEPS)], np.float32)
        usual = np.float32(mean @ query)
        found = np.empty(len(self.values), np.float32)

        def multiply(rows: slice) -> None:
            # Whole numbers below 2 ** 24, up to 1,040 dimensions: exact in single precision.
            both = np.asarray(simsimd.cdist(self.values[rows], coded, metric="dot", out_dtype="float32"))
            block = found[rows]
            np.dot(both, worth, out=block)
            block *= self.scales[rows]
            block += usual

        share_out(len(found), BLOCK_ROWS, multiply)
        return found

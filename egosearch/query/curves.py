"""Scores along time: how strongly each window of the library shows what was asked.

A raw similarity means nothing across senses. Concepts differ in how often they fire for nothing: *Speech* is at 0.9 in
one window of ten, *Sneeze* never. So each dimension is centred on its mean over this library and divided by a power of
its spread there, and only then weighted by the query:

    score(t) = sum over c of  w[c] * (v[c](t) - mean[c]) / (deviation[c] + DEVIATION_FLOOR) ** WHITENING

which is again one inner product. Mean and deviation are those of this library, shrunk towards those of a concept that
is rarely there, 0 and TYPICAL_DEVIATION, as if PRIOR_WINDOWS more windows had been seen: in a library of one short
recording a bell that rings for five seconds would otherwise be its own background, and no surprise.

    mean = n * m / (n + PRIOR_WINDOWS)
    deviation^2 = (n * d^2 + PRIOR_WINDOWS * TYPICAL_DEVIATION^2) / (n + PRIOR_WINDOWS)

for n windows with mean m and deviation d of their own. The dimensions of a dense space mean nothing one by one: there
the similarities themselves are centred and divided by their deviation, times DENSE_SCALE.

Worked example: a concept with mean 0.1 and deviation 0.16, WHITENING 0.5, floor 0.09, weight 1: a window that shows
it at 0.9 scores 0.8 / 0.25 ** 0.5 = 1.6.

Source: standardising scores against a background is the z-norm of speaker verification (Auckenthaler et al., "Score
Normalization for Text-Independent Speaker Verification Systems", 2000), here per concept and half way.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.timeline import TimeLine
from indexers.embeddings import Background
from indexers.types import Modality

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]

WHITENING = 0.5
"""0 is raw similarity, 1 a full z-score. From 0.3 to 0.5 ranks best, and 1 lets absent things stand out (bench)."""
DEVIATION_FLOOR = 0.09
"""On the scale of stored strengths, [0, 1]. From 0.045 to 0.09 the bench ranks alike; at 0.02 flukes of concepts that
are never there stand out."""
DENSE_SCALE = 0.5
"""Puts four deviations, which one window in thousands reaches by chance, where a clear concept is: at 2."""
DENSE_DEVIATION = 0.02
"""Of cosines: windows that differ by less all show the same."""
TYPICAL_DEVIATION = 0.04
"""Of a concept that a query means, in the bench's library: half are below 0.055, a quarter below 0.03."""
PRIOR_WINDOWS = 3000
"""Twenty-five minutes of sound: a library that is shorter is judged mostly by the prior."""
PAUSE_S = 3.0
"""Of silence between two utterances: after a longer one somebody says something else, or somebody else does."""
SMOOTHING_WINDOWS = 3
"""Pictures are averaged over three: one frame is easily blurred or wrong, a second is short for a sight."""


@dataclass(frozen=True, eq=False)
class SenseCurve:
    """One sense's score for one query, over all n windows of the library."""

    matrix: SpaceMatrix
    weights: Floats
    """Shape (dim,): the query in this space."""
    affinity: float
    """How well this space can express the query, from 0 to about 1."""
    scores: Floats
    """Shape (n,)."""
    line: TimeLine
    """When the windows are."""

    @property
    def modality(self) -> Modality:
        """The sense."""
        return self.matrix.space.modality

    @property
    def starts_s(self) -> Seconds:
        """Shape (n,): starts on the common time line, ascending."""
        return self.line.starts_s

    @property
    def ends_s(self) -> Seconds:
        """Shape (n,): ends on the common time line, ascending."""
        return self.line.ends_s

    @cached_property
    def runs(self) -> NDArray[np.int64]:
        """Shape (n,), ascending: which run each window is of. What is found never goes on from one into another."""
        return runs(self.matrix, self.line)

    def similarity(self, window: int) -> float:
        """Return the raw inner product of one window with the query."""
        return float(self.matrix.rows.take(np.array([window])).dot(self.weights)[0])


def sense_curve(
    scan: Scan,
    matrix: SpaceMatrix,
    weights: Floats,
    affinity: float,
    *,
    visible: NDArray[np.bool_] | None = None,
    is_calibrated: bool = True,
) -> SenseCurve:
    """Score every window of a space.

    Args:
        scan: For the common time line.
        matrix: The windows.
        weights: Shape (dim,), the query.
        affinity: Of the query and this space.
        visible: Shape (n,): the windows that may answer, the others score -inf; None for all. What a score is measured
            against is the whole library in any case.
        is_calibrated: False leaves raw similarities.
    """
    if not is_calibrated:
        scores = matrix.similarities(weights)
    elif matrix.space.layout == "sparse":
        scores = _concept_scores(matrix, weights)
    else:
        scores = _dense_scores(matrix, weights)
    if matrix.space.modality is Modality.VISUAL:
        scores = smoothed(scores, matrix.recording_of)
    if visible is not None:
        scores = np.where(visible, scores, np.float32(-np.inf))
    return SenseCurve(matrix, weights, affinity, scores, scan.lines[matrix.space.modality])


def runs(matrix: SpaceMatrix, line: TimeLine) -> NDArray[np.int64]:
    """Number the runs of a sense's windows: recordings, and of speech what is said in one without a long pause.

    Args:
        matrix: The n windows.
        line: When they are.

    Returns:
        Shape (n,), ascending.
    """
    if matrix.space.modality is not Modality.SPEECH:
        return matrix.recording_of
    pauses = line.starts_s[1:] - line.ends_s[:-1] > PAUSE_S
    begins = np.concatenate([[False], pauses | (np.diff(matrix.recording_of) > 0)])[: len(matrix)]
    return np.cumsum(begins)


def whitened(matrix: SpaceMatrix, weights: Floats) -> Floats:
    """Return the vector whose inner product with a window is its score, but for a constant; shape (dim,)."""
    if matrix.space.layout == "dense":
        return weights
    _, deviation = background(matrix)
    return (weights / (deviation + DEVIATION_FLOOR) ** WHITENING).astype(np.float32)


def _concept_scores(matrix: SpaceMatrix, weights: Floats) -> Floats:
    towards = whitened(matrix, weights)
    mean, _ = background(matrix)
    return matrix.similarities(towards) - np.float32(mean @ towards)


def _dense_scores(matrix: SpaceMatrix, weights: Floats) -> Floats:
    similarities = matrix.similarities(weights)
    if not len(similarities):
        return similarities
    usual = similarities if matrix.is_whole else matrix.usual(weights)
    deviation = max(float(usual.std()), DENSE_DEVIATION)
    return np.asarray((similarities - usual.mean()) * np.float32(DENSE_SCALE / deviation), np.float32)


def background(matrix: SpaceMatrix) -> tuple[Floats, Floats]:
    """Return mean and deviation of each dimension, shrunk towards the prior, each of shape (dim,)."""
    return shrunk(matrix.background, len(matrix))


def shrunk(known: Background, n: int) -> tuple[Floats, Floats]:
    """Return mean and deviation of each dimension of n windows, shrunk towards the prior, each of shape (dim,)."""
    total = n + PRIOR_WINDOWS
    variance = (n * known.deviation**2 + PRIOR_WINDOWS * TYPICAL_DEVIATION**2) / total
    return n / total * known.mean, np.sqrt(variance)


def smoothed(scores: Floats, recording_of: NDArray[np.int64], width: int = SMOOTHING_WINDOWS) -> Floats:
    """Average each window with its neighbours in the same recording.

    Args:
        scores: Shape (n,).
        recording_of: Shape (n,), ascending.
        width: Windows averaged, odd; fewer at a recording's ends.

    Returns:
        Shape (n,).
    """
    total = scores.astype(np.float32)
    count = np.ones(len(scores), dtype=np.float32)
    firsts = np.flatnonzero(np.diff(recording_of)) + 1  # of each recording but the first
    for shift in range(1, width // 2 + 1):
        if shift >= len(scores):
            break
        total[shift:] += scores[:-shift]
        total[:-shift] += scores[shift:]
        count[shift:] += 1
        count[:-shift] += 1
        # Near the border of two recordings a pair may lie on both sides of it: it is taken out again.
        pairs = np.unique((firsts[:, None] - 1 - np.arange(shift)).ravel())
        pairs = pairs[(pairs >= 0) & (pairs + shift < len(scores))]
        pairs = pairs[recording_of[pairs] != recording_of[pairs + shift]]
        total[pairs] -= scores[pairs + shift]
        total[pairs + shift] -= scores[pairs]
        count[pairs] -= 1
        count[pairs + shift] -= 1
    return total / count

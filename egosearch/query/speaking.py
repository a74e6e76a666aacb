"""What is said: a score for each utterance, by its meaning and by its words.

By its meaning an utterance scores as a window of any dense space does: the cosine of its sentence embedding with the
query's, centred on what is usual in this library and divided by the deviation there, times DENSE_SCALE. By its words it
scores twice the share of what was asked for that is said in it, less what is usual, with BM25's weights (see
`indexers.lexical`):

    share   = sum over terms t of  w[t] * idf[t] * bm25(t, utterance)  /  sum over terms t of  w[t] * idf[t]
    words   = CLEAR * (share - usual share)
    score   = max(words, BOTH * (max(0, meaning) + words))

The sum that divides is over all terms of the query, also those that nobody ever said, so half a query said is half of
it. A share of 1 is all of it said; a rare word counts for more than a common one, and one that is in every utterance
for nothing, since that is usual. That somebody speaks ("the part where she mentions") is not looked for.

Where nobody used the query's words, its meaning has to be clear to make a moment; where both agree, they add up. Words
alone are never less than themselves: a name has no meaning that a sentence encoder knows.

Worked example: all words of a query said, in an utterance whose cosine stands out by 5 deviations: words 2, meaning
2.5, score 0.7 * 4.5 = 3.15. The same meaning in other words: 0.7 * 2.5 = 1.75. The words alone: 2.

What is usual is shrunk towards what is so among any sentences, as if PRIOR_UTTERANCES more had been said in which the
words are not: in a library of three sentences a word said once would otherwise be a common one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egosearch.query.curves import DENSE_SCALE, SenseCurve
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.kept import KeptRows
from egosearch.types import ALL_PARTS, Parts
from indexers.columns import SparseColumns
from indexers.embeddings import Embeddings
from indexers.lexical import DIM, idf, query_terms
from indexers.types import Modality

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

CLEAR = 2.0
"""What an utterance scores that says all that was asked for, as a clear concept does."""
BOTH = 0.7
"""Of meaning and words together. On 60 sentences spoken by espeak-ng, with a query each and 20 about what is not said,
weights from 0.5 to 0.8 for either rank alike; this one puts the best of an absent query below the threshold, and a
clear meaning alone above it."""
PRIOR_UTTERANCES = 100
"""Eight minutes of talk: a library with less is judged mostly by the prior."""
TYPICAL_COSINE = 0.06
"""Of a query with a sentence that has nothing to do with it, by the sentence encoder that ships with the package; the
sentences above."""
TYPICAL_DEVIATION = 0.1
"""Of these cosines, the right sentence included."""

_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]+)["“”„«»]')


@dataclass(frozen=True, eq=False)
class Terms:
    """The words that a query asks for, as k terms of the space of words."""

    numbers: NDArray[np.uint16]
    """Shape (k,), ascending."""
    weights: Floats
    """Shape (k,), before `idf`."""


def terms_of(text: str) -> Terms:
    """Return the words that a query asks for: those in quotation marks where there are any, else all that is said."""
    quoted = " ".join(match.strip() for match in _QUOTED.findall(text))
    return Terms(*query_terms(quoted or text))


@dataclass(frozen=True, eq=False)
class Measure:
    """How utterances are scored for one query."""

    towards: Floats
    """Shape (dim,): the query by its meaning."""
    share: Floats
    """Shape (DIM,): its inner product with an utterance's words is the share of the query that is said there."""
    cosine: float
    """Usual."""
    deviation: float
    """Of cosines."""
    usual_share: float
    parts: Parts = ALL_PARTS

    def scores(self, cosines: Floats, shares: Floats) -> Floats:
        """Return the scores of k utterances, shape (k,)."""
        if not self.parts.calibration:
            return (self.parts.meaning * cosines + self.parts.words * shares).astype(np.float32)
        meaning = (cosines - np.float32(self.cosine)) * np.float32(DENSE_SCALE / self.deviation)
        words = np.float32(CLEAR) * (shares - np.float32(self.usual_share))
        if not self.parts.words:
            return np.asarray(meaning, np.float32)
        if not self.parts.meaning:
            return np.asarray(words, np.float32)
        return np.asarray(np.maximum(words, BOTH * (np.maximum(0, meaning) + words)), np.float32)


def measure(
    usual: Floats, lexical: SpaceMatrix | None, weights: Floats, terms: Terms | None, parts: Parts = ALL_PARTS
) -> Measure:
    """Measure a query against what is usual in this library.

    Args:
        usual: Cosines of the query with all utterances, or with those of a sample: see `SpaceMatrix.usual`.
        lexical: What is said, by its words; None where they are not kept.
        weights: Shape (dim,), the query.
        terms: Its words; None or no terms where it has none, as an example: it counts by its meaning alone then.
        parts: `meaning` and `words` may be left out, and what is usual.
    """
    n = len(usual)
    own = (float(usual.mean()), float(usual.std())) if len(usual) else (0.0, 0.0)
    cosine = (n * own[0] + PRIOR_UTTERANCES * TYPICAL_COSINE) / (n + PRIOR_UTTERANCES)
    variance = (n * own[1] ** 2 + PRIOR_UTTERANCES * TYPICAL_DEVIATION**2) / (n + PRIOR_UTTERANCES)
    share = np.zeros(DIM, np.float32)
    usual_share = 0.0
    has_words = lexical is not None and terms is not None and len(terms.numbers) > 0
    if lexical is not None and terms is not None and has_words:
        n = len(lexical)
        telling = terms.weights * idf(document_frequency(lexical, terms.numbers), n + PRIOR_UTTERANCES)
        share[terms.numbers] = telling / telling.sum()
        usual_share = n / (n + PRIOR_UTTERANCES) * float(lexical.background.mean @ share)
    if not has_words:  # what has no words is not told by them, whatever else is left out
        parts = Parts(calibration=parts.calibration, words=False)
    return Measure(weights, share, cosine, variance**0.5, usual_share, parts)


def document_frequency(lexical: SpaceMatrix, numbers: Sequence[int] | NDArray[np.uint16]) -> NDArray[np.int64]:
    """Return in how many utterances of the library each of k terms is, shape (k,).

    Of a large library on a server they are counted in its sample (see `egosearch.scan.sample`) and multiplied.
    """
    rows = lexical.rows if lexical.sample is None else lexical.sample.rows
    counts = np.array([_count(rows, int(number), lexical.space.dim) for number in numbers], np.float64)
    return np.rint(counts * (len(lexical) / max(1, len(rows)))).astype(np.int64)


def _count(rows: Embeddings | KeptRows | FetchedRows, number: int, dim: int) -> int:
    """Return how many rows have a term."""
    if isinstance(rows, KeptRows) and rows.lengths is None and isinstance(rows.held, SparseColumns):
        return len(rows.held.column(number)[0])  # at once, in what is asked 40 times a query
    one = np.zeros(dim, np.float32)
    one[number] = 1
    return int(np.count_nonzero(rows.dot(one)))


def words_beside(scan: Scan, matrix: SpaceMatrix) -> SpaceMatrix | None:
    """Return what is said by its words, of the transcriber whose space `matrix` is; None where it is not kept."""
    lexical = scan.lexical
    return lexical if lexical is not None and lexical.space.weights_digest == matrix.space.id else None


def rows_beside(scan: Scan, matrix: SpaceMatrix, lexical: SpaceMatrix) -> Rows:
    """Return which row of `lexical` is each utterance's of `matrix`, shape (n,); -1 for none.

    Both hold the same utterances, unless a store has lost some of one.
    """
    if np.array_equal(matrix.offsets, lexical.offsets) and np.array_equal(matrix.start_s, lexical.start_s):
        return np.arange(len(matrix))
    starts_s, theirs_s = scan.lines[Modality.SPEECH].starts_s, scan.line_of(lexical).starts_s
    at = np.searchsorted(theirs_s, starts_s)
    return np.where(np.append(theirs_s, np.inf)[at] == starts_s, at, -1)


def speech_curve(
    scan: Scan,
    matrix: SpaceMatrix,
    weights: Floats,
    affinity: float,
    terms: Terms | None,
    *,
    visible: NDArray[np.bool_] | None = None,
    parts: Parts = ALL_PARTS,
) -> SenseCurve:
    """Score every utterance of a library; see `curves.sense_curve` for what is not said here.

    Args:
        scan: For the common time line, and for the words.
        matrix: The utterances by their meaning.
        weights: Shape (dim,), the query.
        affinity: Of the query and speech.
        terms: The words of the query; None where it has none.
        visible: Shape (n,): the utterances that may answer, the others score -inf; None for all.
        parts: What to do without.
    """
    lexical = words_beside(scan, matrix)
    cosines = matrix.similarities(weights)
    usual = cosines if matrix.sample is None else matrix.usual(weights)
    measured = measure(usual, lexical, weights, terms, parts)
    shares = np.zeros(len(matrix), np.float32)
    if lexical is not None and measured.share.any():
        at = rows_beside(scan, matrix, lexical)
        shares = np.where(at < 0, np.float32(0), np.append(lexical.similarities(measured.share), np.float32(0))[at])
    scores = measured.scores(cosines, shares)
    if visible is not None:
        scores = np.where(visible, scores, np.float32(-np.inf))
    return SenseCurve(matrix, weights, affinity, scores, scan.lines[Modality.SPEECH])

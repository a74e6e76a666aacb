"""What is said, word by word: texts as sparse vectors whose inner product is BM25.

A text has two kinds of terms, hashed into one vector: the stems of its words, and the letters of its words three at a
time. A recogniser that mishears keeps parts of words: "the deadline" becomes "the bed lines", "dry cleaning" "life
leading". Of 60 sentences spoken by espeak-ng with white noise 8 dB below them and written down by `tiny.en`, which then
misheard most, a phrase of the true sentence ranked its transcript first 41 times by stems alone (mean reciprocal rank
0.70), 45 times with letters (0.80), 43 times with the consonants instead, by how they sound, in runs of three (0.74).
Without the noise all are alike, at 0.98 to 1.

The weight of a term in a text is BM25's; how rare it is among all texts is a matter of the query, and of the library
that is asked (`idf`). Stems are English; other languages are compared by the same rules and so by letters mostly.

Source:
    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009. Number of documents and
    average length are fixed here, since vectors must not change when others are added.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.embeddings import SparseRows
from indexers.types import EmbeddingSpace, Floats
from indexers.wording import STOP_WORDS, tokens, what_is_said

MODEL = "bm25"
DIM = 1 << 16
STEMS = 3 << 14
"""Stems are hashed to numbers below this, letters to the others: neither is ever taken for the other."""
_VERSION = "stems-letters3-1"

K1 = 1.2
B = 0.5
"""The usual saturation, and a weaker preference for short texts than the usual 0.75, which is for documents of very
different lengths. From 0.3 to 0.75 it made no difference on the sentences above."""
AVERAGE_WORDS = 6.0
"""Content words of an utterance of ten to twelve words, about four seconds."""
LETTERS = 3
LETTERS_SHARE = 1 / 3
"""Of a query's weight; from a fifth to a half the sentences above rank alike."""


def lexical_space(spoken: EmbeddingSpace) -> EmbeddingSpace:
    """Return the space of the words of a transcript.

    Args:
        spoken: The transcriber's own space. What another one wrote down is another space: its digest tells them apart.
    """
    return EmbeddingSpace(
        modality=spoken.modality,
        model=MODEL,
        weights_digest=spoken.id,
        preprocessing=_VERSION,
        window_s=spoken.window_s,
        hop_s=spoken.hop_s,
        dim=DIM,
        layout="sparse",
        distance="dot",
    )


def term_weights(texts: Sequence[str]) -> SparseRows:
    """Return a row a text: for each of its terms tf (k1 + 1) / (tf + k1 (1 - b + b words / average)).

    Worked example: a term that an utterance of six content words has once weighs 2.2 / (1 + 1.2) = 1; twice, 1.375.
    """
    rows = [_weights(text) for text in texts]
    indptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    indices = [index for row in rows for index in sorted(row)]
    values = [row[index] for row in rows for index in sorted(row)]
    return SparseRows(indptr, np.array(indices, np.uint16), np.array(values, np.float32), DIM)


def query_terms(text: str) -> tuple[NDArray[np.uint16], Floats]:
    """Return the terms of a query and how much each counts, before `idf`.

    That somebody speaks is left out: "the part where she mentions the Q3 projections" asks for Q3 and projections. All
    stems have the same weight, and all runs of letters; together they sum to 1.

    Returns:
        indices and weights, each of shape (n,), indices ascending; empty where the text has no word in it.
    """
    stems, letters = _terms(what_is_said(text))
    if not stems:
        return np.zeros(0, np.uint16), np.zeros(0, np.float32)
    numbers, letter_numbers = sorted(set(stems)), sorted(set(letters))  # stems come before letters
    weights = np.repeat(
        np.array([(1 - LETTERS_SHARE) / len(numbers), LETTERS_SHARE / len(letter_numbers)], np.float32),
        [len(numbers), len(letter_numbers)],
    )
    return np.array(numbers + letter_numbers, np.uint16), weights


def idf(document_frequency: NDArray[np.int64], n: int) -> Floats:
    """Return how telling terms are: ln(1 + (n - df + 0.5) / (df + 0.5)), above 0 and the larger the rarer.

    Worked example: of 9 utterances a term in all of them has ln(1 + 0.5 / 9.5) = 0.05, one in none ln(20) = 3.

    Args:
        document_frequency: Shape (k,): how many utterances have each term.
        n: How many utterances there are.
    """
    df = document_frequency.astype(np.float64)
    return np.log1p((n - df + 0.5) / (df + 0.5)).astype(np.float32)


def _weights(text: str) -> dict[int, float]:
    stems, letters = _terms(text)
    slowing = K1 * (1 - B + B * len(stems) / AVERAGE_WORDS)
    return {index: tf * (K1 + 1) / (tf + slowing) for index, tf in Counter([*stems, *letters]).items()}


def _terms(text: str) -> tuple[list[int], list[int]]:
    """Return the stems of a text's content words, and their letters, as numbers. Stop words count where all are."""
    words = tokens(text)
    words = [word for word in words if word not in STOP_WORDS] or words
    return [_stem(word) for word in words], [index for word in words for index in _letters(word)]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> int:
    return zlib.crc32(_stemmer().stemWord(word).encode()) % STEMS


@lru_cache(maxsize=65_536)
def _letters(word: str) -> tuple[int, ...]:
    """Number the runs of letters of a word between its borders: #ca, cat, at#."""
    bounded = f"#{word}#"
    runs = (bounded[at : at + LETTERS] for at in range(max(1, len(bounded) - LETTERS + 1)))
    return tuple(STEMS + zlib.crc32(run.encode()) % (DIM - STEMS) for run in runs)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from snowballstemmer import stemmer

    return stemmer("english")

"""Made-up talk for the query engine: utterances of a few words, their meaning as a few numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from egosearch.query.asking import Asked
from egosearch.query.speaking import terms_of
from egosearch.scan import Scan, SpaceMatrix
from indexers.embeddings import DenseRows
from indexers.lexical import lexical_space, term_weights
from indexers.types import EmbeddingSpace, Modality
from tests.egosearch.query import build

SPACE = EmbeddingSpace(Modality.SPEECH, "toy", "0", "none-1", 12.0, 0.1, 3, "dense", "cosine")


@dataclass(frozen=True)
class Said:
    """An utterance."""

    start_s: float
    end_s: float
    text: str
    meaning: Sequence[float] = (0.0, 0.0, 1.0)
    clarity: tuple[float, float] = (0.9, 30.0)


def matrices(recordings: Mapping[str, Sequence[Said]]) -> tuple[SpaceMatrix, SpaceMatrix]:
    """Return what is said by its meaning and by its words."""
    said = [one for utterances in recordings.values() for one in utterances]
    vectors = np.array([one.meaning for one in said], np.float32).reshape(-1, SPACE.dim)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    meaning = SpaceMatrix(
        SPACE,
        tuple(recordings),
        tuple("1" for _ in recordings),
        np.cumsum([0, *(len(utterances) for utterances in recordings.values())]),
        np.array([one.start_s for one in said], np.float64),
        np.array([one.end_s for one in said], np.float64),
        np.array([one.clarity for one in said], np.float32).reshape(-1, 2),
        DenseRows(vectors),
    )
    words = replace(meaning, space=lexical_space(SPACE), rows=term_weights([one.text for one in said]))
    return meaning, words


def scan(recordings: Mapping[str, Sequence[Said]], *others: SpaceMatrix) -> Scan:
    """Return a library in which this is said, and which has other senses besides."""
    meaning, words = matrices(recordings)
    return replace(build.scan(meaning, *others), lexical=words)


def asked(text: str, meaning: Sequence[float] = (1.0, 0.0, 0.0), affinity: float = 1.0) -> Asked:
    """Return what a text asks of speech, given what it means."""
    vector = np.array(meaning, np.float32)
    return Asked(vector / np.linalg.norm(vector), affinity, terms_of(text))

"""Texts into sentence embeddings, and queries into weights over concepts.

A query becomes a distribution over the concepts of a space: the similarity of its sentence to each concept is the best
one over that concept's phrases, and a softmax sharpens it.

Source:
    Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", ICLR 2014: there an input is
    placed among sentences through its class probabilities; here the query is placed among the classes, which is the
    same inner product and can be stored and searched as sparse vectors.
"""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.concepts.vocabulary import Vocabulary
from indexers.encoders.runtime import WEIGHTS, open_session

Floats = NDArray[np.float32]

CONCEPTS_PER_QUERY = 8
"""Concepts that get a weight. From 3 to 10 the bench did not tell them apart."""
TEMPERATURE = 0.03
"""Of the softmax over cosines. From 0.03 to 0.07 the bench ranks alike; the sharper, the quieter absent things stay."""

_CARRIERS = frozenset(
    (  # noqa: SIM905 - a list of a hundred quoted words reads worse
        "a an the my your his her our their its this that these those i me we you he she it they someone somebody "
        "something is are was were be been being am do did does have has had to of in on at with for from by and or "
        "when where while as just some any there here looking look looked seeing see saw hearing heard hear sound "
        "sounds noise moment time using standing sitting near putting went go going get getting got"
    ).split()
)
"""Words that say how a thing was met and not what it is."""
_PLACES = re.compile(r"\b(in front of|next to|on top of)\b")
"""Likewise, where the single words mean something: the front door."""


def content_words(text: str) -> str:
    """Drop the words that carry no content: "in front of the washing machine" gives "washing machine"."""
    bare = _PLACES.sub(" ", text.lower())
    kept = [word for word in re.findall(r"[\w'-]+", bare) if word not in _CARRIERS]
    return " ".join(kept) or text


class SentenceEncoder:
    """all-MiniLM-L6-v2: sentences into 384 dimensions, of unit length."""

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(WEIGHTS / "minilm-tokenizer.json"))
        tokenizer.enable_padding()  # the file's own setting pads every text to 128 tokens
        tokenizer.enable_truncation(128)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        return open_session("minilm.onnx")

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return shape (n, 384)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        inputs = {
            "input_ids": np.array([row.ids for row in encoded], dtype=np.int64),
            "attention_mask": np.array([row.attention_mask for row in encoded], dtype=np.int64),
        }
        return np.asarray(self._session.run(["embedding"], inputs)[0], dtype=np.float32)


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """Return the one that all spaces of this process share."""
    return SentenceEncoder()


@lru_cache(maxsize=4096)
def _embed_query(text: str) -> Floats:
    """Return shape (2, 384): the text as it is, and its content words."""
    return sentence_encoder().embed([text, content_words(text)])


@lru_cache(maxsize=256)
def similarities(text: str, vocabulary: Vocabulary) -> Floats:
    """Compare a query with every concept. What comes back is kept for the next call and not to be changed.

    Returns:
        Shape (concepts,), cosines: the best phrase of each concept, averaged over the whole text and its content words.
    """
    by_phrase = _embed_query(text) @ vocabulary.embeddings.T  # (2, phrases)
    best: Floats = np.maximum.reduceat(by_phrase, vocabulary.starts, axis=1).mean(axis=0)
    return best


_HEARD = (
    "the sound of something",
    "a noise that I heard",
    "hearing a sound",
    "something rings, beeps or makes noise",
    "listening to a sound",
)
_SEEN = (
    "the sight of something",
    "something I looked at",
    "looking at an object",
    "seeing a thing in front of me",
    "a picture of an object",
)
_LEVEL_LEANING = 0.02
"""Of a text that leans neither way: half way between the bench's sounds and its pictures."""


def leaning(text: str) -> float:
    """Say whether a text speaks of something heard (above 0, "the phone rang" 0.25) or seen (below, "my bag" -0.1)."""
    heard, seen = _sense_embeddings()
    embedding = _embed_query(text)[0]
    return float((heard @ embedding).mean() - (seen @ embedding).mean()) - _LEVEL_LEANING


@lru_cache(maxsize=1)
def _sense_embeddings() -> tuple[Floats, Floats]:
    return sentence_encoder().embed(_HEARD), sentence_encoder().embed(_SEEN)


def concept_weights(text: str, vocabulary: Vocabulary) -> Floats:
    """Turn a query into weights over concepts.

    Returns:
        Shape (concepts,): at most `CONCEPTS_PER_QUERY` above 0, summing to 1.
    """
    cosines = similarities(text, vocabulary)
    top = np.argsort(-cosines, kind="stable")[:CONCEPTS_PER_QUERY]
    weights = np.zeros_like(cosines)
    weights[top] = np.exp((cosines[top] - cosines[top[0]]) / TEMPERATURE)
    return weights / np.float32(weights.sum())

"""The concepts that windows are described with, and the phrases that people use for them.

A concept is a class of one of the tagging networks: 521 sounds of AudioSet, 1,000 things of ImageNet and 80 objects of
COCO. Class names alone send a query to the wrong class ("someone talking" to *Conversation*), so each has phrases, kept
in `vocabulary/*.tsv` with one concept a line in the network's order. The phrases' sentence embeddings ship beside the
networks; `tools/build_weights.py` makes them anew when a phrase changes.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.runtime import WEIGHTS
from indexers.errors import EncoderError

FOLDER = Path(__file__).parent / "vocabulary"


@dataclass(frozen=True)
class Concept:
    """One class of a network, in words."""

    name: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The concepts of one space, in the order of its dimensions, with p phrases in all."""

    concepts: tuple[Concept, ...]
    embeddings: NDArray[np.float32]
    """Shape (p, 384), unit length: every phrase, grouped by concept in order."""
    starts: NDArray[np.int64]
    """Shape (concepts,): where each concept's phrases begin in `embeddings`."""


FILES = {"sounds": ("audio.tsv",), "sights": ("imagenet-a.tsv", "imagenet-b.tsv", "coco.tsv")}


def read_concepts(kind: str) -> tuple[Concept, ...]:
    """Read the concepts of `kind` ("sounds" or "sights") in the order of their space's dimensions."""
    concepts = []
    for name in FILES[kind]:
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            *_, concept, phrases = line.split("\t")
            if phrases != "phrases":  # the header of audio.tsv
                concepts.append(Concept(concept, tuple(phrases.split(" | "))))
    return tuple(concepts)


@cache
def load_vocabulary(kind: str) -> Vocabulary:
    """Load the concepts of `kind` with their phrases' embeddings.

    Raises:
        EncoderError: The embeddings are missing, or were made of other phrases.
    """
    concepts = read_concepts(kind)
    counts = [len(concept.phrases) for concept in concepts]
    path = WEIGHTS / f"phrases-{kind}.npz"
    remedy = "reinstall egosearch, or run `python -m tools.build_weights` in a checkout"
    try:
        with np.load(path) as stored:
            embeddings = stored["steps"].astype(np.float32) * stored["scale"][:, None]
    except (OSError, KeyError, ValueError) as error:
        raise EncoderError(f"{path.name} cannot be read ({error}); {remedy}") from error
    if len(embeddings) != sum(counts):
        raise EncoderError(f"{path.name} holds {len(embeddings)} phrases, {sum(counts)} are needed; {remedy}")
    return Vocabulary(concepts, embeddings, np.cumsum([0, *counts[:-1]]))

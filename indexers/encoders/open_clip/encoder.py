"""OpenCLIP as an encoder: pictures and texts in one space of dense vectors."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexers.base import PictureInput
from indexers.embeddings import DenseRows
from indexers.encoders.open_clip.facts import Facts, find_facts
from indexers.encoders.open_clip.naming import Variant
from indexers.encoders.open_clip.network import Network
from indexers.encoders.open_clip.prompts import prompts
from indexers.types import Clip, EmbeddingSpace, Floats, Modality

OVERSAMPLING = 2
"""Pictures come about this many times larger than the network takes them, each way: the authors' own resizing, sharper
than the decoder's, then does the last step."""
WIDE = 16 / 9

Phrasing = Callable[[str], tuple[str, ...]]
"""From a text to the sentences that stand for it, at least one."""


class OpenClip:
    """A picture a second, through any model of OpenCLIP.

    Pictures are prepared as the model's authors do. For most that cuts out the middle square: of a frame of 16:9 the
    outer 44 % are never seen, and hands often work there. `?resize=longest` pads the whole frame to a square instead,
    where things are 0.56 times as large; `?resize=squash` squeezes it. Which finds more can only be measured with
    trained weights, and none came with egosearch: so the authors' way is the default, and each way is its own space.

    Args:
        variant: Which model.
        phrasing: How texts are put; `python -m benchmarks prompts` compares some.
    """

    def __init__(self, variant: Variant, phrasing: Phrasing = prompts) -> None:
        self._variant = variant
        self._phrasing = phrasing

    @cached_property
    def _facts(self) -> Facts:
        return find_facts(self._variant)

    @cached_property
    def _network(self) -> Network:
        return Network(self._variant)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model's space. Which prompts stand for a query is not part of it: the rows do not depend on them."""
        return EmbeddingSpace(
            modality=Modality.VISUAL,
            model=self._variant.name,
            weights_digest=self._facts.digest,
            preprocessing=self._facts.preprocessing,
            window_s=1.0,
            hop_s=1.0,
            dim=self._facts.dim,
            layout="dense",
            distance="cosine",
        )

    @cached_property
    def input(self) -> PictureInput:
        """Pictures somewhat larger than the network's."""
        return PictureInput(pixels=round((OVERSAMPLING * self._facts.side_px) ** 2 * WIDE))

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Embed windows; one of several pictures is the mean of their embeddings. Rows are of length 1."""
        counts = [len(clip.pictures) for clip in clips]
        if not counts:
            return DenseRows(np.zeros((0, self.space.dim), np.float32))
        if not all(counts):
            raise ValueError("a visual window without a picture")
        return DenseRows(_means(self._network.pictures([rgb for clip in clips for rgb in clip.pictures]), counts))

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Return one row a text: the mean of the embeddings of its prompts, of length 1."""
        sentences = [self._phrasing(text) for text in texts]
        if not sentences:
            return DenseRows(np.zeros((0, self.space.dim), np.float32))
        embedded = self._network.texts([sentence for several in sentences for sentence in several])
        return DenseRows(_means(embedded, [len(several) for several in sentences]))

    def affinity(self, text: str) -> float:  # noqa: ARG002 - the model takes any text
        """Return 1: how well the space can express a text is not known."""
        return 1.0

    def words(self, row: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:  # noqa: ARG002
        """Return nothing: the dimensions have no names."""
        return []

    def close(self) -> None:
        """Release the network and, on a GPU, its memory."""
        network = self.__dict__.pop("_network", None)
        if network is not None:
            network.close()


def _means(rows: Floats, counts: Sequence[int]) -> Floats:
    """Return the mean of each run of rows, of length 1: shape (len(counts), dim) of (sum(counts), dim)."""
    if all(count == 1 for count in counts):
        return rows
    sums = np.add.reduceat(rows, np.cumsum([0, *counts[:-1]]), axis=0)
    means: Floats = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return means

"""Whisper as an encoder: speech written down, and what was said as sentence embeddings."""

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from indexers.base import SpeechInput
from indexers.embeddings import DenseRows
from indexers.encoders.concepts.text import sentence_encoder
from indexers.encoders.digests import file_digest
from indexers.encoders.runtime import weights_digest
from indexers.encoders.whisper.naming import Variant, find_model
from indexers.encoders.whisper.recogniser import SAMPLE_RATE_HZ, Recogniser
from indexers.encoders.whisper.utterances import LONGEST_S, utterances
from indexers.types import Clip, EmbeddingSpace, Floats, Modality, Utterance
from indexers.wording import is_about_speech, what_is_said

_VERSION = "runs-utterances-minilm-context-1"
"""What is done to sound and text, thresholds included; another way is another space."""
DIM = 384
HOP_S = 0.1
CONTEXT_GAP_S = 5.0
"""The utterances before and after, if they are no further away, say what an utterance is about."""
CONTEXT_SHARE = 1 / 3
"""Of a window's embedding: enough that "and in the third quarter?" is about the projections that were just mentioned,
and what is said itself still ranks first."""
BATCH = 16
"""Texts embedded at a time. All 110 of five minutes at once take 280 MB more, and twice the time."""
UNSURE = 0.6
"""Affinity of a query that does not speak of speaking: whatever people remember may have been said."""


class Whisper:
    """What is said, through any model of Whisper; an utterance is a window.

    What people search for is rarely what was said word for word, so an utterance is found by its meaning: the sentence
    encoder that ships with the package embeds it. Its very words are a space of their own, see `indexers.lexical`.
    """

    def __init__(self, variant: Variant) -> None:
        self._variant = variant

    @cached_property
    def _recogniser(self) -> Recogniser:
        return Recogniser(find_model(self._variant), self._variant.language, self._variant.name)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The model's space: texts depend on its weights, and their embeddings on those of the sentence encoder."""
        heard = file_digest(find_model(self._variant) / "model.bin")
        digests = heard + weights_digest("minilm.onnx", "minilm-tokenizer.json")
        return EmbeddingSpace(
            modality=Modality.SPEECH,
            model=self._variant.name,
            weights_digest=hashlib.blake2b(digests.encode(), digest_size=6).hexdigest(),
            preprocessing=_VERSION,
            window_s=LONGEST_S,
            hop_s=HOP_S,
            dim=DIM,
            layout="dense",
            distance="cosine",
        )

    @property
    def input(self) -> SpeechInput:
        """Sound at Whisper's rate."""
        return SpeechInput(SAMPLE_RATE_HZ)

    def transcribe(self, samples: Floats) -> tuple[Utterance, ...]:
        """Write down what is said in mono sound (shape (t,), at the input's rate), in time order, without overlaps.

        Raises:
            EncoderError: The model is not there, or the packages of the extra `speech` are not.
        """
        runs, language = self._recogniser.hear(samples)
        return tuple(utterance for words in runs for utterance in utterances(words, language))

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Embed utterances: each by itself, and together with those just before and after it among `clips`."""
        if not clips:
            return DenseRows(np.zeros((0, DIM), np.float32))
        own, around = _embedded([clip.text for clip in clips]), _embedded(_in_context(clips))
        return DenseRows(_unit((1 - CONTEXT_SHARE) * own + CONTEXT_SHARE * around))

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Embed queries: as they are, and without words about speaking ("she mentions")."""
        if not texts:
            return DenseRows(np.zeros((0, DIM), np.float32))
        return DenseRows(_unit(_embedded(texts) + _embedded([what_is_said(text) for text in texts])))

    def affinity(self, text: str) -> float:
        """Return 1 where a query speaks of somebody speaking, or quotes."""
        return 1.0 if is_about_speech(text) or any(mark in text for mark in '"“”„«»') else UNSURE

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:  # noqa: ARG002 - the transcript has them
        return []

    def close(self) -> None:
        """Release the model."""
        self.__dict__.pop("_recogniser", None)


def _in_context(clips: Sequence[Clip]) -> list[str]:
    """Return the text of each clip between those of its neighbours in time."""
    texts = []
    for i, clip in enumerate(clips):
        near = [clip.text]
        if i and clip.span.start_s - clips[i - 1].span.end_s <= CONTEXT_GAP_S:
            near.insert(0, clips[i - 1].text)
        if i + 1 < len(clips) and clips[i + 1].span.start_s - clip.span.end_s <= CONTEXT_GAP_S:
            near.append(clips[i + 1].text)
        texts.append(" ".join(near))
    return texts


def _embedded(texts: Sequence[str]) -> Floats:
    """Return shape (n, 384), for at least one text. Texts of like length go together: all are padded to the longest."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    embedded = np.empty((len(texts), DIM), np.float32)
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        embedded[batch] = sentence_encoder().embed([texts[i] for i in batch])
    return embedded


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)

"""Toy encoders that compute something a reader can predict: colours seen, tones heard, tones written down as words.

For tests and examples of the whole path, without networks or weights: with the encoder `toy`, asking for "blue" finds
the seconds that are blue, asking for "a high tone" finds where one is heard, and where tones are heard one after the
other, somebody says "low low high". `toy:crash-on-red` ends its process when it sees red, as a broken
decoder would. `toy:other` has the same words in another order, so that its vectors mean nothing to the others.
"""

import os
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexers.base import Encoder, PictureInput, SoundInput, SpeechInput
from indexers.embeddings import DenseRows, SparseRows
from indexers.errors import EncoderError
from indexers.types import Clip, EmbeddingSpace, Modality, Span, Utterance, Word

Floats = NDArray[np.float32]

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 30, 30),
    "green": (30, 200, 30),
    "blue": (30, 30, 220),
    "yellow": (220, 220, 30),
    "magenta": (220, 30, 220),
    "cyan": (30, 220, 220),
    "white": (230, 230, 230),
    "black": (20, 20, 20),
}
REACH = 120.0
"""A colour further than this from a named one (Euclidean, in RGB) has nothing of it."""

BANDS_HZ: dict[str, float] = {"rumble": 0.0, "low": 150.0, "middle": 350.0, "high": 900.0, "whistle": 2000.0}
"""Tones by name, with the frequency at which each begins."""
SILENCE = "silence"
TONES = (*BANDS_HZ, SILENCE)
SILENT_RMS = 0.005
SAMPLE_RATE_HZ = 8_000
STEP = SAMPLE_RATE_HZ // 10
"""Samples looked at to tell sound from silence: a tenth of a second."""

CRASH_ON_RED = "crash-on-red"
CRASH_STATUS = 66
OTHER = "other"


def load(modality: Modality, variant: str) -> Encoder:
    """Return the toy encoder of a modality."""
    if variant not in ("", CRASH_ON_RED, OTHER):
        raise EncoderError(f"the encoder toy has no variant {variant!r}; it has {CRASH_ON_RED} and {OTHER}")
    if modality is Modality.VISUAL:
        return ToyColours(variant)
    if modality is Modality.AUDIO:
        return ToyTones(variant)
    return ToySpeech(variant)


class ToyColours:
    """A picture a second as eight colour words: 1 for the very colour, less for a similar one. Sparse."""

    input = PictureInput(pixels=1_500)

    def __init__(self, variant: str = "") -> None:
        self._variant = variant
        self._colours = _ordered(tuple(COLOURS), variant)
        self.space = _space(Modality.VISUAL, variant, hop_s=1.0, words=len(COLOURS))

    def encode(self, clips: Sequence[Clip]) -> SparseRows:
        """Describe the mean colour of each window's pictures."""
        rows = np.zeros((len(clips), len(COLOURS)), np.float32)
        palette = np.array([COLOURS[colour] for colour in self._colours], np.float32)
        for row, clip in zip(rows, clips, strict=True):
            mean = np.mean([picture.mean(axis=(0, 1)) for picture in clip.pictures], axis=0)
            row[:] = np.maximum(0, 1 - np.linalg.norm(palette - mean, axis=1) / REACH)
            if self._variant == CRASH_ON_RED and row.any() and self._colours[int(row.argmax())] == "red":
                os._exit(CRASH_STATUS)
        return SparseRows.from_dense(rows, above=0)

    def encode_text(self, texts: Sequence[str]) -> SparseRows:
        """Return the colours that each text names, in equal parts; an empty row where it names none."""
        return SparseRows.from_dense(_named(texts, self._colours), above=0)

    def affinity(self, text: str) -> float:
        return _affinity(text, self._colours)

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:
        return _words(row, limit, self._colours)

    def close(self) -> None:
        """Nothing to release."""


class ToyTones:
    """A second of sound every half second as six words: where its energy is, or silence. Dense, of length 1."""

    input = SoundInput(sample_rate_hz=SAMPLE_RATE_HZ)

    def __init__(self, variant: str = "") -> None:
        self._tones = _ordered(TONES, variant)
        self.space = _space(Modality.AUDIO, variant, hop_s=0.5, words=len(TONES))

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Share out the energy of each window among the tones."""
        rows = np.zeros((len(clips), len(TONES)), np.float32)
        for row, clip in zip(rows, clips, strict=True):
            if clip.samples is None:
                raise ValueError("a window of sound without samples")
            row[:] = _tones(clip.samples)[[TONES.index(tone) for tone in self._tones]]
        return DenseRows(rows)

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Return the tones that each text names, in equal parts; all of them where it names none."""
        rows = _named(texts, self._tones)
        rows[~rows.any(axis=1)] = 1
        return DenseRows((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))

    def affinity(self, text: str) -> float:
        return _affinity(text, TONES)

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:
        return _words(row, limit, self._tones)

    def close(self) -> None:
        """Nothing to release."""


class ToySpeech:
    """Sound written down: a word a second, the name of its tone. A silence ends an utterance. Dense, of length 1."""

    input = SpeechInput(sample_rate_hz=SAMPLE_RATE_HZ)

    def __init__(self, variant: str = "") -> None:
        self.space = _space(Modality.SPEECH, variant, hop_s=0.1, words=len(TONES))

    def transcribe(self, samples: Floats) -> tuple[Utterance, ...]:
        """Name the tone of each second of a run of sound, counted from where the run begins."""
        utterances = []
        for first, last in _runs(samples):
            words = [
                Word(Span(at / SAMPLE_RATE_HZ, min(last, at + SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ), tone, 1.0)
                for at in range(first, last, SAMPLE_RATE_HZ)
                for tone in [TONES[int(_tones(samples[at : min(last, at + SAMPLE_RATE_HZ)]).argmax())]]
            ]
            span = Span(first / SAMPLE_RATE_HZ, last / SAMPLE_RATE_HZ)
            utterances.append(Utterance(span, " ".join(word.text for word in words), tuple(words), "en", 1.0))
        return tuple(utterances)

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        """Return the tones that are named in each utterance, in equal parts."""
        return self.encode_text([clip.text for clip in clips])

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        """Return the tones that each text names, in equal parts; all of them where it names none."""
        return _unit(_named(texts, TONES))

    def affinity(self, text: str) -> float:
        return _affinity(text, TONES)

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:
        return _words(row, limit, TONES)

    def close(self) -> None:
        """Nothing to release."""


def _space(modality: Modality, variant: str, *, hop_s: float, words: int) -> EmbeddingSpace:
    return EmbeddingSpace(
        modality=modality,
        model=f"toy:{variant}" if variant else "toy",
        weights_digest="none",
        preprocessing="toy-1",
        window_s=1.0,
        hop_s=hop_s,
        dim=words,
        layout="sparse" if modality is Modality.VISUAL else "dense",
        distance="dot" if modality is Modality.VISUAL else "cosine",
    )


def _ordered(words: tuple[str, ...], variant: str) -> tuple[str, ...]:
    return words[::-1] if variant == OTHER else words


def _tones(samples: Floats) -> Floats:
    """Return shape (6,), of length 1."""
    shares = np.zeros(len(TONES), np.float64)
    if len(samples) == 0 or np.sqrt(np.mean(np.square(samples))) < SILENT_RMS:
        shares[TONES.index(SILENCE)] = 1
    else:
        power = np.square(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))))
        frequency_hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
        band = np.searchsorted(list(BANDS_HZ.values()), frequency_hz, side="right") - 1
        shares[: len(BANDS_HZ)] = np.bincount(band, weights=power, minlength=len(BANDS_HZ))
    return np.asarray(shares / (np.linalg.norm(shares) or 1), np.float32)


def _runs(samples: Floats) -> list[tuple[int, int]]:
    """Return where there is sound: first sample and the one after the last, in whole steps of `STEP`."""
    steps = [samples[at : at + STEP] for at in range(0, len(samples), STEP)]
    is_heard = np.array([0, *(float(np.sqrt(np.mean(np.square(step)))) >= SILENT_RMS for step in steps), 0])
    starts, ends = np.flatnonzero(np.diff(is_heard) > 0), np.flatnonzero(np.diff(is_heard) < 0)
    bounds = zip((starts * STEP).tolist(), (ends * STEP).tolist(), strict=True)
    return [(first, min(last, len(samples))) for first, last in bounds]


def _unit(rows: Floats) -> DenseRows:
    """Return rows of length 1; one without anything in it has something of everything."""
    rows[~rows.any(axis=1)] = 1
    return DenseRows((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


def _said(text: str, words: tuple[str, ...]) -> list[int]:
    said = set(re.findall(r"[a-z]+", text.lower()))
    return [i for i, word in enumerate(words) if word in said]


def _named(texts: Sequence[str], words: tuple[str, ...]) -> Floats:
    """Return shape (q, words), each row summing to 1 or to 0."""
    rows = np.zeros((len(texts), len(words)), np.float32)
    for row, text in zip(rows, texts, strict=True):
        said = _said(text, words)
        row[said] = 1 / max(1, len(said))
    return rows


def _affinity(text: str, words: tuple[str, ...]) -> float:
    return 1.0 if _said(text, words) else 0.2


def _words(row: Floats, limit: int, words: tuple[str, ...]) -> list[tuple[str, float]]:
    strongest = np.argsort(-row, kind="stable")[:limit]
    return [(words[i], float(row[i])) for i in strongest if row[i] > 0]

"""One transcriber at work on one slice: what is said in it, as text and as embeddings in two spaces.

What is said is kept by its meaning, in the transcriber's own space, and by its words (`indexers.lexical`).

Speech runs over the borders of slices. So a border that is between two slices moves, for speech, into the quietest half
second of the `REACH_S` seconds after it. Both slices hear those seconds and find the same place, whichever is done
first: nothing is lost or said twice. An utterance may thus belong to the slice before the one in which it starts. What
it costs: where somebody speaks through all of `REACH_S` without a pause, a word is cut; where a decoder gives other
samples when it starts elsewhere (noise substitution in AAC), the two may choose differently, and what lies between is
lost or doubled.
"""

import math
from dataclasses import replace
from typing import TypeGuard

import numpy as np

from indexers.base import Encoder, SpeechInput, Transcriber
from indexers.lexical import lexical_space, term_weights
from indexers.quality import LEVEL_HOP_S, noise_floor, sound_levels, window_sound_quality
from indexers.types import Clip, EmbeddingBatch, Floats, Slice, Span, Utterance, WindowQuality, Word

REACH_S = 20.0
"""How far after a border a pause is looked for. It costs a fifteenth more sound to decode."""
SHARE = 0.1
"""Of the length of the slices, what is looked at where they are shorter: a last slice is never shorter than that."""
PAUSE_S = 0.5
"""Longer than the gaps between words, and there is one in nearly any 20 seconds."""
LEVEL_STEP_DB = 1.0
"""Pauses are compared in whole steps, so that decoders that differ in the last digits choose the same one."""
_ROUNDING = 1e-6


def is_transcriber(encoder: Encoder) -> TypeGuard[Transcriber]:
    """Whether an encoder takes speech."""
    return isinstance(encoder.input, SpeechInput)


class Listening:
    """Transcribe a slice and embed its utterances.

    Args:
        encoder: What writes down and embeds.
        slice_: Whose speech.
    """

    def __init__(self, encoder: Transcriber, slice_: Slice) -> None:
        wanted = encoder.input
        assert isinstance(wanted, SpeechInput)  # noqa: S101 - for the type checker: it is a transcriber
        self._encoder = encoder
        self._slice = slice_
        self.rate_hz = wanted.sample_rate_hz
        self.reach_s = 0.0 if _is_last(slice_) else _reach_s(slice_.end_s, slice_.index + 1)
        """How much sound after the slice's end is needed."""

    def embed(self, samples: Floats, levels_db: Floats) -> tuple[EmbeddingBatch, EmbeddingBatch]:
        """Write down what is said, and embed it by its meaning and by its words: the same windows, one an utterance.

        Args:
            samples: Shape (t,), from the slice's start to `reach_s` after its end, or to the end of the sound.
            levels_db: Shape (h,), the sound's level from the slice's start on, see `quality.sound_levels`.
        """
        slice_, hop_s = self._slice, self._encoder.space.hop_s
        first_s = slice_.start_s
        if slice_.index:
            first_s = self._moved(slice_.start_s, _reach_s(slice_.start_s, slice_.index), samples)
        last_s = slice_.start_s + len(samples) / self.rate_hz
        if self.reach_s and last_s > slice_.end_s:
            last_s = min(last_s, self._moved(slice_.end_s, self.reach_s, samples[self._sample(slice_.end_s) :]))
        own = samples[self._sample(first_s) : self._sample(last_s)]
        written = self._encoder.transcribe(own) if len(own) else ()
        spoken = [_shifted(utterance, first_s, last_s) for utterance in written]
        utterances = _distinct([utterance for utterance in spoken if utterance.text], hop_s)
        return self._batches(utterances, levels_db)

    def _sample(self, time_s: float) -> int:
        return round((time_s - self._slice.start_s) * self.rate_hz)

    def _moved(self, border_s: float, reach_s: float, after: Floats) -> float:
        """Return where a border is for speech, given the sound after it: a whole number of hops."""
        hop_s = self._encoder.space.hop_s
        pause_s = quietest(after[: round(reach_s * self.rate_hz)], self.rate_hz)
        return max(border_s, math.ceil((border_s + pause_s) / hop_s - _ROUNDING) * hop_s)

    def _batches(self, utterances: tuple[Utterance, ...], levels_db: Floats) -> tuple[EmbeddingBatch, EmbeddingBatch]:
        slice_, space = self._slice, self._encoder.space
        starts_s = np.array([utterance.span.start_s for utterance in utterances], np.float64)
        ends_s = np.array([utterance.span.end_s for utterance in utterances], np.float64)
        index = np.array([_window(start_s, space.hop_s) for start_s in starts_s], np.int64)
        loudness, snr = window_sound_quality(
            levels_db, noise_floor(levels_db), starts_s - slice_.start_s, ends_s - slice_.start_s
        )
        unknown = np.full(len(index), np.nan, np.float32)
        quality = WindowQuality(loudness, snr, unknown, unknown)
        meaning = self._encoder.encode([Clip(one.span, text=one.text) for one in utterances])
        words = term_weights([one.text for one in utterances])
        recording_id = slice_.recording.recording_id
        return (
            EmbeddingBatch(recording_id, space, index, starts_s, ends_s, meaning, quality, utterances),
            EmbeddingBatch(recording_id, lexical_space(space), index, starts_s, ends_s, words, quality),
        )


def quietest(samples: Floats, rate_hz: int) -> float:
    """Return the middle of the quietest `PAUSE_S` of some sound, the first of several, in seconds; 0 for less sound."""
    levels_db = sound_levels(samples, rate_hz)
    hops = round(PAUSE_S / LEVEL_HOP_S)
    if len(levels_db) < hops:
        return 0.0
    power = np.concatenate([[0.0], np.cumsum(np.power(10.0, levels_db.astype(np.float64) / 10))])
    pauses = np.round(10 * np.log10((power[hops:] - power[:-hops]) / hops + 1e-12) / LEVEL_STEP_DB)
    return int(np.argmin(pauses)) * LEVEL_HOP_S + PAUSE_S / 2


def _is_last(slice_: Slice) -> bool:
    return slice_.end_s >= slice_.recording.duration_s - _ROUNDING


def _reach_s(border_s: float, number: int) -> float:
    """Return how far after the border before slice `number` a pause is looked for: both its slices say the same."""
    return min(REACH_S, border_s / number * SHARE)


def _shifted(utterance: Utterance, by_s: float, until_s: float) -> Utterance:
    """Return an utterance so much later, and none of it after `until_s`."""

    def shifted(span: Span) -> Span:
        return Span(min(until_s, span.start_s + by_s), min(until_s, span.end_s + by_s))

    words = tuple(replace(word, span=shifted(word.span)) for word in utterance.words)
    return replace(utterance, span=shifted(utterance.span), text=utterance.text.strip(), words=words)


def _window(start_s: float, hop_s: float) -> int:
    return int(start_s / hop_s + _ROUNDING)


def _distinct(utterances: list[Utterance], hop_s: float) -> tuple[Utterance, ...]:
    """Join utterances that start within one hop: a window's number is all that tells its vector apart."""
    kept: list[Utterance] = []
    for one in utterances:
        if kept and _window(kept[-1].span.start_s, hop_s) == _window(one.span.start_s, hop_s):
            kept.append(_joined(kept.pop(), one))
        else:
            kept.append(one)
    return tuple(kept)


def _joined(one: Utterance, other: Utterance) -> Utterance:
    words: tuple[Word, ...] = (*one.words, *other.words) if one.words and other.words else ()
    return Utterance(
        Span(one.span.start_s, max(one.span.end_s, other.span.end_s)),
        f"{one.text} {other.text}",
        words,
        one.language,
        min(one.confidence, other.confidence),
    )

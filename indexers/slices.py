"""The unit of indexing work: `index_slice` turns a slice of a recording into embeddings.

A pure function of picklable values: it runs in this process, in a pool, or on a cluster alike, and writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexers.base import Encoder, PictureInput, SoundInput
from indexers.embeddings import Embeddings, concatenate
from indexers.encoders import load_encoder
from indexers.media import decode
from indexers.media.stats import DecodeStats
from indexers.quality import LEVEL_HOP_S, noise_floor, sound_levels, window_sound_quality
from indexers.seeing import Seeing
from indexers.types import (
    Clip,
    EmbeddingBatch,
    Floats,
    Modality,
    Picture,
    Slice,
    SoundBlock,
    Span,
    Utterance,
    WindowQuality,
)
from indexers.windows import window_indices

Seconds = NDArray[np.float64]

LEVEL_RATE_HZ = 16_000
"""Sound levels are measured at this rate whatever the encoders want, so that they compare between libraries."""
_BATCH = 32
"""Windows of sound encoded at a time: the tagger is fastest from 16 to 32."""


@dataclass(frozen=True)
class EncoderChoice:
    """An encoder by name, for one modality."""

    modality: Modality
    name: str

    def load(self) -> Encoder:
        """Return this process's instance."""
        return load_encoder(self.name, self.modality)


@dataclass(frozen=True)
class Plan:
    """What is made of every slice."""

    encoders: tuple[EncoderChoice, ...]


@dataclass(frozen=True, eq=False)
class SliceResult:
    """What a slice gave."""

    slice: Slice
    batches: tuple[EmbeddingBatch, ...]
    """One per encoder whose stream the recording has."""
    levels_db: Floats
    """Shape (h,): the sound's level every 20 ms from the slice's start, in dBFS; empty without sound."""
    stats: DecodeStats = field(default_factory=DecodeStats)
    utterances: tuple[Utterance, ...] = ()
    """What is said in it, if there is an encoder of speech; times count from the recording's start."""


def index_slice(slice_: Slice, plan: Plan) -> SliceResult:
    """Decode a slice once and embed its windows with every encoder of the plan.

    Raises:
        MediaError: The slice cannot be decoded.
        EncoderError: An encoder cannot be loaded.
    """
    encoders = [choice.load() for choice in plan.encoders]
    hearing = [_Hearing(one, one.input, slice_) for one in encoders if isinstance(one.input, SoundInput)]
    seeing = [Seeing(one, one.input, slice_) for one in encoders if isinstance(one.input, PictureInput)]
    has_sound, has_pictures = slice_.recording.audio is not None, slice_.recording.video is not None
    rates_hz = {LEVEL_RATE_HZ, *(ear.rate_hz for ear in hearing)} if has_sound else set()
    sound: dict[int, list[Floats]] = {rate_hz: [] for rate_hz in rates_hz}
    stats = DecodeStats()

    def can_bridge(earlier: Picture, later: Picture) -> bool:
        """One picture is decoded for all encoders, so all have to agree."""
        if not all(eye.is_alike(earlier, later) for eye in seeing):
            return False
        for eye in seeing:
            eye.bridge(earlier, later)
        return True

    for piece in decode(
        slice_,
        sample_rates_hz=sorted(rates_hz),
        picture_hop_s=min((eye.hop_s for eye in seeing), default=None) if has_pictures else None,
        short_side_px=max((eye.short_side_px for eye in seeing), default=1),
        extra_sound_s=max((ear.reach_s for ear in hearing), default=0.0),
        can_bridge=can_bridge,
        stats=stats,
    ):
        if isinstance(piece, SoundBlock):
            sound[piece.sample_rate_hz].append(piece.samples)
        else:
            for eye in seeing:
                eye.take(piece)
    samples = {rate_hz: np.concatenate([np.zeros(0, np.float32), *blocks]) for rate_hz, blocks in sound.items()}
    levels = np.zeros(0, np.float32)
    batches = []
    if has_sound:
        all_levels = sound_levels(samples[LEVEL_RATE_HZ], LEVEL_RATE_HZ)
        levels = all_levels[: round((slice_.end_s - slice_.start_s) / LEVEL_HOP_S)]
        batches += [ear.embed(samples[ear.rate_hz], all_levels) for ear in hearing]
    if has_pictures:
        batches += [eye.finish() for eye in seeing]
    return SliceResult(slice_, tuple(batches), levels, stats)


class _Hearing:
    """One encoder of sound at work on one slice."""

    def __init__(self, encoder: Encoder, wanted: SoundInput, slice_: Slice) -> None:
        self._encoder = encoder
        self._slice = slice_
        self.rate_hz = wanted.sample_rate_hz
        self.reach_s = encoder.space.window_s

    def embed(self, samples: Floats, levels_db: Floats) -> EmbeddingBatch:
        """Embed the windows that start in the slice; `samples` and `levels_db` begin at its start."""
        space, slice_ = self._encoder.space, self._slice
        until_s = slice_.start_s + len(samples) / self.rate_hz
        index = window_indices(
            slice_.start_s, slice_.end_s, hop_s=space.hop_s, window_s=space.window_s, until_s=until_s
        )
        starts_s = np.asarray(index * space.hop_s, np.float64)
        ends_s = np.asarray(np.minimum(starts_s + space.window_s, until_s), np.float64)
        rows = [self._encoder.encode(list(clips)) for clips in _batched(self._clips(samples, starts_s, ends_s))]
        loudness, snr = window_sound_quality(
            levels_db, noise_floor(levels_db), starts_s - slice_.start_s, ends_s - slice_.start_s
        )
        unknown = np.full(len(index), np.nan, np.float32)
        quality = WindowQuality(loudness, snr, unknown, unknown)
        return EmbeddingBatch(
            slice_.recording.recording_id, space, index, starts_s, ends_s, _join(rows, self._encoder), quality
        )

    def _clips(self, samples: Floats, starts_s: Seconds, ends_s: Seconds) -> Iterator[Clip]:
        for start_s, end_s in zip(starts_s, ends_s, strict=True):
            first = round((start_s - self._slice.start_s) * self.rate_hz)
            length = round(self._encoder.space.window_s * self.rate_hz)
            yield Clip(Span(float(start_s), float(end_s)), samples=samples[first : first + length])


def _batched(clips: Iterator[Clip]) -> Iterator[list[Clip]]:
    batch: list[Clip] = []
    for clip in clips:
        batch.append(clip)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _join(rows: list[Embeddings], encoder: Encoder) -> Embeddings:
    """Join encoded batches; a slice without a single window is joined of one empty batch."""
    return concatenate(rows or [encoder.encode([])], encoder.space.dim)

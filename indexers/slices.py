"""The unit of indexing work: `index_slice` turns a slice of a recording into embeddings.

A pure function of picklable values: it runs in this process, in a pool, or on a cluster alike, and writes nothing.
"""

import math
from collections.abc import Iterator, Sequence
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
from indexers.speech import Listening, is_transcriber
from indexers.types import (
    Clip,
    EmbeddingBatch,
    Floats,
    Modality,
    Picture,
    Slice,
    SoundBlock,
    Span,
    WindowQuality,
)
from indexers.watching import Watching, reaching
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
    """One per encoder whose stream the recording has; of speech two, by its meaning and by its words."""
    levels_db: Floats
    """Shape (h,): the sound's level every 20 ms from the slice's start, in dBFS; empty without sound."""
    stats: DecodeStats = field(default_factory=DecodeStats)


def index_slice(slice_: Slice, plan: Plan, stats: DecodeStats | None = None) -> SliceResult:
    """Decode a slice and embed its windows with every encoder of the plan.

    Sound and pictures are decoded in one pass, once for all encoders. One that wants several pictures a window has a
    pass of its own, so that the others are shown what they would be without it.

    Args:
        slice_: What to decode.
        plan: What to make of it.
        stats: Counts while it is decoded, for whoever watches; None for an object of the result's own.

    Raises:
        MediaError: The slice cannot be decoded.
        EncoderError: An encoder cannot be loaded.
    """
    encoders = [choice.load() for choice in plan.encoders]
    hearing = [_Hearing(one, one.input, slice_) for one in encoders if isinstance(one.input, SoundInput)]
    eyes = [
        (Seeing if one.input.frames == 1 else Watching)(one, one.input, slice_)
        for one in encoders
        if isinstance(one.input, PictureInput)
    ]
    seeing = [eye for eye in eyes if isinstance(eye, Seeing)]
    listening = [Listening(one, slice_) for one in encoders if is_transcriber(one)]
    ears: list[_Hearing | Listening] = [*hearing, *listening]
    has_sound, has_pictures = slice_.recording.audio is not None, slice_.recording.video is not None
    rates_hz = {LEVEL_RATE_HZ, *(ear.rate_hz for ear in ears)} if has_sound else set()
    extra_sound_s = max((ear.reach_s for ear in ears), default=0.0)
    sound = {rate_hz: _Gathered(slice_.end_s - slice_.start_s + extra_sound_s, rate_hz) for rate_hz in rates_hz}
    stats = DecodeStats() if stats is None else stats

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
        extra_sound_s=extra_sound_s,
        can_bridge=can_bridge,
        stats=stats,
    ):
        if isinstance(piece, SoundBlock):
            sound[piece.sample_rate_hz].add(piece.samples)
        else:
            for eye in seeing:
                eye.take(piece)
    samples = {rate_hz: gathered.samples for rate_hz, gathered in sound.items()}
    levels = np.zeros(0, np.float32)
    batches: list[EmbeddingBatch] = []
    if has_sound:
        all_levels = sound_levels(samples[LEVEL_RATE_HZ], LEVEL_RATE_HZ)
        length_s = slice_.end_s - slice_.start_s
        levels = all_levels[: round(length_s / LEVEL_HOP_S)]
        for ear in hearing:
            # Not all there is: what a window of sound gives must not depend on whether speech is listened to.
            until_s = length_s + ear.reach_s
            near = all_levels[: math.ceil(until_s / LEVEL_HOP_S)]
            batches.append(ear.embed(samples[ear.rate_hz][: round(until_s * ear.rate_hz)], near))
        for one in listening:
            batches += one.embed(samples[one.rate_hz], all_levels)
    if has_pictures:
        _watch(slice_, [eye for eye in eyes if isinstance(eye, Watching)], stats)
        batches += [eye.finish() for eye in eyes]
    return SliceResult(slice_, tuple(batches), levels, stats)


def _watch(slice_: Slice, watching: Sequence[Watching], stats: DecodeStats) -> None:
    """Show the slice's pictures to encoders that want several a window; those that want the same share a pass."""
    for spacing_s, short_side_px in sorted({(eye.spacing_s, eye.short_side_px) for eye in watching}):
        alike = [eye for eye in watching if (eye.spacing_s, eye.short_side_px) == (spacing_s, short_side_px)]
        for piece in decode(
            reaching(slice_, max(eye.reach_s for eye in alike)),
            sample_rates_hz=(),
            picture_hop_s=spacing_s,
            short_side_px=short_side_px,
            extra_sound_s=0.0,
            stats=stats,
        ):
            if isinstance(piece, Picture):
                for eye in alike:
                    eye.take(piece)


class _Gathered:
    """The sound of a slice at one rate, each block put in its place as it comes: five minutes held twice are 38 MB."""

    def __init__(self, most_s: float, rate_hz: int) -> None:
        self._all = np.empty(math.ceil(most_s * rate_hz) + 1, np.float32)  # pages that stay empty take no memory
        self._count = 0

    def add(self, samples: Floats) -> None:
        """Add what follows."""
        self._all[self._count : self._count + len(samples)] = samples
        self._count += len(samples)

    @property
    def samples(self) -> Floats:
        """What there is so far, shape (t,)."""
        return self._all[: self._count]


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

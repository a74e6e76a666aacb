"""What a live source shows, as embeddings: each window as soon as it is complete.

The windows are those that indexing the part afterwards makes, but for two things: a window of pictures has the first
frame of it that can be had instead of the one nearest to its middle, and how far a sound stands out is measured against
what was heard before it alone. Speech is left to that indexing, since a recogniser wants whole sentences, and so are
encoders that want several pictures a window.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexers.base import Encoder, PictureInput, SoundInput
from indexers.media.planning import window_at
from indexers.quality import LEVEL_HOP_S, noise_floor, picture_quality, sound_levels, window_sound_quality
from indexers.slices import LEVEL_RATE_HZ
from indexers.types import Clip, EmbeddingBatch, Floats, Picture, SoundBlock, Span, WindowQuality

FLOOR_S = 60.0
"""The background of a sound is what was heard for so long before it."""


@dataclass(frozen=True, eq=False)
class LiveWindows:
    """What is new."""

    batches: tuple[EmbeddingBatch, ...]
    levels_db: Floats
    """The sound's level every 20 ms, in dBFS, from where the last ones ended."""
    until_s: float
    """What was seen and heard reaches so far."""


class LiveEncoding:
    """Encodes one part of a live recording. Encoders of speech, and of several pictures a window, are passed over."""

    def __init__(self, recording_id: str, encoders: Sequence[Encoder], *, has_sound: bool) -> None:
        """Begin a part."""
        self._hearing = [
            _LiveHearing(recording_id, one, one.input)
            for one in encoders
            if has_sound and isinstance(one.input, SoundInput)
        ]
        self._seeing = [_LiveSeeing(recording_id, one) for one in encoders if _wants_pictures(one)]
        self._levels = _LiveLevels()

    def take(self, piece: SoundBlock | Picture) -> LiveWindows | None:
        """Take the next piece; return what it completes, or None."""
        if isinstance(piece, Picture):
            batches = [batch for eye in self._seeing if (batch := eye.take(piece)) is not None]
            return LiveWindows(tuple(batches), np.zeros(0, np.float32), piece.time_s) if batches else None
        levels = self._levels.take(piece.samples) if piece.sample_rate_hz == LEVEL_RATE_HZ else np.zeros(0, np.float32)
        heard = [
            batch
            for ear in self._hearing
            if ear.rate_hz == piece.sample_rate_hz and (batch := ear.take(piece, self._levels)) is not None
        ]
        if not heard and not len(levels):
            return None
        return LiveWindows(tuple(heard), levels, piece.start_s + len(piece.samples) / piece.sample_rate_hz)


def _wants_pictures(encoder: Encoder) -> bool:
    return isinstance(encoder.input, PictureInput) and encoder.input.frames == 1


def rates_hz(encoders: Sequence[Encoder]) -> list[int]:
    """Return the rates at which encoders want a live source's sound; the one for its level comes first."""
    wanted = {one.input.sample_rate_hz for one in encoders if isinstance(one.input, SoundInput)}
    return [LEVEL_RATE_HZ, *sorted(wanted - {LEVEL_RATE_HZ})] if wanted else []


def picture_hop_s(encoders: Sequence[Encoder]) -> float | None:
    """Return how often encoders want a picture; None where none does."""
    return min((one.space.hop_s for one in encoders if _wants_pictures(one)), default=None)


def short_side_px(encoders: Sequence[Encoder], width_px: int, height_px: int) -> int:
    """Return the short side that pictures are to be scaled down to."""
    inputs = [one.input for one in encoders if isinstance(one.input, PictureInput) and one.input.frames == 1]
    return max((one.short_side_px(width_px, height_px) for one in inputs), default=1)


class _LiveLevels:
    """The level of the sound, over its last minute."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._kept = np.zeros(0, np.float32)
        self._first = 0
        """The number of the first level kept."""

    def take(self, samples: Floats) -> Floats:
        hop = round(LEVEL_HOP_S * LEVEL_RATE_HZ)
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // hop * hop
        self._rest = samples[whole:]
        levels = sound_levels(samples[:whole], LEVEL_RATE_HZ)
        kept = np.concatenate([self._kept, levels])
        dropped = max(0, len(kept) - round(FLOOR_S / LEVEL_HOP_S))
        self._kept, self._first = kept[dropped:], self._first + dropped
        return levels

    def quality(self, starts_s: "np.ndarray[tuple[int], np.dtype[np.float64]]", window_s: float) -> WindowQuality:
        """Return the quality of windows that end about now."""
        after_s = starts_s - self._first * LEVEL_HOP_S
        floor = noise_floor(self._kept)
        loudness, snr = window_sound_quality(self._kept, floor, after_s, after_s + window_s)
        unknown = np.full(len(starts_s), np.nan, np.float32)
        return WindowQuality(loudness, snr, unknown, unknown)


class _LiveHearing:
    """One encoder of sound."""

    def __init__(self, recording_id: str, encoder: Encoder, wanted: SoundInput) -> None:
        self._recording_id = recording_id
        self._encoder = encoder
        self.rate_hz = wanted.sample_rate_hz
        self._samples = np.zeros(0, np.float32)
        self._first = 0
        """The number of the first sample that is kept."""
        self._next = 0
        """The window that comes next."""

    def take(self, block: SoundBlock, levels: _LiveLevels) -> EmbeddingBatch | None:
        space, rate_hz = self._encoder.space, self.rate_hz
        self._samples = np.concatenate([self._samples, block.samples])
        length = round(space.window_s * rate_hz)
        clips = []
        first = self._next
        while (at := round(self._next * space.hop_s * rate_hz) - self._first) + length <= len(self._samples):
            start_s = self._next * space.hop_s
            clips.append(Clip(Span(start_s, start_s + space.window_s), samples=self._samples[at : at + length]))
            self._next += 1
        if not clips:
            return None
        index = np.arange(first, self._next, dtype=np.int64)
        starts_s = np.asarray(index * space.hop_s, np.float64)
        rows = self._encoder.encode(clips)
        done = round(self._next * space.hop_s * rate_hz) - self._first
        self._samples, self._first = self._samples[max(0, done) :], self._first + max(0, done)
        quality = levels.quality(starts_s, space.window_s)
        return EmbeddingBatch(self._recording_id, space, index, starts_s, starts_s + space.window_s, rows, quality)


class _LiveSeeing:
    """One encoder of pictures."""

    def __init__(self, recording_id: str, encoder: Encoder) -> None:
        self._recording_id = recording_id
        self._encoder = encoder
        self._last = -1

    def take(self, picture: Picture) -> EmbeddingBatch | None:
        space = self._encoder.space
        window = window_at(picture.time_s, space.hop_s)
        if window <= self._last:
            return None
        self._last = window
        start_s = window * space.hop_s
        rows = self._encoder.encode([Clip(Span(start_s, start_s + space.window_s), pictures=(picture.rgb,))])
        sharpness, exposure = (np.array([one], np.float32) for one in picture_quality(picture.rgb))
        unknown = np.full(1, np.nan, np.float32)
        times_s = np.array([start_s], np.float64)
        return EmbeddingBatch(
            self._recording_id,
            space,
            np.array([window], np.int64),
            times_s,
            times_s + space.window_s,
            rows,
            WindowQuality(unknown, unknown, sharpness, exposure),
        )

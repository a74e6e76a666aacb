"""Decode the sound of a slice to mono, at every rate asked for, sample k of a rate r being at k / r seconds.

Everything is mixed to mono floats at the rate of the stream, laid on that rate's own grid (`timeline.Timeline`), and
only then resampled, from a point where the grids meet: so a slice gives the same samples as the whole. In containers
whose clock is coarser than a sample (Matroska and WebM count milliseconds) a slice may be off by half a tick.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from indexers.media.bounds import is_plausible_sound
from indexers.media.container import Media
from indexers.media.mixing import Mixer
from indexers.media.stats import DecodeStats
from indexers.media.timeline import BLOCK_S, Resampler, Timeline
from indexers.types import Floats, Slice, SoundBlock

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet

WARM_UP_S = 0.5
"""Decoded before a slice and dropped: MP3 refers up to 9 frames back (0.25 s), Opus asks for 0.08 s."""

SETTLE_S = 0.1
"""Needed on either side of a slice by the resampling filter, which reaches some 30 samples."""

FAR_S = 60.0
"""Where the first sound is so long after a slice, nothing was recorded in it, and there is no silence to index: times
that jump would make days of it."""


class SoundDecoder:
    """Take the sound packets of a slice in file order and return its blocks of samples.

    Args:
        media: The open file.
        stream: Its sound.
        slice_: Sound is wanted from its start.
        rates_hz: Rates to deliver, each once.
        extra_s: Sound is wanted until so long after the slice's end.
        stats: Counts are added to it.
        block_s: About so much sound is in a block.
    """

    def __init__(
        self,
        media: Media,
        stream: "AudioStream",
        slice_: Slice,
        *,
        rates_hz: Sequence[int],
        extra_s: float,
        stats: DecodeStats,
        block_s: float = BLOCK_S,
    ) -> None:
        self._media = media
        self._block_s = block_s
        self._stream = stream
        self._start_s = slice_.start_s
        self._duration_s = slice_.recording.duration_s
        audio = slice_.recording.audio
        # The decoder may return a little more than the container declares: the padding of the last packet.
        sound_end_s = math.inf if audio is None else audio.start_s + audio.duration_s
        self._end_s = min(slice_.end_s + extra_s, sound_end_s)
        self._rates_hz = rates_hz
        self._stats = stats
        self._rate_hz = 0
        self._timeline: Timeline | None = None
        self._resamplers: list[Resampler] = []
        self._pending: list[Floats] = []
        self._pending_count = 0
        self._mixer: Mixer | None = None
        self._is_finished = False
        if not stream.codec_context.is_open:  # as it is from the second part of a live source on
            stream.codec_context.thread_count = 1

    @property
    def is_done(self) -> bool:
        return self._is_finished or (self._timeline is not None and self._timeline.is_full)

    def take(self, packet: "Packet[Any]") -> list[SoundBlock]:
        """Take the next packet; return the blocks, of about a second, that it fills."""
        time_s = self._media.time_of(self._stream, packet, self._duration_s)
        if time_s is not None and time_s < self._start_s - WARM_UP_S:
            return []
        return [block for frame in self._decoded(packet) for block in self._laid(frame)]

    def finish(self) -> list[SoundBlock]:
        """Return what is left once the file has ended or the slice is full."""
        if self._is_finished:
            return []
        self._is_finished = True
        blocks = [block for frame in self._decoded(None) for block in self._laid(frame)]
        blocks += self._resampled()
        return blocks + [block for resampler in self._resamplers for block in resampler.finish()]

    def _decoded(self, packet: "Packet[Any] | None") -> "list[AudioFrame]":
        import av.error

        try:
            self._stats.decoded_packets += packet is not None
            return self._stream.codec_context.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._stats.skipped_packets += 1
            return []

    def _laid(self, frame: "AudioFrame") -> Iterator[SoundBlock]:
        import av.error

        if not is_plausible_sound(frame.sample_rate, frame.layout.nb_channels):
            self._stats.skipped_packets += 1
            return
        time_s = self._media.time_of(self._stream, frame, self._duration_s)
        if self._timeline is None or self._mixer is None:
            if time_s is not None and time_s > self._end_s + FAR_S:
                self._is_finished = True
                return
            self._begin(frame.sample_rate)
        assert self._timeline is not None and self._mixer is not None  # noqa: S101, PT018 - for the type checker
        try:
            mixed = self._mixer.mix(frame)
        except av.error.FFmpegError:
            self._stats.skipped_packets += 1
            return
        for samples in self._timeline.place(time_s, mixed):
            self._pending.append(samples)
            self._pending_count += len(samples)
            if self._pending_count >= self._block_s * self._rate_hz:
                yield from self._resampled()

    def _begin(self, rate_hz: int) -> None:
        """Lay out the grids, now that the decoder has told its rate: HE-AAC doubles what the header says."""
        self._rate_hz = rate_hz
        self._mixer = Mixer(rate_hz)
        step = math.lcm(*(rate_hz // math.gcd(rate_hz, rate) for rate in self._rates_hz))
        first = max(0, math.floor((self._start_s - 2 * SETTLE_S) * rate_hz / step)) * step
        self._timeline = Timeline(first, math.ceil((self._end_s + SETTLE_S) * rate_hz), rate_hz)
        self._resamplers = [Resampler(first, rate_hz, rate, self._start_s, self._end_s) for rate in self._rates_hz]

    def _resampled(self) -> Iterator[SoundBlock]:
        if self._pending:
            samples = np.concatenate(self._pending)
            self._pending, self._pending_count = [], 0
            for resampler in self._resamplers:
                yield from resampler.take(samples)

"""Decode the sound of a slice to mono, at every rate asked for, sample k of a rate r being at k / r seconds.

Everything is mixed to mono floats at the rate of the stream, laid on that rate's own grid (`timeline.Timeline`), and
only then resampled, from a point where the grids meet: so a slice gives the same samples as the whole. In containers
whose clock is coarser than a sample (Matroska and WebM count milliseconds) a slice may be off by half a tick.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from indexers.media.container import Media
from indexers.media.stats import DecodeStats
from indexers.media.timeline import BLOCK_S, Resampler, Timeline
from indexers.types import Floats, Slice, SoundBlock

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.packet import Packet

WARM_UP_S = 0.5
"""Decoded before a slice and dropped: MP3 refers up to 9 frames back (0.25 s), Opus asks for 0.08 s."""

SETTLE_S = 0.1
"""Needed on either side of a slice by the resampling filter, which reaches some 30 samples."""


class SoundDecoder:
    """Take the sound packets of a slice in file order and yield its blocks of samples.

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
        self._mixer: AudioResampler | None = None
        self._mixer_input: tuple[str, str, int] | None = None
        self._mixer_gain = np.float32(1.0)
        self._is_finished = False
        if not stream.codec_context.is_open:  # as it is from the second part of a live source on
            stream.codec_context.thread_count = 1

    @property
    def is_done(self) -> bool:
        return self._is_finished or (self._timeline is not None and self._timeline.is_full)

    def take(self, packet: "Packet[Any]") -> Iterator[SoundBlock]:
        """Take the next packet; yield blocks of about a second as they fill."""
        time_s = self._media.time_of(self._stream, packet, self._duration_s)
        if time_s is not None and time_s < self._start_s - WARM_UP_S:
            return
        with self._stats.timed("sound"):
            blocks = [block for frame in self._decoded(packet) for block in self._laid(frame)]
        yield from blocks

    def finish(self) -> Iterator[SoundBlock]:
        """Yield what is left once the file has ended or the slice is full."""
        if self._is_finished:
            return
        self._is_finished = True
        with self._stats.timed("sound"):
            blocks = [block for frame in self._decoded(None) for block in self._laid(frame)]
            blocks += self._resampled()
            blocks += [block for resampler in self._resamplers for block in resampler.finish()]
        yield from blocks

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
        if self._timeline is None:
            self._begin(frame.sample_rate)
        assert self._timeline is not None  # noqa: S101 - for the type checker: _begin has set it
        time_s = self._media.time_of(self._stream, frame, self._duration_s)
        for samples in self._timeline.place(time_s, self._mixed(frame)):
            self._pending.append(samples)
            self._pending_count += len(samples)
            if self._pending_count >= self._block_s * self._rate_hz:
                yield from self._resampled()

    def _begin(self, rate_hz: int) -> None:
        """Lay out the grids, now that the decoder has told its rate: HE-AAC doubles what the header says."""
        self._rate_hz = rate_hz
        step = math.lcm(*(rate_hz // math.gcd(rate_hz, rate) for rate in self._rates_hz))
        first = max(0, math.floor((self._start_s - 2 * SETTLE_S) * rate_hz / step)) * step
        self._timeline = Timeline(first, math.ceil((self._end_s + SETTLE_S) * rate_hz), rate_hz)
        self._resamplers = [Resampler(first, rate_hz, rate, self._start_s, self._end_s) for rate in self._rates_hz]

    def _mixed(self, frame: "AudioFrame") -> Floats:
        """Mix to mono in libswresample: taking planes of eight channels out of a frame ends the process (PyAV 18)."""
        from av.audio.resampler import AudioResampler

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._mixer is None or kind != self._mixer_input:
            self._mixer = AudioResampler("flt", "mono", self._rate_hz)
            self._mixer_input = kind
            self._mixer_gain = mixing_gain(frame.layout.name)
        if is_plain(frame) and frame.sample_rate == self._rate_hz:
            return np.asarray(frame.to_ndarray()[0], np.float32)
        frame.pts = None  # its place is known; a clock that jumps must not make the filter invent samples
        mixed = [out.to_ndarray()[0] for out in self._mixer.resample(frame)]
        return np.asarray(np.concatenate(mixed) / self._mixer_gain if mixed else [], np.float32)

    def _resampled(self) -> Iterator[SoundBlock]:
        if self._pending:
            samples = np.concatenate(self._pending)
            self._pending, self._pending_count = [], 0
            for resampler in self._resamplers:
                yield from resampler.take(samples)


def is_plain(frame: "AudioFrame") -> bool:
    """Whether a frame holds mono floats: nothing to mix, as in what most cameras and glasses record."""
    return frame.layout.name == "mono" and frame.format.name in ("flt", "fltp")


def mixing_gain(layout: str) -> np.float32:
    """Return what libswresample makes of ones in every channel when it mixes to mono floats, at least 1.

    It keeps the power of unrelated channels and so adds 3 dB and more to what is in all of them; divided by this,
    samples stay in [-1, 1]. Measured, because turning it off takes options that PyAV has learnt lately only.
    """
    from av.audio.frame import AudioFrame
    from av.audio.layout import AudioLayout
    from av.audio.resampler import AudioResampler

    ones = np.ones((1, 256 * AudioLayout(layout).nb_channels), np.float32)
    frame = AudioFrame.from_ndarray(ones, "flt", layout)
    frame.sample_rate = 48_000
    mixed = AudioResampler("flt", "mono", 48_000).resample(frame)
    return max(np.float32(1.0), np.float32(mixed[0].to_ndarray()[0, 0]))

"""The sound of a clip: exactly the samples of its spans, as one track of one rate, in mono or stereo."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexers.errors import MediaError
from indexers.facts import Recording
from indexers.media.clip_reading import Reading
from indexers.media.decode_sound import WARM_UP_S
from indexers.media.timeline import JITTER_S

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""What every encoder and player takes; anything else becomes the last."""

LAYOUTS = {1: "mono", 2: "stereo"}

Samples = NDArray[np.int16]
"""Shape (t, c)."""


def rate_of(recordings: Sequence[Recording]) -> int:
    """Return the rate of a track that holds the sound of several: their own where all agree."""
    rates_hz = {one.audio.sample_rate_hz for one in recordings if one.audio is not None}
    rate_hz = rates_hz.pop() if len(rates_hz) == 1 else 0
    return rate_hz if rate_hz in RATES_HZ else RATES_HZ[-1]


def channels_of(recordings: Sequence[Recording]) -> int:
    """Return the channels of a track that holds the sound of several: 1, 2, or 0 where none has any."""
    return min(2, max((one.audio.channels for one in recordings if one.audio is not None), default=0))


class SoundTrack:
    """Encodes samples into one track, in the order of time and without a gap."""

    def __init__(
        self, output: "OutputContainer", path: Path, codec: str, *, rate_hz: int, channels: int, bit_rate: int
    ) -> None:
        from av.codec.codec import UnknownCodecError

        try:
            stream: AudioStream = output.add_stream(codec, rate=rate_hz, layout=LAYOUTS[channels])  # type: ignore[assignment]
        except UnknownCodecError as error:
            remedy = "install PyAV's own wheel: pip install av"
            raise MediaError(path, f"this installation of PyAV cannot write {codec}", remedy) from error
        if codec == "aac":
            stream.bit_rate = bit_rate // 2 * channels
        self._output = output
        self._stream = stream
        self.rate_hz = rate_hz
        self.channels = channels
        self._next = 0

    def write(self, samples: Samples) -> None:
        """Append samples."""
        from av.audio.frame import AudioFrame

        if not len(samples):
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "s16", LAYOUTS[self.channels])
        frame.sample_rate, frame.pts, frame.time_base = self.rate_hz, self._next, Fraction(1, self.rate_hz)
        self._next += len(samples)
        self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Encode what is still held back."""
        self._output.mux(self._stream.encode(None))


class SoundCutter:
    """Takes the packets of one span and gives its samples to the track: as many as the span is long.

    Args:
        track: Where they go.
        reading: What is read.
        stream: Its sound; None for silence.
    """

    def __init__(self, track: SoundTrack, reading: Reading, stream: "AudioStream | None") -> None:
        self._track = track
        self._reading = reading
        self._span = reading.span
        self._stream = stream
        # Counted from the clip's start, so that pieces one after another lose no sample to rounding.
        end_s = reading.at_s + reading.span.duration_s
        self._missing = round(end_s * track.rate_hz) - round(reading.at_s * track.rate_hz)
        self._rate_hz = 0
        self._next = 0
        self._end = 0
        self._is_begun = False
        self._convert: AudioResampler | None = None
        self._converts: tuple[str, str, int] | None = None
        self._resample: AudioResampler | None = None
        self.is_done = False
        self.reached_s = reading.span.start_s

    def take(self, packet: "Packet[Any] | None") -> None:
        """Take the next packet, or None for what the decoder still holds."""
        import av.error

        if self.is_done or self._stream is None:
            return
        if packet is not None:
            time_s = self._reading.time_of(self._stream, packet)
            if time_s is not None and time_s < self._span.start_s - WARM_UP_S:
                return
        try:
            frames = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:  # a damaged packet is a gap
            return
        for frame in frames:
            time_s = self._reading.time_of(self._stream, frame)
            for samples in self._placed(time_s, frame):
                self._write(samples)

    def finish(self) -> None:
        """Write the end of the resampling filter, and silence for what the recording does not have."""
        if self._resample is not None:
            for out in self._resample.resample(None):
                self._append(_packed(out, self._track.channels))
        while self._missing:
            self._append(np.zeros((min(self._missing, self._track.rate_hz), self._track.channels), np.int16))

    def _placed(self, time_s: float | None, frame: "AudioFrame") -> Iterator[Samples]:
        """Yield what of a frame lies in the span, at the recording's own rate, after silence for a gap before it."""
        if not self._rate_hz:
            self._rate_hz = frame.sample_rate
            self._next = round(self._span.start_s * self._rate_hz)
            self._end = round(self._span.end_s * self._rate_hz)
        samples = self._converted(frame)
        at = self._next if time_s is None else round(time_s * self._rate_hz)
        if self._is_begun and abs(at - self._next) <= JITTER_S * self._rate_hz:
            at = self._next
        gap = max(0, min(at, self._end) - self._next)
        while gap:
            piece = min(gap, self._rate_hz)
            yield np.zeros((piece, self._track.channels), np.int16)
            self._next, gap = self._next + piece, gap - piece
        new = samples[max(0, self._next - at) : max(0, self._end - at)]
        if len(new):
            self._is_begun = True
            self._next += len(new)
            self.reached_s = self._next / self._rate_hz
            yield new
        self.is_done = self._next >= self._end

    def _converted(self, frame: "AudioFrame") -> Samples:
        """Return a frame's samples in the track's channels; libswresample mixes more than two, within full scale."""
        from av.audio.resampler import AudioResampler

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._convert is None or kind != self._converts:
            # One channel is spread below: the mixer would take 3 dB away. The rate is kept here, for the gaps' sake.
            channels = min(self._track.channels, len(frame.layout.channels))
            self._convert, self._converts = AudioResampler("s16", LAYOUTS[channels], self._rate_hz), kind
        frame.pts = None  # its place is known; a clock that jumps must not make the filter invent samples
        parts = [_packed(out, self._track.channels) for out in self._convert.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros((0, self._track.channels), np.int16)

    def _write(self, samples: Samples) -> None:
        from av.audio.frame import AudioFrame
        from av.audio.resampler import AudioResampler

        layout = LAYOUTS[self._track.channels]
        if self._rate_hz == self._track.rate_hz:
            self._append(samples)
            return
        if self._resample is None:
            self._resample = AudioResampler("s16", layout, self._track.rate_hz)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "s16", layout)
        frame.sample_rate = self._rate_hz
        for out in self._resample.resample(frame):
            self._append(_packed(out, self._track.channels))

    def _append(self, samples: Samples) -> None:
        kept = samples[: self._missing]
        self._missing -= len(kept)
        self._track.write(kept)


def _packed(frame: "AudioFrame", channels: int) -> Samples:
    """Return the samples of a packed frame of 16 bits, shape (t, c), its one channel spread over all of the track's."""
    own = len(frame.layout.channels)
    samples = frame.to_ndarray().reshape(-1, own)
    return np.asarray(np.repeat(samples, channels, axis=1) if own < channels else samples, np.int16)

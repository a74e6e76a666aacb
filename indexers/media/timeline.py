"""Put runs of samples at their place in time and take them from one sample rate to another. Knows no container."""

from collections.abc import Iterator

import numpy as np

from indexers.types import Floats, SoundBlock

JITTER_S = 0.01
"""Clocks that disagree by less are taken to be the same: Matroska rounds to milliseconds, phones drift a little."""

BLOCK_S = 1.0


class Timeline:
    """Lay decoded samples end to end: gaps are filled with zeros, what overlaps is dropped.

    Args:
        first: The sample number to begin at; earlier samples are dropped.
        end: The sample number to stop before.
        sample_rate_hz: Sample n is at n / rate seconds from the recording's first frame.
    """

    def __init__(self, first: int, end: int, sample_rate_hz: int) -> None:
        self._next = first
        self._end = end
        self._rate_hz = sample_rate_hz
        self._has_sound = False

    @property
    def is_full(self) -> bool:
        return self._next >= self._end

    def place(self, time_s: float | None, samples: Floats) -> Iterator[Floats]:
        """Yield what follows the samples so far, in pieces of at most a second: zeros for a gap, then the new ones.

        Args:
            time_s: When the first of them is heard; None means right after those before.
            samples: Shape (t,).
        """
        at = self._next if time_s is None else round(time_s * self._rate_hz)
        if self._has_sound and abs(at - self._next) <= JITTER_S * self._rate_hz:
            at = self._next
        gap = min(at, self._end) - self._next
        while gap > 0:
            piece = min(gap, self._rate_hz)
            yield np.zeros(piece, np.float32)
            self._next += piece
            gap -= piece
        new = samples[max(0, self._next - at) : max(0, self._end - at)]
        if len(new):
            self._has_sound = True
            self._next += len(new)
            yield new


class Resampler:
    """Turn consecutive mono samples into blocks at another rate, sample j of which is at j / rate seconds.

    Args:
        first: The number of the first input sample; a multiple of `input_step`, so that both grids meet there.
        input_rate_hz: Rate of the samples given.
        rate_hz: Rate of the blocks.
        start_s: Nothing before it is returned.
        end_s: Nothing from it on is returned.
    """

    def __init__(self, first: int, input_rate_hz: int, rate_hz: int, start_s: float, end_s: float) -> None:
        from av.audio.resampler import AudioResampler

        self._input_rate_hz = input_rate_hz
        self._rate_hz = rate_hz
        self._input_next = first
        self._next = first * rate_hz // input_rate_hz
        self._start = round(start_s * rate_hz)
        self._end = round(end_s * rate_hz)
        self._convert = AudioResampler("flt", "mono", rate_hz) if rate_hz != input_rate_hz else None

    def take(self, samples: Floats) -> Iterator[SoundBlock]:
        """Take the next samples, shape (t,)."""
        from av.audio.frame import AudioFrame

        self._input_next += len(samples)
        if self._convert is None:
            yield from self._cut(samples)
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None, :]), "flt", "mono")
        frame.sample_rate = self._input_rate_hz
        frame.pts = None
        for out in self._convert.resample(frame):
            yield from self._cut(out.to_ndarray()[0])

    def finish(self) -> Iterator[SoundBlock]:
        """Return what the filter still holds, up to the end of the input and no further."""
        if self._convert is not None:
            self._end = min(self._end, round(self._input_next * self._rate_hz / self._input_rate_hz))
            for out in self._convert.resample(None):
                yield from self._cut(out.to_ndarray()[0])

    def _cut(self, samples: Floats) -> Iterator[SoundBlock]:
        at = self._next
        self._next += len(samples)
        skipped = max(0, self._start - at)
        kept = samples[skipped : max(0, self._end - at)]
        if len(kept):
            yield SoundBlock((at + skipped) / self._rate_hz, self._rate_hz, np.asarray(kept, np.float32))

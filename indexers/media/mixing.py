"""Mix whatever sound a decoder returns to mono floats at one rate."""

import re
from typing import TYPE_CHECKING

import numpy as np

from indexers.types import Floats

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

MAX_MIXED_CHANNELS = 8
"""Libswresample mixes what has places: front left, low frequencies. Where there are more channels, places are often not
known (nine microphones), or mean something else (ambisonics); then all count the same."""

_OWN_ORDER = re.compile(r"channels \(|\+")
"""In what FFmpeg calls a layout: "2 channels (FR+FL)", "ambisonic 1+stereo"; but not "5.1(side)"."""


class Mixer:
    """Mix the frames of a stream, one after the other.

    Everything is done in libswresample: taking planes of eight channels out of a frame ends the process (PyAV 18).

    Args:
        rate_hz: The rate to deliver, that of the stream: a frame with another is brought to it.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._input: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self._gain: np.float32 | None = None

    def mix(self, frame: "AudioFrame") -> Floats:
        """Return shape (t,), nominally in [-1, 1].

        Raises:
            FFmpegError: This kind of frame cannot be mixed.
        """
        if is_plain(frame) and frame.sample_rate == self._rate_hz:
            return np.asarray(frame.to_ndarray()[0], np.float32)
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or kind != self._input:
            self._take_on(kind, frame.layout.nb_channels)
        assert self._resampler is not None  # noqa: S101 - for the type checker: _take_on has set it
        frame.pts = None  # its place is known; a clock that jumps must not make the filter invent samples
        mixed = [out.to_ndarray()[0] for out in self._resampler.resample(frame)]
        samples = np.concatenate(mixed) if mixed else np.zeros(0, np.float32)
        if self._gain is None:
            return np.asarray(samples.reshape(-1, frame.layout.nb_channels).mean(axis=1), np.float32)
        return np.asarray(samples / self._gain, np.float32)

    def _take_on(self, kind: tuple[str, str, int], channels: int) -> None:
        from av.audio.resampler import AudioResampler

        layout = kind[1]
        self._input = kind
        self._gain = mixing_gain(layout) if has_places(layout, channels) else None
        self._resampler = AudioResampler("flt", layout if self._gain is None else "mono", self._rate_hz)


def has_places(layout: str, channels: int) -> bool:
    """Whether libswresample knows where each channel belongs, and so how loud it is to be when it is mixed."""
    return channels <= MAX_MIXED_CHANNELS and not layout.startswith(("ambisonic", "binaural"))


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


def forget_places(codec: "AudioCodecContext") -> None:
    """Let a decoder number its channels where they are in an order of their own, such as right before left.

    PyAV 18 frees the list of such an order twice with every frame, and that ends the process. The list that is taken
    out here, and is known to nobody else then, is freed once. To be called before the decoder is opened.
    """
    layout = codec.layout
    if _OWN_ORDER.search(layout.name):
        codec.layout = f"{layout.nb_channels} channels"

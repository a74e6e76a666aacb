"""The pictures of a clip: which frames are shown from when to when, made to fit, and encoded."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexers.errors import MediaError
from indexers.facts import Recording
from indexers.media.clip_reading import Reading
from indexers.media.container import open_media

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

CLOCK = Fraction(1, 90_000)
"""Fine enough for any frame rate, 29.97 included, and for frames at odd times."""

KEY_EVERY_S = 2.0

_BLACK_LUMA, _NO_COLOUR = 16, 128


def canvas_of(recordings: Sequence[Recording], short_side_px: int | None = None) -> tuple[int, int] | None:
    """Return width and height, upright and even, that the pictures of several recordings go into: the first one's.

    Args:
        recordings: In order; None where none has pictures.
        short_side_px: Scale down to it.

    Raises:
        MediaError: The first one cannot be read.
    """
    first = next((one for one in recordings if one.video is not None), None)
    if first is None or first.video is None:
        return None
    video = first.video
    with open_media(first.path) as media:
        width, height = video.width_px * pixel_aspect_of(media.video), float(video.height_px)
    if video.rotation_deg % 180:
        width, height = height, width
    scale = min(1.0, (short_side_px or min(width, height)) / min(width, height))
    return _even(width * scale), _even(height * scale)


class PictureTrack:
    """Encodes frames, whatever their size, into one track.

    Args:
        output: The file.
        path: Its name, for errors.
        size_px: Width and height of the track.
        frame_rate_hz: About so many frames a second will come.
        encoder: Its name, x264's constant rate factor, and its preset.
    """

    def __init__(
        self,
        output: "OutputContainer",
        path: Path,
        size_px: tuple[int, int],
        frame_rate_hz: float,
        encoder: tuple[str, int, str],
    ) -> None:
        from av.codec.codec import UnknownCodecError
        from av.video.reformatter import VideoReformatter

        name, crf, preset = encoder
        rate = Fraction(frame_rate_hz).limit_denominator(1001)
        try:
            stream: VideoStream = output.add_stream(name, rate=rate)  # type: ignore[assignment]
        except UnknownCodecError as error:
            remedy = "install PyAV's own wheel: pip install av"
            raise MediaError(path, "this installation of PyAV cannot write H.264", remedy) from error
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = CLOCK
        context.gop_size = max(1, round(KEY_EVERY_S * frame_rate_hz))
        # With frames out of order, MP4 would end a clip by the last one stored instead of the last one shown.
        context.max_b_frames = 0
        context.options = {"crf": str(crf), "preset": preset}
        self._output = output
        self._stream = stream
        self._size_px = size_px
        self._reformatter = VideoReformatter()
        self._durations: dict[int, int] = {}
        self._is_begun = False

    def write(
        self, frame: "VideoFrame | None", shown: tuple[float, float], pixel_aspect: float, *, is_key: bool
    ) -> None:
        """Show a frame.

        Args:
            frame: None for black.
            shown: From when to when, in seconds from the clip's start; begins where the last one ended.
            pixel_aspect: Width of its pixels, relative to their height.
            is_key: Whether players shall be able to go right here.
        """
        from av.video.frame import PictureType

        start, end = (round(time_s / CLOCK) for time_s in shown)
        if end <= start:
            return
        fitted = self._black() if frame is None else self._fitted(frame, pixel_aspect)
        if not self._is_begun:
            context = self._stream.codec_context
            for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
                setattr(context, name, getattr(fitted, name))
            self._is_begun = True
        fitted.pts, fitted.time_base = start, CLOCK
        fitted.pict_type = PictureType.I if is_key else PictureType.NONE  # the source's own would bind the encoder
        self._durations[start] = end - start
        self._mux(self._stream.encode(fitted))

    def finish(self) -> None:
        """Encode what is still held back."""
        self._mux(self._stream.encode(None))

    def _mux(self, packets: "Sequence[Packet[Any]]") -> None:
        for packet in packets:
            # Encoders know no durations; without one, the last frame would be as short as the one before it.
            packet.duration = self._durations.pop(packet.pts, 0) if packet.pts is not None else 0
            self._output.mux_one(packet)

    def _fitted(self, frame: "VideoFrame", pixel_aspect: float) -> "VideoFrame":
        turns = round(frame.rotation / 90) % 4
        width, height = self._size_px
        if not turns and pixel_aspect == 1 and (frame.width, frame.height) == self._size_px:
            return self._reformatter.reformat(frame, format="yuv420p")
        shown_width, shown_height = frame.width * pixel_aspect, float(frame.height)
        if turns % 2:
            shown_width, shown_height = shown_height, shown_width
        scale = min(width / shown_width, height / shown_height)
        inner = min(width, _even(shown_width * scale)), min(height, _even(shown_height * scale))
        stored = inner[::-1] if turns % 2 else inner
        scaled = self._reformatter.reformat(frame, stored[0], stored[1], "yuv420p", interpolation="BICUBIC")
        return self._framed(scaled, turns, inner)

    def _framed(self, scaled: "VideoFrame", turns: int, inner: tuple[int, int]) -> "VideoFrame":
        """Turn a frame upright and lay it on the middle of a black one."""
        framed = self._black()
        for number, (source, target) in enumerate(zip(scaled.planes, framed.planes, strict=True)):
            plane = np.rot90(_as_array(source), turns)
            if inner == self._size_px:
                _as_array(target)[:] = plane
                continue
            shrunk = 1 if number == 0 else 2  # chroma has half of the rows and columns
            left = (self._size_px[0] - inner[0]) // 4 * 2 // shrunk
            top = (self._size_px[1] - inner[1]) // 4 * 2 // shrunk
            rows, columns = plane.shape
            _as_array(target)[top : top + rows, left : left + columns] = plane
        for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
            setattr(framed, name, getattr(scaled, name))
        return framed

    def _black(self) -> "VideoFrame":
        from av.video.frame import VideoFrame

        frame = VideoFrame(*self._size_px, "yuv420p")
        for plane, value in zip(frame.planes, (_BLACK_LUMA, _NO_COLOUR, _NO_COLOUR), strict=True):
            _as_array(plane)[:] = value
        return frame


class PictureCutter:
    """Takes the packets of one span and gives its frames to the track.

    Args:
        track: Where they go.
        reading: What is read.
        stream: Its pictures; None for a black screen.
    """

    def __init__(self, track: PictureTrack, reading: Reading, stream: "VideoStream | None") -> None:
        self._track = track
        self._reading = reading
        self._span = reading.span
        self._stream = stream
        if stream is not None:
            stream.codec_context.thread_type = "AUTO"  # whole frames side by side: somebody is waiting
        self._aspect = pixel_aspect_of(stream)
        self._shift_s = reading.at_s - reading.span.start_s
        self._held: VideoFrame | None = None
        self._shown_s = reading.span.start_s
        self.is_done = False
        self.reached_s = reading.span.start_s

    def take(self, packet: "Packet[Any] | None") -> None:
        """Take the next packet, or None for what the decoder still holds."""
        import av.error

        if self.is_done or self._stream is None:
            return
        try:
            frames = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:  # damaged: the last picture stays
            return
        for frame in frames:
            time_s = self._reading.time_of(self._stream, frame)
            if time_s is None or frame.is_corrupt:
                continue
            if time_s >= self._span.end_s:
                self.is_done = True
                return
            if self._held is not None:
                self._show_held(time_s)
            self._held, self.reached_s = frame, time_s

    def finish(self) -> None:
        """Show the last frame, or black where there was none, to the end of the span."""
        self._show_held(self._span.end_s)

    def _show_held(self, until_s: float) -> None:
        if until_s <= self._shown_s:
            return  # before the span, or a clock that goes back
        start_s, self._shown_s = self._shown_s, until_s
        shown = start_s + self._shift_s, until_s + self._shift_s
        self._track.write(self._held, shown, self._aspect, is_key=start_s == self._span.start_s)


def pixel_aspect_of(stream: "VideoStream | None") -> float:
    """Return the width of a stream's pixels, relative to their height."""
    return float((stream is not None and stream.sample_aspect_ratio) or 1)


def _even(length: float) -> int:
    """Return the nearest even number, at least 2: H.264 stores colour at half the size."""
    return max(2, round(length / 2) * 2)


def _as_array(plane: Any) -> NDArray[np.uint8]:
    """Return a plane of eight bits as an array on its memory, without the padding at the end of its lines."""
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width]

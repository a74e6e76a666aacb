"""Write a recording: H.264 pictures and AAC sound in an MP4 file. Reading one is next door, in `container`.

For recordings that we make ourselves, such as the demo's and the tests'; nothing is ever written for a user's own.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexers.errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_BLOCK_SAMPLES = 1024
"""What AAC codes at a time."""


def write_recording(
    path: Path,
    *,
    frames: Iterable[NDArray[np.uint8]],
    frame_rate_hz: int,
    samples: NDArray[np.float32],
    sample_rate_hz: int,
    recorded_at: datetime | None,
    gop_s: float = 2.0,
) -> None:
    """Write an MP4 file, replacing what is at `path`.

    Args:
        path: Where to; its folder must exist.
        frames: RGB, each (h, w, 3) with even h and w, all of one size; at least one. Read once, one at a time.
        frame_rate_hz: Frames a second.
        samples: (t,), mono, in [-1, 1].
        sample_rate_hz: Samples a second; one that AAC knows, such as 32000 or 48000.
        recorded_at: Written as the file's creation time, where given; with a time zone.
        gop_s: Seconds from one key frame to the next: how finely players can seek.

    Raises:
        MediaError: If this PyAV has no H.264 or AAC encoder, or the file cannot be written.
        ValueError: If there is no frame.
    """
    import av
    import av.error

    remaining = iter(frames)
    try:
        first = next(remaining)
    except StopIteration:
        raise ValueError("a recording needs at least one frame") from None
    try:
        with av.open(str(path.absolute()), "w", format="mp4") as container:
            if recorded_at is not None:
                container.metadata["creation_time"] = recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
            video = _add_video(container, path, first, frame_rate_hz, gop_s)
            audio = _add_audio(container, path, sample_rate_hz)
            _mux(container, video, audio, chain([first], remaining), samples)
    except (av.error.FFmpegError, OSError) as error:
        reason = f"it cannot be written ({getattr(error, 'strerror', None) or error})"
        raise MediaError(path, reason, "check that its folder exists and that the disk has room") from error


def _add_video(
    container: "OutputContainer", path: Path, first: NDArray[np.uint8], frame_rate_hz: int, gop_s: float
) -> "VideoStream":
    from av.codec.codec import UnknownCodecError

    try:
        stream = container.add_stream("libx264", rate=frame_rate_hz)
    except UnknownCodecError as error:
        raise _no_encoder(path, "H.264") from error
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.gop_size = max(1, round(gop_s * frame_rate_hz))
    stream.options = {"preset": "superfast", "crf": "27", "threads": "2"}
    return stream


def _add_audio(container: "OutputContainer", path: Path, sample_rate_hz: int) -> "AudioStream":
    from av.codec.codec import UnknownCodecError

    try:
        stream = container.add_stream("aac", rate=sample_rate_hz)
    except UnknownCodecError as error:
        raise _no_encoder(path, "AAC") from error
    stream.layout = "mono"
    stream.bit_rate = 96_000
    return stream


def _mux(
    container: "OutputContainer",
    video: "VideoStream",
    audio: "AudioStream",
    frames: Iterable[NDArray[np.uint8]],
    samples: NDArray[np.float32],
) -> None:
    """Write pictures and sound side by side: before each frame, the sound up to it."""
    import av

    rate_hz = audio.codec_context.sample_rate
    written = 0

    def write_sound(until: int) -> None:
        nonlocal written
        while written < until:
            block = av.AudioFrame.from_ndarray(samples[None, written : written + _BLOCK_SAMPLES], "fltp", "mono")
            block.sample_rate, block.pts, block.time_base = rate_hz, written, Fraction(1, rate_hz)
            container.mux(audio.encode(block))
            written += _BLOCK_SAMPLES

    for number, rgb in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
        frame.pts, frame.time_base = number, 1 / Fraction(video.codec_context.framerate)
        write_sound(min(len(samples), int(number * rate_hz * frame.time_base)))
        container.mux(video.encode(frame))
    write_sound(len(samples))
    container.mux(video.encode(None))
    container.mux(audio.encode(None))


def _no_encoder(path: Path, codec: str) -> MediaError:
    return MediaError(
        path, f"this installation of PyAV cannot write {codec}", "install PyAV's own wheel: pip install av"
    )

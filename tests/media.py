"""Build small recordings at run time: one colour a second, tones where they are asked for.

    recording = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=4, tones=(Tone(1.0, 2.0, 440.0),)))

The picture of second k is `colours[k]` all over (repeated from the start when there are more seconds than colours).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.output import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

Colour = tuple[int, int, int]

RED: Colour = (220, 30, 30)
GREEN: Colour = (30, 200, 30)
BLUE: Colour = (30, 30, 220)
YELLOW: Colour = (220, 220, 30)
WHITE: Colour = (230, 230, 230)
BLACK: Colour = (20, 20, 20)

VIDEO_CLOCK = Fraction(1, 12_800)
AUDIO_FRAME = 1024


@dataclass(frozen=True)
class Tone:
    """A sine from `start_s` to `end_s`, seconds from the recording's first frame."""

    start_s: float
    end_s: float
    frequency_hz: float = 440.0
    amplitude: float = 0.5


@dataclass(frozen=True)
class RecordingOptions:
    """What to put into a recording."""

    seconds: float = 4.0
    colours: tuple[Colour, ...] = (RED, GREEN, BLUE, YELLOW)
    """One a second, over and over; empty for no video."""
    tones: tuple[Tone, ...] = ()
    has_audio: bool = True
    frame_rate_hz: int = 10
    size_px: tuple[int, int] = (64, 48)
    """Width and height as stored."""
    group_s: float = 1.0
    """Distance of key frames."""
    b_frames: int = 0
    rotation_deg: int = 0
    """Counter-clockwise turn that shows it upright."""
    frame_times_s: tuple[float, ...] | None = None
    """Show frames at these times instead of regularly."""
    audio_start_s: float = 0.0
    """The sound track is that of the whole recording from here on."""
    audio_end_s: float | None = None
    sample_rate_hz: int = 48_000
    layout: str = "mono"
    """All channels hold the same; "7.1" has eight."""
    video_codec: str = "libx264"
    audio_codec: str = "aac"
    metadata: Mapping[str, str] = field(default_factory=dict)


def make_recording(path: Path, options: RecordingOptions | None = None) -> Path:
    """Write a recording and return its path; the extension decides the container."""
    options = options or RecordingOptions()
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"} if path.suffix == ".mp4" else {}) as output:
        output.metadata.update(options.metadata)
        video = _add_video(output, options) if options.colours else None
        audio = _add_audio(output, options) if options.has_audio else None
        # Interleaving is the muxer's work: it holds packets back until the other stream has caught up.
        if video is not None:
            for picture in _pictures(options):
                output.mux(video.encode(picture))
            output.mux(video.encode(None))
        if audio is not None:
            for sound in _sound(options, audio):
                output.mux(audio.encode(sound))
            output.mux(audio.encode(None))
    return path


def colour_at(options: RecordingOptions, time_s: float) -> Colour:
    """Return the colour that a recording shows at a time."""
    return options.colours[int(time_s + 1e-6) % len(options.colours)]


def tone_samples(options: RecordingOptions, sample_rate_hz: int) -> NDArray[np.float32]:
    """Return the samples that were encoded, shape (t,), as if sampled at another rate."""
    times = np.arange(round(options.seconds * sample_rate_hz)) / sample_rate_hz
    samples = np.zeros(len(times), np.float32)
    for tone in options.tones:
        inside = (times >= tone.start_s) & (times < tone.end_s)
        samples[inside] += tone.amplitude * np.sin(2 * np.pi * tone.frequency_hz * times[inside])
    return samples


def _add_video(output: OutputContainer, options: RecordingOptions) -> VideoStream:
    stream = output.add_stream(options.video_codec, rate=options.frame_rate_hz)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = options.size_px
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = VIDEO_CLOCK
    context.gop_size = round(options.group_s * options.frame_rate_hz)
    context.max_b_frames = options.b_frames
    context.thread_count = 1
    if options.video_codec == "libx264":
        context.options = {"preset": "ultrafast" if not options.b_frames else "veryfast", "sc_threshold": "0"}
    if options.rotation_deg:
        stream.set_display_rotation(options.rotation_deg)
    return stream


def _add_audio(output: OutputContainer, options: RecordingOptions) -> AudioStream:
    stream = output.add_stream(options.audio_codec, rate=options.sample_rate_hz, layout=options.layout)
    assert isinstance(stream, AudioStream)
    if options.audio_codec == "aac":
        stream.codec_context.options = {
            "aac_pns": "0"
        }  # decoders replace such noise by their own, differently each time
    return stream


def _pictures(options: RecordingOptions) -> list[VideoFrame]:
    times_s = options.frame_times_s
    if times_s is None:
        count = round(options.seconds * options.frame_rate_hz)
        times_s = tuple(i / options.frame_rate_hz for i in range(count))
    width, height = options.size_px
    frames = []
    for time_s in times_s:
        rgb = np.full((height, width, 3), colour_at(options, time_s), np.uint8)
        frame = VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = round(time_s / VIDEO_CLOCK), VIDEO_CLOCK
        frames.append(frame)
    return frames


def _sound(options: RecordingOptions, stream: AudioStream) -> list[AudioFrame]:
    rate = options.sample_rate_hz
    samples = tone_samples(options, rate)
    end = len(samples) if options.audio_end_s is None else round(options.audio_end_s * rate)
    channels = stream.layout.nb_channels
    frames = []
    # Packed, whatever the encoder takes: PyAV 18 cannot fill eight planes, and converts before it encodes.
    kind = stream.format.name.removesuffix("p")
    scale, dtype = {"s16": (32767, np.int16), "s32": (2147483000, np.int32)}.get(kind, (1, np.float32))
    for at in range(round(options.audio_start_s * rate), end, AUDIO_FRAME):
        block = samples[at : min(end, at + AUDIO_FRAME)]
        packed = np.repeat((block.astype(np.float64) * scale).astype(dtype), channels)[None, :]
        frame = AudioFrame.from_ndarray(packed, kind, options.layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        frames.append(frame)
    return frames

"""Describe a media file: streams, durations, wall-clock start, device. Decodes one frame a stream, to prove it can."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import MediaError
from indexers.media.bounds import is_plausible_picture, is_plausible_sound
from indexers.media.container import Media, open_media
from indexers.media.fingerprint import fingerprint
from indexers.media.lengths import ends
from indexers.media.mixing import Mixer
from indexers.media.stats import DecodeStats
from indexers.media.wallclock import wall_clock
from indexers.types import AudioStream, Recording, VideoStream

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame

MAX_PROBED_PACKETS = 300
"""Packets of a stream that may fail to give a first frame: ten seconds of video."""

MAX_DEVICE_LETTERS = 100
"""Of a device's name: a tag may hold megabytes."""

_MAKES = ("com.apple.quicktime.make", "com.android.manufacturer", "make", "manufacturer")
_MODELS = ("com.apple.quicktime.model", "com.android.model", "model")


def probe(path: Path) -> Recording:
    """Describe a media file.

    Time zero is the first frame of the video, or of the sound where there is no video; what is heard before it is
    not indexed. Where the container does not say how long a stream is, or claims more than the file holds, its
    packets are read to the end, undecoded.

    Raises:
        MediaError: If it cannot be read, is no media file, or holds nothing that can be decoded.
    """
    with open_media(path) as media:
        size = path.stat().st_size
        metadata = _metadata(media)
        first_picture, first_sound = _first_frames(media)
        if first_picture is None and first_sound is None:
            raise MediaError(path, _nothing_to_decode(media), "check that it plays elsewhere, or convert it")
        if first_picture is None:
            media.leave_out_video()
        if first_sound is None:
            media.audio = None
        ends_s = ends(media, size)
        audio = _audio(media, first_sound, ends_s)
        video = _video(media, first_picture, ends_s)
        if audio is None and video is None:
            raise MediaError(path, "the times in it cannot be", "check that it plays elsewhere, or convert it")
    duration_s = max(s.start_s + s.duration_s for s in (audio, video) if s is not None)
    recorded_at, source = wall_clock(path, metadata, duration_s)
    return Recording(
        recording_id=fingerprint(path),
        path=path,
        size_bytes=size,
        duration_s=duration_s,
        recorded_at=recorded_at,
        recorded_at_source=source,
        device=device(metadata),
        audio=audio,
        video=video,
    )


def device(metadata: Mapping[str, str]) -> str | None:
    """Return make and model from a container's tags, or None.

    Args:
        metadata: Keys in lower case.
    """
    make = next((metadata[key].strip() for key in _MAKES if metadata.get(key, "").strip()), "")
    model = next((metadata[key].strip() for key in _MODELS if metadata.get(key, "").strip()), "")
    if make and not model.lower().startswith(make.lower()):
        model = f"{make} {model}".strip()
    if model:
        return model[:MAX_DEVICE_LETTERS]
    return "GoPro" if "gopro" in metadata.get("handler_name", "").lower() else None


def _metadata(media: Media) -> dict[str, str]:
    tags: dict[str, str] = {}
    for stream in (media.audio, media.video):
        if stream is not None:
            tags.update(stream.metadata)
    tags.update(media.container.metadata)
    return {key.lower(): value for key, value in tags.items()}


def _first_frames(media: Media) -> "tuple[VideoFrame | None, AudioFrame | None]":
    import av.error
    from av.audio.frame import AudioFrame
    from av.video.frame import VideoFrame

    wanted: dict[int, Stream] = {s.index: s for s in (media.video, media.audio) if s is not None}
    tried = dict.fromkeys(wanted, 0)
    picture: VideoFrame | None = None
    sound: AudioFrame | None = None
    if media.video is not None:
        media.video.codec_context.thread_count = 1
    for packet in media.packets(list(wanted.values()), DecodeStats()):
        stream = wanted.get(packet.stream_index)
        if stream is None:
            continue
        frame = None
        with suppress(av.error.FFmpegError):
            frame = _first_frame(stream, packet)
        tried[stream.index] += 1
        if isinstance(frame, VideoFrame):
            picture = frame
        elif isinstance(frame, AudioFrame):
            sound = frame
        if frame is not None or tried[stream.index] >= MAX_PROBED_PACKETS:
            del wanted[stream.index]
        if not wanted:
            break
    for stream in wanted.values():  # a decoder may hold the only frame of a very short stream
        try:
            codec: Any = stream.codec_context
            frame = next(filter(_can_be_used, codec.decode(None)), None)
        except av.error.FFmpegError:
            continue
        picture = frame if isinstance(frame, VideoFrame) else picture
        sound = frame if isinstance(frame, AudioFrame) else sound
    return picture, sound


def _first_frame(stream: "Stream", packet: "Packet[Any]") -> "VideoFrame | AudioFrame | None":
    """Return what a packet gives. A key frame is not left to wait for those that the decoder wants to see after it."""
    codec: Any = stream.codec_context
    frames = codec.decode(packet)
    if not frames and packet.is_keyframe and stream.type == "video":
        frames = codec.decode(None)
        codec.flush_buffers()
    return next(filter(_can_be_used, frames), None)


def _can_be_used(frame: "VideoFrame | AudioFrame") -> bool:
    """Whether a frame can be, and is of a kind that can be scaled or mixed: there are some that FFmpeg decodes only."""
    import av.error
    from av.video.frame import VideoFrame

    try:
        if isinstance(frame, VideoFrame):
            if not is_plausible_picture(frame.width, frame.height):
                return False
            frame.reformat(16, 16, "rgb24")
        else:
            if not is_plausible_sound(frame.sample_rate, frame.layout.nb_channels):
                return False
            Mixer(frame.sample_rate).mix(frame)
    except av.error.FFmpegError:
        return False
    return True


def _nothing_to_decode(media: Media) -> str:
    kinds = sorted({stream.type for stream in media.container.streams} & {"audio", "video"})
    if not kinds:
        return "it holds neither sound nor picture"
    if media.audio is None and media.video is None:
        return f"its {' and '.join(kinds)} is in a format that cannot be decoded"
    return f"none of its {' and '.join(kinds)} can be decoded"


def _audio(media: Media, first: "AudioFrame | None", ends_s: dict[int, float]) -> AudioStream | None:
    stream = media.audio
    if stream is None or first is None:
        return None
    start_s = max(0.0, media.seconds(stream, stream.start_time or 0))
    if start_s > ends_s[stream.index]:
        return None  # damaged: it says to begin in a thousand years
    return AudioStream(
        codec=stream.codec_context.name,
        sample_rate_hz=first.sample_rate,
        channels=len(first.layout.channels),
        start_s=start_s,
        duration_s=max(0.0, ends_s[stream.index] - start_s),
    )


def _video(media: Media, first: "VideoFrame | None", ends_s: dict[int, float]) -> VideoStream | None:
    stream = media.video
    if stream is None or first is None:
        return None
    return VideoStream(
        codec=stream.codec_context.name,
        width_px=first.width,
        height_px=first.height,
        rotation_deg=round(first.rotation / 90) * 90 % 360,
        frame_rate_hz=float(stream.average_rate or 0.0),
        start_s=0.0,
        duration_s=max(0.0, ends_s[stream.index]),
    )

"""Describe a media file: streams, durations, wall-clock start, device. Decodes one frame a stream, to prove it can."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import MediaError
from indexers.media.container import Media, open_media
from indexers.media.fingerprint import fingerprint
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

MAX_DURATION_S = 7 * 24 * 3600.0
"""What a header claims beyond this is not believed but measured: no battery lasts a week."""

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
        ends = _ends(media, size)
        audio = _audio(media, first_sound, ends)
        video = _video(media, first_picture, ends)
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
        return model
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
            frame = next(iter(stream.codec_context.decode(None)), None)  # type: ignore[attr-defined]
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
    return frames[0] if frames else None


def _nothing_to_decode(media: Media) -> str:
    kinds = sorted({stream.type for stream in media.container.streams} & {"audio", "video"})
    if not kinds:
        return "it holds neither sound nor picture"
    if media.audio is None and media.video is None:
        return f"its {' and '.join(kinds)} is in a format that cannot be decoded"
    return f"none of its {' and '.join(kinds)} can be decoded"


def _ends(media: Media, size_bytes: int) -> dict[int, float]:
    """Return when each stream in use ends, by stream index, in seconds from the first frame."""
    streams: list[Stream] = [s for s in (media.audio, media.video) if s is not None]
    claimed = {stream.index: _claimed_end_s(media, stream) for stream in streams}
    ends = {index: end_s for index, end_s in claimed.items() if end_s is not None and 0 < end_s < MAX_DURATION_S}
    if len(ends) == len(streams) and not any(_reaches_past(stream, size_bytes) for stream in streams):
        return ends
    return _measured_ends(media, streams)


def _measured_ends(media: Media, streams: "list[Stream]") -> dict[int, float]:
    """Read the packets from the first to the last; the file is opened again, since the first have been read."""
    measured = {stream.index: 0.0 for stream in streams}
    with open_media(media.path) as again:
        same = [stream for stream in again.container.streams if stream.index in measured]
        for packet in again.packets(same, DecodeStats()):
            clock = packet.dts if packet.pts is None else packet.pts
            if clock is not None and packet.stream_index in measured:
                end_s = media.seconds(packet.stream, clock + (packet.duration or 0))
                measured[packet.stream_index] = max(measured[packet.stream_index], end_s)
    return measured


def _claimed_end_s(media: Media, stream: "Stream") -> float | None:
    if stream.duration is not None and stream.duration > 0:
        return media.seconds(stream, (stream.start_time or 0) + stream.duration)
    tag = next((value for key, value in stream.metadata.items() if key.upper().startswith("DURATION")), "")
    match = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", tag.strip())
    if match:  # Matroska writes when the stream ends, not how long it is
        return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) - media.origin_s
    return None


def _reaches_past(stream: "Stream", size_bytes: int) -> bool:
    """Whether the container's index points past the end of the file: it was cut after its index was written."""
    entries = stream.index_entries
    last = entries[len(entries) - 1] if len(entries) else None
    return last is not None and last.pos + last.size > size_bytes


def _audio(media: Media, first: "AudioFrame | None", ends: dict[int, float]) -> AudioStream | None:
    stream = media.audio
    if stream is None or first is None:
        return None
    start_s = max(0.0, media.seconds(stream, stream.start_time or 0))
    return AudioStream(
        codec=stream.codec_context.name,
        sample_rate_hz=first.sample_rate,
        channels=len(first.layout.channels),
        start_s=start_s,
        duration_s=max(0.0, ends[stream.index] - start_s),
    )


def _video(media: Media, first: "VideoFrame | None", ends: dict[int, float]) -> VideoStream | None:
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
        duration_s=max(0.0, ends[stream.index]),
    )

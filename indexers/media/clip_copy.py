"""Copy a span out of a recording without encoding it again: fast, and as good as the recording, but not exact.

Streams can be cut at key frames only, so the copy begins with the last one before the span. Next door, `clip` is exact.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import MediaError
from indexers.facts import Recording, Span
from indexers.media.clip import describe
from indexers.media.clip_reading import go_to_key_frame
from indexers.media.container import Media, open_media
from indexers.media.stats import DecodeStats

if TYPE_CHECKING:
    from datetime import datetime

    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

ENDINGS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".m4a": "mp4", ".webm": "webm"}
"""By ending: what a copy can be put into, in FFmpeg's names. Matroska takes whatever a camera writes."""


def ending_for_copy(recording: Path) -> str:
    """Return the ending that a copy of a recording is to have: its own, where that can be written."""
    own = recording.suffix.lower()
    return own if own in ENDINGS else ".mkv"


def copy_clip(
    path: Path, recording: Recording, span: Span, *, title: str = "", recorded_at: "datetime | None" = None
) -> Span:
    """Write a span with the packets of the recording as they are, replacing what is at `path`.

    Args:
        path: Its ending is one of `ENDINGS`.
        recording: As probed.
        span: Within it.
        title: Written into the file.
        recorded_at: When the span begins, with a time zone; written as the file's creation time, moved to where the
            copy begins.

    Returns:
        What the file holds, in seconds of the recording: from the key frame before the span to about its end.

    Raises:
        MediaError: The recording cannot be read, the file cannot be written, or cannot hold such streams.
        ValueError: Nothing is known of the ending.
    """
    import av
    import av.error

    if path.suffix.lower() not in ENDINGS:
        raise ValueError(f"a copy needs one of the endings {', '.join(ENDINGS)}: {path.name}")
    with open_media(recording.path) as media:
        if recording.video is None:
            media.leave_out_video()
        streams: list[Stream] = [one for one in (media.video, media.audio) if one is not None]
        media.use_only(streams)
        held = Span(go_to_key_frame(media, streams[0], span.start_s, recording.duration_s), span.end_s)
        try:
            with av.open(str(path.absolute()), "w", format=ENDINGS[path.suffix.lower()]) as output:
                if recorded_at is not None:
                    from datetime import timedelta

                    recorded_at += timedelta(seconds=held.start_s - span.start_s)
                describe(output, title, recorded_at)
                _copy(media, streams, output, recording, held)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            reason = f"it cannot be written as a copy ({getattr(error, 'strerror', None) or error})"
            remedy = "leave out --copy"
            if path.suffix.lower() != ".mkv":
                remedy = f"name a file that ends in .mkv, or {remedy}"
            raise MediaError(path, reason, remedy) from error
    return held


def _copy(media: Media, streams: "list[Stream]", output: "OutputContainer", recording: Recording, held: Span) -> None:
    # Opaque: what can be decoded need not be encodable here, as AV1 is not everywhere.
    tracks = {one.index: output.add_stream_from_template(one, opaque=True) for one in streams}
    began: set[int] = set()
    ended: set[int] = set()
    for packet in media.packets(streams, DecodeStats()):
        time_s = media.time_of(packet.stream, packet, recording.duration_s)
        track = tracks.get(packet.stream_index)
        if track is None or time_s is None or packet.time_base is None:
            continue
        if packet.stream_index not in began:
            # Sound lies somewhat before the pictures of its time, and before a key frame nothing can be decoded.
            if time_s < held.start_s or not packet.is_keyframe:
                continue
            began.add(packet.stream_index)
        decoded_s = media.seconds(packet.stream, packet.dts) if packet.dts is not None else time_s
        if min(time_s, decoded_s) >= held.end_s:
            ended.add(packet.stream_index)
            if len(ended) == len(tracks):
                return
            continue
        _shift(packet, round((held.start_s + media.origin_s) / packet.time_base))
        packet.stream = track
        output.mux_one(packet)


def _shift(packet: "Packet[Any]", ticks: int) -> None:
    packet.pts = None if packet.pts is None else packet.pts - ticks
    packet.dts = None if packet.dts is None else packet.dts - ticks

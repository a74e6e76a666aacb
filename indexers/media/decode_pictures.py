"""Decode as few pictures as a slice needs: the packets of one group at a time, planned by `planning`."""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexers.media.container import Media
from indexers.media.planning import Choice, Chooser, KeyFrames, packets_to_decode, windows_in
from indexers.media.stats import DecodeStats
from indexers.types import Picture, Slice

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MIN_FRAMES_PER_HOP = 8
"""With at least so many frames a hop, the decoder may leave out those that no other refers to: every second or
third frame, so enough remain in each window."""

MAX_GROUP_PACKETS = 600
MAX_GROUP_BYTES = 64 << 20
"""A group that grows beyond either is decoded as it comes: memory stays bounded where key frames are rare."""


class PictureDecoder:
    """Take the video packets of a slice in file order and yield its pictures.

    Args:
        media: The open file.
        stream: Its video.
        slice_: Whose windows to serve.
        hop_s: Distance of two pictures.
        short_side_px: Pictures are scaled down to this.
        stats: Counts are added to it.
    """

    def __init__(
        self,
        media: Media,
        stream: "VideoStream",
        slice_: Slice,
        *,
        hop_s: float,
        short_side_px: int,
        stats: DecodeStats,
    ) -> None:
        self._media = media
        self._stream = stream
        self._start_s = slice_.start_s
        self._hop_s = hop_s
        self._stats = stats
        video = slice_.recording.video
        self._duration_s = slice_.recording.duration_s
        self._end_s = math.inf if video is None else video.start_s + video.duration_s
        aspect = float(stream.sample_aspect_ratio or 1)
        self._scaler = _Scaler(short_side_px, aspect, 0 if video is None else video.rotation_deg, stats)
        self._chooser: Chooser[VideoFrame] = Chooser(windows_in(slice_.start_s, slice_.end_s, hop_s), hop_s)
        self._group: list[tuple[float, Packet[Any]]] = []
        self._group_bytes = 0
        self._key_s: float | None = None
        self._previous_key_s: float | None = None
        self._last_s = 0.0
        self._was_fed = False
        self._codec = stream.codec_context
        self._codec.thread_count = 1  # workers are processes; frame threads cost more CPU for the same pictures
        if stream.average_rate and float(stream.average_rate) * hop_s >= MIN_FRAMES_PER_HOP:
            self._codec.skip_frame = "NONREF"

    @property
    def is_done(self) -> bool:
        return self._chooser.is_done

    def take(self, packet: "Packet[Any]") -> Iterator[Picture]:
        """Take the next packet; yield the pictures that are decided by it."""
        self._last_s = self._time_of(packet, self._last_s)
        if packet.is_keyframe:
            yield from self._close_group(self._last_s)
            self._previous_key_s, self._key_s = self._key_s, self._last_s
        if self._key_s is None or self._last_s < self._key_s:
            return  # before the first key frame, or shown before its key frame: refers to frames that were not decoded
        self._group.append((self._last_s, packet))
        self._group_bytes += packet.size
        if len(self._group) >= MAX_GROUP_PACKETS or self._group_bytes >= MAX_GROUP_BYTES:
            yield from self._decode(len(self._group))

    def finish(self) -> Iterator[Picture]:
        """Decide what is left once the file has ended."""
        yield from self._close_group(math.inf)
        yield from self._scaled(self._chooser.finish(self._end_s))

    def _close_group(self, next_key_s: float) -> Iterator[Picture]:
        if self._key_s is None:
            return
        if self._group and next_key_s > self._start_s:
            times_s = [time_s for time_s, _ in self._group]
            yield from self._decode(packets_to_decode(times_s, self._keys(next_key_s), self._hop_s))
        self._group, self._group_bytes = [], 0
        if not self._was_fed:
            return
        # The next group starts afresh: what it shows never depends on where the slice began.
        with self._stats.timed("pictures"):
            frames = self._decoded(None)
            self._codec.flush_buffers()
        self._was_fed = False
        yield from self._offered(frames)

    def _keys(self, next_key_s: float) -> KeyFrames:
        previous_s = -math.inf if self._previous_key_s is None else self._previous_key_s
        return KeyFrames(previous_s, -math.inf if self._key_s is None else self._key_s, next_key_s)

    def _decode(self, count: int) -> Iterator[Picture]:
        self._was_fed |= count > 0
        for _, packet in self._group[:count]:
            if self._chooser.is_done:
                break
            with self._stats.timed("pictures"):
                frames = self._decoded(packet)
            yield from self._offered(frames)
        self._group, self._group_bytes = [], 0

    def _decoded(self, packet: "Packet[Any] | None") -> "list[VideoFrame]":
        import av.error

        try:
            self._stats.decoded_packets += packet is not None
            return self._codec.decode(packet)
        except av.error.EOFError:
            return []  # nothing was given to the decoder since it was flushed
        except av.error.FFmpegError:
            self._stats.skipped_packets += 1
            return []

    def _offered(self, frames: "Iterable[VideoFrame]") -> Iterator[Picture]:
        for frame in frames:
            time_s = self._time_of(frame, math.inf)
            if math.isfinite(time_s) and not frame.is_corrupt:
                self._stats.frames += 1
                yield from self._scaled(self._chooser.offer(time_s, frame))

    def _time_of(self, item: "Packet[Any] | VideoFrame", unknown_s: float) -> float:
        time_s = self._media.time_of(self._stream, item, self._duration_s)
        return unknown_s if time_s is None else time_s

    def _scaled(self, choices: "list[Choice[VideoFrame]]") -> Iterator[Picture]:
        for choice in choices:
            self._stats.pictures += 1
            yield Picture(choice.time_s, self._scaler.scale(choice.frame))


class _Scaler:
    """Scale frames down, apply their pixel aspect ratio and turn them upright."""

    def __init__(self, short_side_px: int, pixel_aspect: float, rotation_deg: int, stats: DecodeStats) -> None:
        from av.video.reformatter import VideoReformatter

        self._short_side_px = short_side_px
        self._pixel_aspect = pixel_aspect
        self._quarter_turns = rotation_deg // 90
        self._stats = stats
        self._reformatter = VideoReformatter()  # keeps its tables from frame to frame

    def scale(self, frame: "VideoFrame") -> NDArray[np.uint8]:
        with self._stats.timed("scaling"):
            width, height = scaled_size(frame.width, frame.height, self._pixel_aspect, self._short_side_px)
            scaled = self._reformatter.reformat(frame, width, height, "rgb24", interpolation="AREA")
            rgb = scaled.to_ndarray()
            return np.ascontiguousarray(np.rot90(rgb, self._quarter_turns), dtype=np.uint8)


def scaled_size(width_px: int, height_px: int, pixel_aspect: float, short_side_px: int) -> tuple[int, int]:
    """Return width and height with square pixels and a short side of at most `short_side_px`; never larger."""
    width, height = width_px * min(1.0, pixel_aspect), height_px / max(1.0, pixel_aspect)
    scale = min(1.0, short_side_px / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))

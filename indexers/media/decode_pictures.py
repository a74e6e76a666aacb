"""Decode as few pictures as a slice needs: the packets of one group at a time, planned by `planning`.

Frames that no other refers to are left out by FFmpeg's decoders themselves, which read the headers of H.264's and
HEVC's NAL units. The packets' own flag would not do: MP4 marks none of H.264's as disposable.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexers.media.bounds import is_plausible_picture, plausible_pixel_aspect
from indexers.media.container import Media
from indexers.media.planning import (
    MAX_BRIDGE_S,
    Choice,
    Chooser,
    KeyFrames,
    common,
    packets_to_decode,
    windows_between,
    windows_in,
)
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


CanBridge = Callable[[Picture, Picture], bool]
"""Asked with two neighbouring key pictures whether the windows between them can do without pictures of their own."""


@dataclass(eq=False)
class _Shot:
    """A decoded frame, and its picture once that was asked for."""

    time_s: float
    frame: "VideoFrame | None"
    """None once it was scaled: it holds 3 MB of the decoder's at 1080p."""
    rgb: NDArray[np.uint8] | None = None
    """None until then, and where it cannot be scaled."""


class PictureDecoder:
    """Take the video packets of a slice in file order and yield its pictures.

    Args:
        media: The open file.
        stream: Its video.
        slice_: Whose windows to serve.
        hop_s: Distance of two pictures.
        short_side_px: Pictures are scaled down to this.
        can_bridge: Asked about neighbouring key pictures; None for a picture in every window.
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
        can_bridge: CanBridge | None,
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
        aspect = plausible_pixel_aspect(float(stream.sample_aspect_ratio or 1))
        self._scaler = Scaler(short_side_px, aspect, 0 if video is None else video.rotation_deg)
        self._windows = windows_in(slice_.start_s, slice_.end_s, hop_s)
        self._chooser: Chooser[_Shot] = Chooser(self._windows, hop_s)
        self._can_bridge = can_bridge
        self._group: list[tuple[float, Packet[Any]]] = []
        self._group_bytes = 0
        self._key_s: float | None = None
        self._previous_key_s: float | None = None
        self._key_shot: _Shot | None = None  # of this group, where its key frame was decoded on its own
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
            # Where times go back, as where two recordings were joined, the group before ends like the last one.
            has_gone_back = self._key_s is not None and self._last_s < self._key_s
            yield from self._close_group(math.inf if has_gone_back else self._last_s, packet)
            self._previous_key_s, self._key_s = None if has_gone_back else self._key_s, self._last_s
        if self._key_s is None or self._last_s < self._key_s:
            return  # before the first key frame, or shown before its key frame: refers to frames that were not decoded
        self._group.append((self._last_s, packet))
        self._group_bytes += packet.size
        if len(self._group) >= MAX_GROUP_PACKETS or self._group_bytes >= MAX_GROUP_BYTES:
            yield from self._decode(len(self._group))

    def finish(self) -> Iterator[Picture]:
        """Decide what is left once the file has ended."""
        yield from self._close_group(math.inf, None)
        yield from self._scaled(self._chooser.finish(self._end_s))

    def _close_group(self, next_key_s: float, next_key: "Packet[Any] | None") -> Iterator[Picture]:
        if self._key_s is None:
            return
        next_shot = None
        if self._group and next_key_s > self._start_s:
            gap = self._gap(next_key_s)
            if next_key is not None and gap:
                self._key_shot = self._key_shot or self._alone(self._group[0][1])
                next_shot = self._alone(next_key)
            if self._key_shot and next_shot and self._is_bridged(self._key_shot, next_shot):
                self._stats.bridged += len(common(gap, self._windows))
                self._chooser.leave_out(gap)
                for shot in (self._key_shot, next_shot):
                    yield from self._scaled(self._chooser.offer(shot.time_s, shot))
            else:
                times_s = [time_s for time_s, _ in self._group]
                yield from self._decode(packets_to_decode(times_s, self._keys(next_key_s), self._hop_s))
        self._group, self._group_bytes = [], 0
        if self._was_fed:
            # The next group starts afresh: what it shows never depends on where the slice began.
            frames = self._decoded(None)
            self._codec.flush_buffers()
            self._was_fed = False
            yield from self._offered(frames)
        self._key_shot = next_shot

    def _gap(self, next_key_s: float) -> range:
        """Return the windows up to the next key frame that might do without a picture.

        Whether they do also decides what is decoded around them: it is asked for any slice that the group is part of.
        """
        key_s = self._key_s
        if self._can_bridge is None or key_s is None or self._was_fed or next_key_s - key_s > MAX_BRIDGE_S:
            return range(0)
        gap = windows_between(key_s, next_key_s, self._hop_s)
        return gap if gap and common(range(gap.start - 1, gap.stop), self._windows) else range(0)

    def _is_bridged(self, earlier: _Shot, later: _Shot) -> bool:
        one, other = self._picture(earlier), self._picture(later)
        return self._can_bridge is not None and one is not None and other is not None and self._can_bridge(one, other)

    def _alone(self, key: "Packet[Any]") -> _Shot | None:
        """Decode a key frame, whatever follows it: the decoder forgets it then."""
        frames = [*self._decoded(key), *self._decoded(None)]
        self._codec.flush_buffers()
        shots = self._shots(frames)
        self._stats.frames += len(shots)
        return shots[0] if shots else None

    def _keys(self, next_key_s: float) -> KeyFrames:
        previous_s = -math.inf if self._previous_key_s is None else self._previous_key_s
        return KeyFrames(previous_s, -math.inf if self._key_s is None else self._key_s, next_key_s)

    def _decode(self, count: int) -> Iterator[Picture]:
        if count == 1 and self._key_shot is not None:
            yield from self._scaled(self._chooser.offer(self._key_shot.time_s, self._key_shot))
            count = 0
        self._was_fed |= count > 0
        for _, packet in self._group[:count]:
            if self._chooser.is_done:
                break
            yield from self._offered(self._decoded(packet))
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
        for shot in self._shots(frames):
            self._stats.frames += 1
            key = self._key_shot
            if key is not None and key.time_s == shot.time_s:
                shot = key  # noqa: PLW2901 - scaled once, and handed out as the very picture that was asked about
            yield from self._scaled(self._chooser.offer(shot.time_s, shot))

    def _shots(self, frames: "Iterable[VideoFrame]") -> list[_Shot]:
        shots = []
        for frame in frames:
            time_s = self._time_of(frame, math.inf)
            if not is_plausible_picture(frame.width, frame.height):
                self._stats.skipped_packets += 1
            elif not frame.is_corrupt and math.isfinite(time_s):
                shots.append(_Shot(time_s, frame))
        return shots

    def _time_of(self, item: "Packet[Any] | VideoFrame", unknown_s: float) -> float:
        time_s = self._media.time_of(self._stream, item, self._duration_s)
        return unknown_s if time_s is None else time_s

    def _scaled(self, choices: "list[Choice[_Shot]]") -> Iterator[Picture]:
        for choice in choices:
            picture = self._picture(choice.frame)
            if picture is not None:
                self._stats.pictures += 1
                yield Picture(choice.time_s, picture.rgb)

    def _picture(self, shot: _Shot) -> Picture | None:
        """Return the picture of a frame; None where it is of a kind that cannot be scaled."""
        import av.error

        frame, shot.frame = shot.frame, None
        if frame is not None:
            try:
                shot.rgb = self._scaler.scale(frame)
            except av.error.FFmpegError:
                self._stats.skipped_packets += 1
        return None if shot.rgb is None else Picture(shot.time_s, shot.rgb)


class Scaler:
    """Scale frames down, apply their pixel aspect ratio and turn them upright."""

    def __init__(self, short_side_px: int, pixel_aspect: float, rotation_deg: int) -> None:
        from av.video.reformatter import VideoReformatter

        self._short_side_px = short_side_px
        self._pixel_aspect = pixel_aspect
        self._quarter_turns = rotation_deg // 90
        self._reformatter = VideoReformatter()  # keeps its tables from frame to frame

    def scale(self, frame: "VideoFrame") -> NDArray[np.uint8]:
        width, height = scaled_size(frame.width, frame.height, self._pixel_aspect, self._short_side_px)
        # One thread, as for decoding: more finish sooner, take more CPU seconds, and every worker would have its own.
        scaled = self._reformatter.reformat(frame, width, height, "rgb24", interpolation="AREA", threads=1)
        return np.ascontiguousarray(np.rot90(scaled.to_ndarray(), self._quarter_turns), dtype=np.uint8)


def scaled_size(width_px: int, height_px: int, pixel_aspect: float, short_side_px: int) -> tuple[int, int]:
    """Return width and height with square pixels and a short side of at most `short_side_px`; never larger."""
    width, height = width_px * min(1.0, pixel_aspect), height_px / max(1.0, pixel_aspect)
    scale = min(1.0, short_side_px / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))

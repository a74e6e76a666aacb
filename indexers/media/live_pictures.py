"""Pictures of a live source, one a window, as soon as there is one and with as little decoding as that takes.

Where a key frame falls into every window, only key frames are decoded. A window without one gets the first frame in it,
for which its group is decoded up to there. Packets that are not needed yet are kept, since nobody knows what comes: if
the next key frame is late, the group is decoded after all.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from indexers.media.container import Media
from indexers.media.decode_pictures import MIN_FRAMES_PER_HOP, Scaler
from indexers.media.planning import window_at
from indexers.media.stats import DecodeStats
from indexers.types import Picture

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

LONGEST_S = 1e9
"""Nobody knows how long a live recording becomes; its times are believed up to here."""
LATE_S = 0.1
"""A key frame comes about as long after the last one as that came after the one before."""


class LivePictures:
    """Take the video packets of a live source in their order and yield its pictures.

    Args:
        media: The open source; its origin is the start of the part.
        stream: Its video.
        hop_s: Distance of two pictures.
        short_side_px: Pictures are scaled down to this.
        rotation_deg: Counter-clockwise turn that shows them upright.
        stats: Counts are added to it.
    """

    def __init__(
        self,
        media: Media,
        stream: "VideoStream",
        *,
        hop_s: float,
        short_side_px: int,
        rotation_deg: int,
        stats: DecodeStats,
    ) -> None:
        self._media = media
        self._stream = stream
        self._hop_s = hop_s
        self._stats = stats
        self._scaler = Scaler(short_side_px, float(stream.sample_aspect_ratio or 1), rotation_deg)
        self._codec = stream.codec_context
        if not self._codec.is_open:  # as it is from the second part on
            self._codec.thread_count = 1
        if stream.average_rate and float(stream.average_rate) * hop_s >= MIN_FRAMES_PER_HOP:
            self._codec.skip_frame = "NONREF"
        self._group: list[Packet[Any]] = []
        self._is_fed = False
        self._served = -1
        self._key_s: float | None = None
        self._group_s: float | None = None
        """Distance of the last two key frames."""

    def take(self, packet: "Packet[Any]", time_s: float) -> Iterator[Picture]:
        """Take the next packet, due at a time; yield the pictures that it decides."""
        window = window_at(time_s, self._hop_s)
        if packet.is_keyframe:
            self._begin_group(time_s)
            if window > self._served:
                yield from self._served_by([*self._decoded(packet), *self._decoded(None)])
                self._codec.flush_buffers()
        elif self._key_s is None:
            return  # it refers to frames that nobody has
        self._group.append(packet)
        is_wanted = window > self._served and not self._is_key_due(window, time_s)
        if is_wanted or self._leads_on(window):
            waiting, self._group = self._group, []
            self._is_fed = True
            yield from self._served_by([frame for one in waiting for frame in self._decoded(one)])

    def _begin_group(self, time_s: float) -> None:
        if self._is_fed:  # what follows never depends on what was left out before
            self._decoded(None)
            self._codec.flush_buffers()
        if self._key_s is not None:
            self._group_s = time_s - self._key_s
        self._key_s, self._group, self._is_fed = time_s, [], False

    def _is_key_due(self, window: int, time_s: float) -> bool:
        """Whether a key frame is to be expected in a window, after a time."""
        if self._key_s is None or self._group_s is None:
            return False
        due_s = self._key_s + self._group_s
        return time_s <= due_s + LATE_S and window_at(due_s, self._hop_s) <= window

    def _leads_on(self, window: int) -> bool:
        """Whether the group is decoded into the next window anyway: then it is as it comes, not all at once later."""
        if self._key_s is None or self._group_s is None:
            return False
        return window_at(self._key_s + self._group_s, self._hop_s) > window + 1

    def _served_by(self, frames: "Iterable[VideoFrame]") -> Iterator[Picture]:
        for frame in frames:
            self._stats.frames += 1
            time_s = self._media.time_of(self._stream, frame, LONGEST_S)
            if time_s is None or frame.is_corrupt:
                continue
            window = window_at(time_s, self._hop_s)
            if window > self._served:
                self._served = window
                self._stats.pictures += 1
                yield Picture(max(0.0, time_s), self._scaler.scale(frame))

    def _decoded(self, packet: "Packet[Any] | None") -> "list[VideoFrame]":
        import av.error

        try:
            self._stats.decoded_packets += packet is not None
            return self._codec.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._stats.skipped_packets += 1
            return []

"""How long the streams of a recording are: what the container says where that can be, else what its packets say."""

import re
from typing import TYPE_CHECKING

from indexers.media.container import CLOCK_MARGIN_S, Media, open_media
from indexers.media.stats import DecodeStats

if TYPE_CHECKING:
    from av.stream import Stream

MAX_DURATION_S = 7 * 24 * 3600.0
"""What is claimed beyond this is not believed: no battery lasts a week."""

MIN_BYTES_PER_S = 1000.0
"""A file that has less for each second it claims is measured, which takes no time then: it is small. Speech at its
thriftiest, AMR, takes 600; cameras take hundreds of times as much."""

MAX_GAP_S = 3600.0
"""Where nothing came for longer than this, a time is believed only if the next one agrees: a flipped bit adds days."""


def ends(media: Media, size_bytes: int) -> dict[int, float]:
    """Return when each stream in use ends, by stream index, in seconds from the first frame.

    Args:
        media: An open file; what was read of it does not matter.
        size_bytes: Its size.

    Raises:
        MediaError: It cannot be read.
    """
    streams: list[Stream] = [s for s in (media.audio, media.video) if s is not None]
    claimed = {stream.index: _claimed_end_s(media, stream) for stream in streams}
    believed = {index: end_s for index, end_s in claimed.items() if end_s is not None and _can_be(end_s, size_bytes)}
    if len(believed) == len(streams) and not any(_reaches_past(stream, size_bytes) for stream in streams):
        return believed
    return _measured(media, streams)


class Latest:
    """The latest of the times of a stream that agree with each other."""

    def __init__(self) -> None:
        self.end_s = 0.0
        self._doubtful: tuple[float, float] | None = None

    def see(self, start_s: float, end_s: float) -> None:
        """Take the next packet's times, in the order of the file."""
        if not -CLOCK_MARGIN_S < start_s <= end_s < MAX_DURATION_S:
            return
        if start_s <= self.end_s + MAX_GAP_S:
            self.end_s = max(self.end_s, end_s)
        elif self._doubtful is not None and abs(start_s - self._doubtful[0]) <= MAX_GAP_S:
            self.end_s = max(end_s, self._doubtful[1])
        else:
            self._doubtful = (start_s, end_s)
            return
        self._doubtful = None


def _can_be(end_s: float, size_bytes: int) -> bool:
    return 0 < end_s < MAX_DURATION_S and size_bytes >= MIN_BYTES_PER_S * end_s


def _measured(media: Media, streams: "list[Stream]") -> dict[int, float]:
    """Read the packets from the first to the last; the file is opened again, since the first have been read."""
    latest = {stream.index: Latest() for stream in streams}
    with open_media(media.path) as again:
        same = [stream for stream in again.container.streams if stream.index in latest]
        again.use_only(same)
        for packet in again.packets(same, DecodeStats()):
            clock = packet.dts if packet.pts is None else packet.pts
            if clock is not None and packet.stream_index in latest:
                end = clock + max(0, packet.duration or 0)
                latest[packet.stream_index].see(media.seconds(packet.stream, clock), media.seconds(packet.stream, end))
    return {index: one.end_s for index, one in latest.items()}


def _claimed_end_s(media: Media, stream: "Stream") -> float | None:
    if stream.duration is not None and stream.duration > 0:
        return media.seconds(stream, (stream.start_time or 0) + stream.duration)
    tag = next((value for key, value in stream.metadata.items() if key.upper().startswith("DURATION")), "")
    match = re.fullmatch(r"(\d{1,9}):(\d{1,9}):(\d{1,9}(?:\.\d+)?)", tag.strip())
    if match:  # Matroska writes when the stream ends, not how long it is
        return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) - media.origin_s
    return None


def _reaches_past(stream: "Stream", size_bytes: int) -> bool:
    """Whether the container's index points past the end of the file: it was cut after its index was written."""
    entries = stream.index_entries
    last = entries[len(entries) - 1] if len(entries) else None
    return last is not None and last.pos + last.size > size_bytes

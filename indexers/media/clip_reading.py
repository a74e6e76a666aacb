"""Reading a span of a recording for a cut: where to begin, and how its times become those of the clip."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from indexers.facts import Recording, Span
from indexers.media.container import Media
from indexers.media.stats import DecodeStats

if TYPE_CHECKING:
    from av.frame import Frame
    from av.packet import Packet
    from av.stream import Stream

MARGINS_S = (0.0, 5.0, 30.0)
"""Seek to so much before, one after the other: in transport streams seeking is a guess and lands anywhere around."""


@dataclass(frozen=True)
class Reading:
    """A span of an open recording on its way into a clip."""

    media: Media
    recording: Recording
    span: Span
    """In seconds of the recording."""
    at_s: float
    """When it begins in the clip."""

    def time_of(self, stream: "Stream", item: "Packet[Any] | Frame") -> float | None:
        """Return when a packet or frame of the recording is due; None where nobody knows."""
        return self.media.time_of(stream, item, self.recording.duration_s)


def go_to_key_frame(media: Media, stream: "Stream", time_s: float, duration_s: float) -> float:
    """Go to a place in a file from which everything at and after the last key frame before a time can be read.

    Args:
        media: The open file; what is read next are packets from about there, and some may be from before.
        stream: Whose key frame.
        time_s: In seconds of the recording.
        duration_s: The recording's.

    Returns:
        When the key frame is shown; 0 where there is none so early.
    """
    for margin_s in MARGINS_S:
        from_s = time_s - margin_s
        if from_s <= 0:
            break
        media.seek(from_s)
        found_s = None
        for packet in media.packets([stream], DecodeStats()):
            at_s = media.time_of(stream, packet, duration_s)
            if at_s is None:
                continue
            if packet.is_keyframe and at_s <= time_s:
                found_s = at_s
            # In the order of decoding a frame may come before one that is shown earlier, but no key frame may.
            if at_s > time_s and (packet.is_keyframe or found_s is not None):
                break
        if found_s is not None:
            media.seek(from_s)
            return max(0.0, found_s)
    media.seek(0.0)
    return 0.0

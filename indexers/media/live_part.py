"""A part of a live source on the disk: its packets as they came, in Matroska, whole up to the last second."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.packet import Packet
    from av.stream import Stream

CLUSTER_MS = 1000
"""What a kill may cost: clusters are written when they are full."""


class PartFile:
    """Writes packets. What was written a second ago can be read by others, and is there after a kill."""

    def __init__(self, path: Path, streams: "Sequence[Stream]", began_at: datetime) -> None:
        """Make the file, for its owner's eyes only.

        Raises:
            OSError: It cannot be written.
        """
        import av

        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        options = {"cluster_time_limit": str(CLUSTER_MS), "flush_packets": "1"}
        self._output = av.open(str(path.absolute()), "w", format="matroska", options=options)
        self._output.metadata["creation_time"] = began_at.isoformat()
        self._streams = {stream.index: self._output.add_stream_from_template(stream) for stream in streams}
        self._last_dts: dict[int, int] = {}

    def write(self, packet: "Packet[Any]", origin_s: float) -> None:
        """Write a packet of one of the streams, so many seconds earlier than it says.

        Raises:
            OSError: It cannot be written.
        """
        from av.packet import Packet

        base = packet.time_base
        if base is None or packet.stream_index not in self._streams:
            return
        copy = Packet(bytes(packet))  # muxing changes a packet, and the decoder wants it too
        shift = round(origin_s / base)
        dts = packet.dts if packet.dts is not None else packet.pts
        pts = packet.pts if packet.pts is not None else packet.dts
        if dts is None or pts is None:
            return
        # A muxer refuses what goes back in time; sources that stumble do.
        dts = max(dts - shift, self._last_dts.get(packet.stream_index, dts - shift - 1) + 1)
        self._last_dts[packet.stream_index] = dts
        copy.time_base = base
        copy.dts, copy.pts = dts, max(pts - shift, dts)
        copy.duration = packet.duration or 0
        copy.is_keyframe = packet.is_keyframe
        copy.stream = self._streams[packet.stream_index]
        self._output.mux_one(copy)

    def close(self) -> None:
        """Write what is missing to make it a file like others; twice is fine."""
        self._output.close()

"""A live source: what it is called, how it is opened, and its packets as they arrive."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import MediaError
from indexers.media.container import Media
from indexers.media.formats import OPTIONS
from indexers.media.growing import GrowingFile

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

OPENING_S = 10.0
READING_S = 5.0
"""A network source that says nothing for so long is gone."""
WAITED_S = 0.01
MOST_HELD = 300
"""Packets: what FFmpeg may have read ahead, and some more."""
PROBED = {"analyzeduration": "1000000", "probesize": "1000000"}
"""What FFmpeg may read ahead to learn what a stream holds: five seconds where nobody says."""


@dataclass(frozen=True)
class Source:
    """Where live pictures and sound come from."""

    name: str
    """A URL, a device, or a file that grows."""
    input_format: str | None = None
    """FFmpeg's name of what reads a device: `v4l2`, `avfoundation`, `dshow`; None to let it find out."""
    patience_s: float = 10.0
    """A file has ended when it has not grown for so long."""

    @property
    def shown(self) -> str:
        """The name to print and to keep: without user, password and keys.

        `rtsp://admin:secret@kitchen.local/stream1?key=1` is `rtsp://kitchen.local/stream1`.
        """
        scheme, is_url, rest = self.name.partition("://")
        if not is_url:
            return self.name
        server, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
        return f"{scheme}://{server.rpartition('@')[2]}{slash}{path}"

    @property
    def file(self) -> Path | None:
        """The file, where it is one: it is its own recording."""
        path = Path(self.name)
        return path if self.input_format is None and path.is_file() else None

    @property
    def is_endless(self) -> bool:
        """Whether its end is no end: it is asked again. A file that has ended, or a pipe, has said all."""
        return self.input_format is not None or "://" in self.name


@contextmanager
def opened(source: Source, should_stop: Callable[[], bool]) -> Iterator[Media]:
    """Open a source and close it afterwards.

    Raises:
        MediaError: It cannot be opened.
    """
    import av
    import av.error

    file = source.file
    growing: GrowingFile | None = None
    name = Path(source.shown)
    try:
        if file is not None:
            growing = GrowingFile(file, patience_s=source.patience_s, should_stop=should_stop)
            container: InputContainer = av.open(growing, "r", metadata_errors="ignore", options=dict(OPTIONS))
        else:
            options = dict(PROBED)
            if source.name.startswith("rtsp"):
                options["rtsp_transport"] = "tcp"
            container = av.open(
                source.name,
                "r",
                format=source.input_format,
                options=options,
                metadata_errors="ignore",
                timeout=(OPENING_S, READING_S),
            )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if growing is not None:
            growing.close()
        raise MediaError(name, f"it cannot be opened ({_why(error)})", "check that it is on, and its name") from error
    try:
        with container:
            yield Media(name, container)
    finally:
        if growing is not None:
            growing.close()


def packets(media: Media, streams: "Sequence[Stream]") -> "Iterator[Packet[Any]]":
    """Read the packets of some streams until there are no more.

    Raises:
        MediaError: The source has gone away.
    """
    import av.error

    media.use_only(streams)
    try:
        for packet in media.container.demux(list(streams)):
            if packet.size:
                yield packet
    except av.error.EOFError:
        return
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise MediaError(media.path, f"it has gone away ({_why(error)})", "check that it is on") from error


def once_caught_up(read: "Iterator[Packet[Any]]", notice: "Callable[[Packet[Any]], None]") -> "Iterator[Packet[Any]]":
    """Hold the first packets until one has to be waited for: what was read ahead says when it happened only then."""
    held: list[Packet[Any]] = []
    is_late, asked_s = True, time.monotonic()
    for packet in read:
        notice(packet)
        if is_late:
            held.append(packet)
            is_late = time.monotonic() - asked_s < WAITED_S and len(held) < MOST_HELD
            asked_s = time.monotonic()
            if is_late:
                continue
            yield from held
            held = []
        else:
            yield packet
    yield from held


def _why(error: Exception) -> str:
    import av.error

    if isinstance(error, av.error.ExitError):
        return f"nothing came for {READING_S:g} s"
    return str(getattr(error, "strerror", None) or error)

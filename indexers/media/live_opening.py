"""A live source, opened, and its packets as they arrive."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import MediaError
from indexers.media.container import Media
from indexers.media.formats import OPTIONS
from indexers.media.growing import GrowingFile
from indexers.media.live_source import Source

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
CAMERAS = frozenset({"v4l2", "video4linux2"})
"""FFmpeg's names of what reads them."""
COMPRESSED = ("h264", "mjpeg")
"""What a camera is asked to send, best first: left alone, most send raw pictures, which are not followed."""
ALSA_CONFIG = Path("/usr/share/alsa/alsa.conf")
"""Where systems keep it; PyAV's own ALSA looks for it where it was built."""


class SourceRefusedError(MediaError):
    """A source that will not open however often it is asked: the login is wrong, or nothing here reads it."""


@contextmanager
def opened(source: Source, should_stop: Callable[[], bool]) -> Iterator[Media]:
    """Open a source and close it afterwards.

    Raises:
        MediaError: It cannot be opened: `SourceRefusedError` where it would not be next time either.
    """
    import av

    file, name = source.file, Path(source.shown)
    growing: GrowingFile | None = None
    began_s = time.monotonic()
    try:
        if file is not None:
            growing = GrowingFile(file, patience_s=source.patience_s, should_stop=should_stop)
            container = av.open(growing, "r", metadata_errors="ignore", options=dict(OPTIONS))
        else:
            container = _container(source)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if growing is not None:
            growing.close()
        # Not chained: PyAV's errors tell the address with its password, and tracebacks end up in logs.
        raise _not_opened(source, error, time.monotonic() - began_s) from None
    try:
        with container:
            yield Media(name, container)
    finally:
        if growing is not None:
            growing.close()


def _container(source: Source) -> "InputContainer":
    """Open what is no file, in the first of its ways that works."""
    import av
    import av.error

    if source.reader == "alsa" and ALSA_CONFIG.exists():
        os.environ.setdefault("ALSA_CONFIG_PATH", str(ALSA_CONFIG))
    *others, last = _ways(source)
    for options in others:
        with suppress(av.error.ArgumentError):  # the device does not send this
            return _with_options(source, options)
    return _with_options(source, last)


def _with_options(source: Source, options: Mapping[str, str]) -> "InputContainer":
    import av

    return av.open(
        source.address(),
        "r",
        format=source.reader,
        options={**PROBED, **options},
        metadata_errors="ignore",
        timeout=(OPENING_S, READING_S),
    )


def _ways(source: Source) -> list[dict[str, str]]:
    """Return FFmpeg's options, those to try first before others."""
    if source.reader in CAMERAS:
        return [*({"input_format": codec} for codec in COMPRESSED), {}]
    if source.name.startswith("rtsp"):
        # Over TCP nothing is lost; a server that knows only UDP says so, and is asked for that.
        return [{"rtsp_flags": "prefer_tcp"}]
    return [{}]


def _not_opened(source: Source, error: Exception, took_s: float) -> MediaError:
    import av.error

    name = Path(source.shown)
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        login = "rtsp://USER:$PASSWORD@HOST/..., with the password in the environment variable PASSWORD"
        return SourceRefusedError(name, "it lets nobody in without the right user and password", f"name them: {login}")
    if source.reader is not None and not isinstance(error, OSError | av.error.FFmpegError):
        remedy = "name another with --input-format: v4l2 or alsa on Linux, avfoundation on macOS, dshow on Windows"
        return SourceRefusedError(name, f"nothing here reads {source.reader}", remedy)
    why = f"no answer within {OPENING_S:g} s" if took_s >= OPENING_S else _why(error)
    return MediaError(name, f"it cannot be opened ({why})", "check that it is on, and its name")


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
        # Not chained, as in `opened`.
        raise MediaError(media.path, f"it has gone away ({_why(error)})", "check that it is on") from None


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
            yield from _dated(held)
            held = []
        else:
            yield packet
    yield from _dated(held)


def _dated(held: "list[Packet[Any]]") -> "list[Packet[Any]]":
    """Date packets without a time just before the next one of their stream.

    The first key frame that comes by RTSP has none; without it, nothing could be seen up to the second one.
    """
    following: dict[int, int] = {}
    for packet in reversed(held):
        if packet.pts is None and packet.dts is None and packet.stream_index in following:
            packet.pts = packet.dts = following[packet.stream_index] - max(1, packet.duration or 0)
        clock = packet.pts if packet.pts is not None else packet.dts
        if clock is not None:
            following[packet.stream_index] = clock
    return held


def _why(error: Exception) -> str:
    import av.error

    if isinstance(error, av.error.ExitError):
        return f"nothing came for {READING_S:g} s"
    return str(getattr(error, "strerror", None) or error)

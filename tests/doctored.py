"""Media files that no program would write: MP4 files cut and pasted together, headers that say anything."""

import io
import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
from PIL import Image

from tests.media import RED, make_recording

ENTRY = ("moov", "trak", "mdia", "minf", "stbl", "stsd")
"""The boxes around a description of samples, from the outermost in."""


def box(name: str, content: bytes) -> bytes:
    """Return an MP4 box."""
    return struct.pack(">I4s", 8 + len(content), name.encode()) + content


def found(data: bytes, name: str) -> tuple[int, int]:
    """Return where the last box of a name begins and ends."""
    start = data.rindex(name.encode()) - 4
    return start, start + int.from_bytes(data[start : start + 4], "big")


def replaced(data: bytes, span: tuple[int, int], new: bytes, inside: Sequence[str]) -> bytes:
    """Put other bytes in the place of some, and enlarge the boxes they are in.

    Args:
        data: A file whose index follows its content, so that nothing that it points at moves.
        span: What is replaced.
        new: What comes there.
        inside: Names of the boxes around, each the last one before the span.
    """
    start, end = span
    changed = bytearray(data)
    for name in inside:
        at = data.rindex(name.encode(), 0, start) - 4
        size = int.from_bytes(data[at : at + 4], "big") + len(new) - (end - start)
        changed[at : at + 4] = size.to_bytes(4, "big")
    changed[start:end] = new
    return bytes(changed)


def overwritten(path: Path, name: str, at: int, new: bytes) -> Path:
    """Write other bytes into the last box of a name, so many after the name; return the path."""
    data = bytearray(path.read_bytes())
    start = found(bytes(data), name)[0] + 8 + at
    data[start : start + len(new)] = new
    path.write_bytes(data)
    return path


def make_wav(path: Path, *, channels: int = 1, rate_hz: int = 8_000, seconds: float = 2.0) -> Path:
    """Write a tone of 440 Hz, the same in all channels; the header says what it is told to say."""
    times = np.arange(round(seconds * 8_000)) / 8_000
    tone = (8_000 * np.sin(2 * np.pi * 440 * times)).astype("<i2")
    data = np.repeat(tone[:, None], channels, axis=1).tobytes()
    frame_bytes = 2 * channels
    described = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * frame_bytes % (1 << 32), frame_bytes, 16)
    header = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + described
    path.write_bytes(header + b"data" + struct.pack("<I", len(data)) + data)
    return path


def make_jpegs(path: Path, sizes_px: Sequence[int], tags: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Write a picture a second; each is red and 64 pixels square, and says that it is of such a size."""
    content = io.BytesIO()
    Image.new("RGB", (64, 64), RED).save(content, "JPEG")
    at = content.getvalue().index(b"\xff\xc0") + 5
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mjpeg", rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        stream.metadata.update(tags)
        for number, size_px in enumerate(sizes_px):
            jpeg = bytearray(content.getvalue())
            jpeg[at : at + 4] = struct.pack(">HH", size_px, size_px)
            packet = av.Packet(bytes(jpeg))
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1), True
            packet.pts = packet.dts = number
            output.mux(packet)
    return path


def make_raw(path: Path, kind: str) -> Path:
    """Write three frames as they are, one a second."""
    content = bytes(sum(plane.buffer_size for plane in av.VideoFrame(64, 48, kind).planes))
    with av.open(str(path), "w") as output:
        stream = output.add_stream("rawvideo", rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, kind
        for number in range(3):
            packet = av.Packet(content)
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1), True
            packet.pts = packet.dts = number
            output.mux(packet)
    return path


def with_tracks(path: Path, count: int) -> Path:
    """Make a recording whose last track is there so many times more."""
    data = make_recording(path).read_bytes()
    start, end = found(data, "trak")
    path.write_bytes(replaced(data, (end, end), data[start:end] * count, ["moov"]))
    return path

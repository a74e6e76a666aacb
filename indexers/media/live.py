"""Follow a live source: its packets go to the disk as they are, and what they show comes out as it happens.

A live recording is cut into parts. A part begins with a key frame (of sound alone, with any packet), and its times
count from there. A clock that jumps begins a new part too.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import MediaError
from indexers.media.container import Media
from indexers.media.decode_sound import SoundDecoder
from indexers.media.live_opening import once_caught_up, opened, packets
from indexers.media.live_part import PartFile
from indexers.media.live_pictures import LONGEST_S, LivePictures
from indexers.media.live_source import Source
from indexers.media.stats import DecodeStats
from indexers.media.wallclock import wall_clock
from indexers.types import AudioStream, Picture, Recording, Slice, SoundBlock, VideoStream

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

BLOCK_S = 0.24
"""So much sound is resampled at a time: half a hop of the usual windows."""
JUMP_S = 10.0
"""A clock that jumps by more begins a new part: the source was away, or began anew."""
RAW = frozenset({"rawvideo", "wrapped_avframe"})
"""Pictures that are not compressed: a minute of them takes gigabytes, so they are not written down as they come."""


@dataclass(frozen=True)
class PartBegins:
    """A part has begun; what comes next is of it."""

    path: Path
    began_at: datetime | None
    audio: AudioStream | None
    """Their lengths are not known yet."""
    video: VideoStream | None


@dataclass(frozen=True)
class PartEnds:
    """A part is over, and its file is whole."""

    path: Path


@dataclass(frozen=True)
class Wanted:
    """What is to come out of a live source, and how it is cut."""

    sample_rates_hz: Sequence[int]
    picture_hop_s: float | None
    """None for no pictures."""
    short_side_px: Callable[[int, int], int]
    """The short side that pictures of a width and a height are scaled down to."""
    part_s: float
    part_path: Callable[[datetime], Path]
    """Where the part goes that begins now. Not asked of a file, which is its own part."""


Piece = PartBegins | SoundBlock | Picture | PartEnds


def follow(
    source: Source, wanted: Wanted, *, should_stop: Callable[[], bool], stats: DecodeStats | None = None
) -> Iterator[Piece]:
    """Yield what a live source shows, part by part, until it ends or is to stop.

    Sound comes as in `decode`, in blocks of a quarter of a second. One picture comes for each window that has a frame,
    as soon as there is one.

    Args:
        source: What to follow.
        wanted: What is to come out.
        should_stop: Asked at every packet, and while a file is waited for.
        stats: If given, counts and CPU seconds are added to it.

    Raises:
        MediaError: The source cannot be opened or has gone away, or a part cannot be written.
    """
    with opened(source, should_stop) as media:
        follower = _Follower(media, source, wanted, DecodeStats() if stats is None else stats)
        try:
            for packet in once_caught_up(packets(media, follower.streams), follower.notice):
                if should_stop():
                    break
                yield from follower.take(packet)
        finally:
            ends = follower.end()
        yield from ends
        if source.is_endless and media.container.duration is None and not should_stop():
            raise MediaError(Path(source.shown), "it has ended", "check that it is on")


class _Follower:
    """Cuts one opened source into parts."""

    def __init__(self, media: Media, source: Source, wanted: Wanted, stats: DecodeStats) -> None:
        self._media = media
        self._source = source
        self._wanted = wanted
        self._stats = stats
        self._is_seen = media.video is not None and wanted.picture_hop_s is not None
        self._is_heard = media.audio is not None and bool(wanted.sample_rates_hz)
        everything: list[Stream] = [one for one in (media.video, media.audio) if one is not None]
        self.streams = everything
        if not (self._is_seen or self._is_heard):
            raise MediaError(Path(source.shown), "it has nothing that this library indexes", "name another source")
        if source.file is None and media.video is not None and media.video.codec_context.name in RAW:
            raise MediaError(
                Path(source.shown),
                "its pictures are not compressed, and cannot be written down as they are",
                "let it send H.264 or MJPEG, or record it with ffmpeg to a file and watch that",
            )
        self._clock_s = media.origin_s  # of the container, where the part begins
        self._file: PartFile | None = None
        self._path: Path | None = None
        self._sound: SoundDecoder | None = None
        self._pictures: LivePictures | None = None
        self._last_s: dict[int, float] = {}
        self._offset_s = math.inf  # from the source's clock to the one on the wall: the least that was seen

    def notice(self, packet: "Packet[Any]") -> None:
        """Compare the clocks as a packet arrives; the one that waited least tells best."""
        if packet.pts is not None and packet.time_base is not None:
            self._offset_s = min(self._offset_s, time.time() - float(packet.pts * packet.time_base))

    def take(self, packet: "Packet[Any]") -> Iterator[Piece]:
        clock = packet.pts if packet.pts is not None else packet.dts
        base = packet.time_base
        if clock is None or base is None:
            return
        at_s = float(clock * base)
        is_video = self._media.video is not None and packet.stream_index == self._media.video.index
        last_s = self._last_s.get(packet.stream_index, at_s)
        self._last_s[packet.stream_index] = at_s
        has_jumped = abs(at_s - last_s) > JUMP_S
        if has_jumped:
            yield from self.end()
            self._last_s = {packet.stream_index: at_s}
            self._offset_s = time.time() - at_s
        can_begin = packet.is_keyframe and (is_video or self._media.video is None)
        is_full = self._path is not None and at_s - self._clock_s >= self._wanted.part_s and self._source.file is None
        if can_begin and (self._path is None or is_full):
            yield from self.end()
            yield self._begin(at_s)
        if self._path is None:
            return  # before the first key frame
        if self._file is not None:
            try:
                self._file.write(packet, self._clock_s)
            except OSError as error:
                raise MediaError(
                    self._path, f"it cannot be written ({error.strerror or error})", "check the disk it is on"
                ) from error
        if is_video and self._pictures is not None:
            yield from self._pictures.take(packet, at_s - self._clock_s)
        elif not is_video and self._sound is not None:
            yield from self._sound.take(packet)

    def end(self) -> list[Piece]:
        """End the part, if there is one. What its sound decoder still holds is left out."""
        if self._path is None:
            return []
        path, self._path = self._path, None
        if self._file is not None:
            self._file.close()
            self._file = None
        return [PartEnds(path)]

    def _begin(self, at_s: float) -> PartBegins:
        media, wanted, file = self._media, self._wanted, self._source.file
        self._clock_s = media.origin_s = at_s
        now = datetime.fromtimestamp(min(time.time(), self._offset_s + at_s), UTC).astimezone()
        began_at: datetime | None = now
        if file is None:
            self._path = wanted.part_path(now)
            try:
                self._file = PartFile(self._path, self.streams, now)
            except OSError as error:
                path, self._path = self._path, None
                raise MediaError(
                    path, f"it cannot be written ({error.strerror or error})", "name another folder: --keep FOLDER"
                ) from error
        else:
            self._path = file
            began_at, _ = wall_clock(file, dict(media.container.metadata), 0.0)
        audio, video = _audio(media), _video(media)
        recording = Recording("", self._path, 0, LONGEST_S, None, "unknown", None, None, None)
        whole = Slice(recording, 0, 0.0, LONGEST_S)
        if self._is_heard and media.audio is not None:
            self._sound = SoundDecoder(
                media,
                media.audio,
                whole,
                rates_hz=list(dict.fromkeys(wanted.sample_rates_hz)),
                extra_s=0.0,
                stats=self._stats,
                block_s=BLOCK_S,
            )
        if self._is_seen and media.video is not None and video is not None and wanted.picture_hop_s is not None:
            self._pictures = LivePictures(
                media,
                media.video,
                hop_s=wanted.picture_hop_s,
                short_side_px=wanted.short_side_px(video.width_px, video.height_px),
                rotation_deg=video.rotation_deg,
                stats=self._stats,
            )
        return PartBegins(self._path, began_at, audio, video)


def _audio(media: Media) -> AudioStream | None:
    stream = media.audio
    if stream is None:
        return None
    codec = stream.codec_context
    return AudioStream(codec.name, codec.sample_rate, len(codec.layout.channels), 0.0, 0.0)


def _video(media: Media) -> VideoStream | None:
    stream = media.video
    if stream is None:
        return None
    return VideoStream(
        stream.codec_context.name, stream.width, stream.height, 0, float(stream.average_rate or 0.0), 0.0, 0.0
    )

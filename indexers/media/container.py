"""Open a media file, choose its streams and read its packets: what `probe` and `decode` share.

Container clocks end here: `Media.seconds` turns them into seconds from the recording's first frame.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from indexers.errors import MediaError
from indexers.media.bounds import MAX_PIXELS, MAX_RATE_HZ, is_plausible_picture, is_plausible_sound
from indexers.media.formats import OPTIONS, what_else
from indexers.media.mixing import forget_places
from indexers.media.stats import DecodeStats

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.frame import Frame
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

MAX_FAILED_READS = 100
"""Consecutive failures to read a packet before the rest of the file is given up."""

REASONS = {
    errno.ENOENT: ("there is no such file", "check the path"),
    errno.EACCES: ("it may not be read", "give yourself permission to read it"),
    errno.EPERM: ("it may not be read", "give yourself permission to read it"),
    errno.EISDIR: ("it is a folder", "name the files in it"),
    errno.ENOMEM: ("it asks for more memory, or holds more streams, than it may", "check that it plays elsewhere"),
}
"""Why a file cannot be opened, and what to do, by the system's number of the error."""

CLOCK_MARGIN_S = 60.0
"""Times further outside the recording are damage: sound may begin before the pictures, but not by a minute."""


class Media:
    """An open media file with the streams that are indexed.

    Attributes:
        path: The file.
        container: PyAV's handle.
        audio: The sound to index, or None.
        video: The pictures to index, or None; never cover art.
        origin_s: The container's time of the first frame: of the video, else of the audio.
    """

    def __init__(self, path: Path, container: "InputContainer") -> None:
        self.path = path
        self.container = container
        self.audio: AudioStream | None = _preferred([s for s in container.streams.audio if _is_known(s)])
        self.video: VideoStream | None = _preferred([s for s in container.streams.video if _is_video(s)])
        if self.audio is not None:
            forget_places(self.audio.codec_context)
        self._refuse_what_cannot_be()
        self._ticks: dict[int, tuple[int, int]] = {}
        """Seconds a tick of each stream's clock, by its number: numerator and denominator."""
        self.origin_s = self._origin_s()

    def _refuse_what_cannot_be(self) -> None:
        """Refuse pictures and sound that no camera makes by what the header says of them, before any is decoded."""
        video, audio = self.video, self.audio
        claim = None
        if video is not None:
            if not is_plausible_picture(video.width, video.height):
                claim = f"its pictures claim to be {video.width} x {video.height} pixels"
            video.codec_context.options = {"max_pixels": str(MAX_PIXELS)}  # they may grow on the way
        if audio is not None:
            rate_hz, channels = audio.codec_context.sample_rate, audio.codec_context.layout.nb_channels
            # Nothing at all means that the decoder is to find out.
            if not is_plausible_sound(rate_hz or MAX_RATE_HZ, channels or 1):
                claim = f"its sound claims to have {channels} channels of {rate_hz} samples a second"
        if claim is not None:
            raise MediaError(self.path, claim, "check that it plays elsewhere")

    def _origin_s(self) -> float:
        stream = self.video or self.audio
        if stream is not None and stream.start_time is not None and stream.time_base:
            return float(stream.start_time * stream.time_base)
        return (self.container.start_time or 0) / 1e6

    def seconds(self, stream: "Stream", pts: int) -> float:
        """Turn a stream's clock into seconds from the recording's first frame."""
        # Dividing integers rounds as `Fraction` would, in a tenth of the time, and PyAV makes a new one whenever it is
        # asked for a stream's: this is asked of every packet of a recording.
        ticks = self._ticks.get(stream.index)
        if ticks is None:
            base = stream.time_base
            ticks = self._ticks[stream.index] = (0, 1) if base is None else (base.numerator, base.denominator)
        return pts * ticks[0] / ticks[1] - self.origin_s

    def time_of(self, stream: "Stream", item: "Packet[Any] | Frame", duration_s: float) -> float | None:
        """Return when a packet or frame is due, or None where its clock says nothing or what cannot be.

        Args:
            stream: Whose it is.
            item: A damaged one may claim any time: a bit flipped in a transport stream adds a day.
            duration_s: The recording's.
        """
        clock = item.dts if item.pts is None else item.pts
        if clock is None:
            return None
        time_s = self.seconds(stream, clock)
        return time_s if -CLOCK_MARGIN_S < time_s < duration_s + CLOCK_MARGIN_S else None

    def leave_out_video(self) -> None:
        """Index the sound alone: the first sample is time zero then."""
        self.video = None
        self.origin_s = self._origin_s()

    def use_only(self, streams: "Sequence[Stream]") -> None:
        """Let the demuxer drop the packets of all other streams without reading them, where PyAV can say so."""
        try:
            from av.stream import Discard
        except ImportError:  # PyAV before 16 reads and drops them
            return
        for stream in self.container.streams:
            if stream not in streams:
                stream.discard = Discard.all

    def seek(self, time_s: float) -> None:
        """Go to the last key frame at or before a time; stay at the start where the file cannot be sought in."""
        import av.error

        stream = self.video or self.audio
        if stream is None or not stream.time_base:
            return
        with suppress(av.error.FFmpegError, OverflowError):  # damaged clocks count further than 64 bits go
            self.container.seek(int((time_s + self.origin_s) / stream.time_base), stream=stream, backward=True)

    def packets(self, streams: "Sequence[Stream]", stats: DecodeStats) -> "Iterator[Packet[Any]]":
        """Read the packets of some streams in the order of the file, leaving out and counting what cannot be read."""
        import av.error

        failures = 0
        demuxed = self.container.demux(list(streams))
        while True:
            try:
                packet = read(demuxed)
            except (StopIteration, av.error.EOFError):
                return
            except IndexError:
                # PyAV 18 knows only the streams there were at first; a transport stream may gain others on its way.
                stats.skipped_packets += 1
                demuxed = self.container.demux(list(streams))
                continue
            except av.error.FFmpegError as error:
                failures += 1
                stats.skipped_packets += 1
                if failures > MAX_FAILED_READS:
                    raise refusal(self.path, error) from error
                demuxed = self.container.demux(list(streams))  # a generator that has raised is finished
                continue
            failures = 0
            if packet.size:  # the empty ones at the end mean "flush"
                stats.packets += 1
                yield packet


def read(demuxed: "Iterator[Packet[Any]]") -> "Packet[Any]":
    """Read the next packet. A function of its own, so that it can be timed."""
    return next(demuxed)


@contextmanager
def open_media(path: Path) -> Iterator[Media]:
    """Open a media file for reading and close it afterwards.

    Raises:
        MediaError: If it cannot be read or is no media file.
    """
    import av
    import av.error

    try:
        if not path.stat().st_size:
            raise MediaError(path, "it is empty", "copy it from the camera again")
        # An absolute path is never taken for a protocol ("a:b.mp4").
        container = av.open(str(path.absolute()), metadata_errors="ignore", options=dict(OPTIONS))
    except (av.error.FFmpegError, OSError) as error:
        raise refusal(path, error) from error
    with container:
        yield Media(path, container)


def refusal(path: Path, error: Exception) -> MediaError:
    """Say why a file could not be opened or read, and what to do about it."""
    import av.error

    number = getattr(error, "errno", None)
    if number in REASONS:
        return MediaError(path, *REASONS[number])
    if (is_else := what_else(path)) is not None:
        return MediaError(path, is_else, "leave it out")
    is_from_ffmpeg = isinstance(error, av.error.FFmpegError)  # "I/O error" is what it says of damage, too
    if isinstance(error, OSError) and number is not None and not is_from_ffmpeg:
        return MediaError(path, f"reading it failed ({error.strerror or error})", "check the disk it is on")
    if _looks_like_mp4(path):
        reason = "its index (the moov box) is missing or damaged, as when recording or copying was cut short"
        return MediaError(path, reason, "copy it again, or repair it with the camera or with untrunc")
    return MediaError(path, "it is not a media file, or is damaged", "check that it plays elsewhere")


def _looks_like_mp4(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(12)[4:8] in (b"ftyp", b"mdat", b"wide", b"free", b"moov")
    except OSError:
        return False


def _is_known(stream: "Stream") -> bool:
    # PyAV leaves the codec context out where FFmpeg has no decoder, whatever its annotations say.
    return getattr(stream, "codec_context", None) is not None


def _is_video(stream: "VideoStream") -> bool:
    from av.stream import Disposition

    still = Disposition.attached_pic | Disposition.timed_thumbnails
    return _is_known(stream) and stream.width > 0 and stream.height > 0 and not stream.disposition & still


S = TypeVar("S", bound="Stream")


def _preferred(streams: Sequence[S]) -> S | None:
    from av.stream import Disposition

    return next((s for s in streams if s.disposition & Disposition.default), next(iter(streams), None))

"""Cut spans out of recordings into a new file, exact to the frame and to the sample: one, or several one after another.

Pictures and sound are decoded and encoded again, since a stream can only be copied from key frame to key frame;
`clip_copy` does that where speed or the camera's own quality counts more. Recordings themselves are never written to.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from indexers.errors import MediaError
from indexers.facts import Recording, Span
from indexers.media.clip_captions import Caption, Told, add_captions, parts_of, set_chapters
from indexers.media.clip_pictures import PictureCutter, PictureTrack, canvas_of
from indexers.media.clip_reading import Reading, go_to_key_frame
from indexers.media.clip_sound import SoundCutter, SoundTrack, channels_of, rate_of
from indexers.media.container import open_media
from indexers.media.decode_sound import WARM_UP_S
from indexers.media.stats import DecodeStats

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

SEEK_MARGIN_S = WARM_UP_S + 0.1
"""Seek to this long before a span: sound decoders need a run-up."""

MOST_APART_S = 10.0
"""Sound and pictures of the same time lie no further apart in a file: past it, what is missing will not come."""


@dataclass(frozen=True)
class Kind:
    """What a file of some ending holds, in FFmpeg's names."""

    container: str
    audio: str
    video: str | None = None
    """None for sound alone."""
    subtitles: str | None = None


KINDS = {
    ".mp4": Kind("mp4", "aac", "libx264", "mov_text"),
    ".m4v": Kind("mp4", "aac", "libx264", "mov_text"),
    ".mov": Kind("mov", "aac", "libx264", "mov_text"),
    ".mkv": Kind("matroska", "aac", "libx264", "subrip"),
    ".wav": Kind("wav", "pcm_s16le"),
    ".flac": Kind("flac", "flac"),
    ".m4a": Kind("mp4", "aac"),
}
"""By ending: what everything plays that plays anything."""


@dataclass(frozen=True)
class Piece:
    """One span of a recording."""

    recording: Recording
    span: Span
    """Within the recording, and not empty."""
    captions: tuple[Caption, ...] = ()
    """By time; each is told in a subtitle that players can switch off, and begins a chapter."""


@dataclass(frozen=True)
class Look:
    """How a clip is encoded."""

    short_side_px: int | None = None
    """Larger pictures are scaled down to it; None keeps their size."""
    crf: int = 20
    """x264's constant rate factor: 18 is hard to tell from the source, 23 its default, 30 small and visibly so."""
    preset: str = "veryfast"
    """x264's: how long it may take to save bytes. Somebody waits: 10 s of 1080p take 9 CPU seconds, with decoding."""
    audio_bit_rate: int = 160_000


OnProgress = Callable[[float], None]
"""Called with the seconds written so far."""


def write_clip(
    path: Path,
    pieces: Sequence[Piece],
    *,
    look: Look | None = None,
    title: str = "",
    recorded_at: datetime | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Write spans one after another into one file, replacing what is at `path`.

    A piece begins with the frame that was on the screen at its start and lasts exactly as long as its span; frames keep
    their distances, regular or not. Pictures are upright, with square pixels and even sides. Those of other sizes than
    the first are fitted into its frame; a piece without pictures is black, one without sound silent.

    Args:
        path: Its ending says what is written, see `KINDS`; without pictures where that or all pieces have none.
        pieces: At least one.
        look: How to encode.
        title: Written into the file.
        recorded_at: Written as its creation time, with a time zone.
        on_progress: Called now and then; what it raises ends the writing.

    Raises:
        MediaError: A recording cannot be read, has nothing to write, or the file cannot be written.
        ValueError: There is no piece, or nothing is known of the ending.
    """
    import av
    import av.error

    if not pieces or path.suffix.lower() not in KINDS:
        raise ValueError(f"a clip needs a piece and one of the endings {', '.join(KINDS)}: {path.name}")
    kind, look = KINDS[path.suffix.lower()], look or Look()
    size_px = None if kind.video is None else canvas_of([one.recording for one in pieces], look.short_side_px)
    channels = channels_of([one.recording for one in pieces])
    if size_px is None and not channels:
        raise MediaError(pieces[0].recording.path, "it has no sound", "cut its pictures out instead, as .mp4")
    options = {"movflags": "+faststart"} if kind.container in ("mp4", "mov") else {}
    try:
        with av.open(str(path.absolute()), "w", format=kind.container, options=options) as output:
            describe(output, title, recorded_at)
            parts = _told(pieces)
            set_chapters(output, parts)
            video = None
            if size_px is not None and kind.video is not None:
                video = PictureTrack(output, path, size_px, _frame_rate(pieces), (kind.video, look.crf, look.preset))
            audio = None
            if channels:
                rate_hz = rate_of([one.recording for one in pieces])
                rates = {"rate_hz": rate_hz, "channels": channels, "bit_rate": look.audio_bit_rate}
                audio = SoundTrack(output, path, kind.audio, **rates)
            if video is not None and kind.subtitles is not None and any(one.text for one in parts):
                add_captions(output, parts, kind.subtitles)
            at_s = 0.0
            for piece in pieces:
                _write_piece(piece, at_s, video, audio, on_progress or (lambda _: None))
                at_s += piece.span.duration_s
            for track in (video, audio):
                if track is not None:
                    track.finish()
    except (av.error.FFmpegError, OSError) as error:
        reason = f"it cannot be written ({getattr(error, 'strerror', None) or error})"
        raise MediaError(path, reason, "check that its folder exists and that the disk has room") from error


class _Cutter(Protocol):
    """Takes the packets of one stream in the order of the file; the frames of the span go into a track."""

    @property
    def is_done(self) -> bool: ...
    @property
    def reached_s(self) -> float:
        """How far it is, in seconds of the recording."""
        ...

    def take(self, packet: "Packet[Any] | None") -> None: ...
    def finish(self) -> None: ...


def _write_piece(
    piece: Piece, at_s: float, video: PictureTrack | None, audio: SoundTrack | None, on_progress: OnProgress
) -> None:
    recording, span = piece.recording, piece.span
    with open_media(recording.path) as media:
        if recording.video is None:
            media.leave_out_video()
        reading = Reading(media, recording, span, at_s)
        pictures = media.video if recording.video is not None else None
        sound = media.audio if recording.audio is not None else None
        cutters: list[tuple[_Cutter, Stream | None]] = []
        if video is not None:
            cutters.append((PictureCutter(video, reading, pictures), pictures))
        if audio is not None:
            cutters.append((SoundCutter(audio, reading, sound), sound))
        leading = cutters[0][0]
        fed = {stream.index: cutter for cutter, stream in cutters if stream is not None}
        streams = [stream for _, stream in cutters if stream is not None]
        media.use_only(streams)
        if streams:
            go_to_key_frame(media, streams[0], max(0.0, span.start_s - SEEK_MARGIN_S), recording.duration_s)
        for packet in media.packets(streams, DecodeStats()) if streams else ():
            cutter = fed.get(packet.stream_index)
            if cutter is None:
                continue
            cutter.take(packet)
            time_s = reading.time_of(packet.stream, packet)
            if all(one.is_done for one in fed.values()) or (time_s or 0.0) > span.end_s + MOST_APART_S:
                break
            on_progress(at_s + max(0.0, min(leading.reached_s, span.end_s) - span.start_s))
        for cutter in fed.values():
            cutter.take(None)
    for cutter, _ in cutters:
        cutter.finish()
    on_progress(at_s + span.duration_s)


def _told(pieces: Sequence[Piece]) -> list[Told]:
    """Return what is told in the file, piece after piece."""
    parts: list[Told] = []
    for one in pieces:
        at_s = parts[-1].end_s if parts else 0.0
        parts += parts_of(one.span.start_s, at_s, one.span.duration_s, one.captions)
    return parts


def _frame_rate(pieces: Sequence[Piece]) -> float:
    """Return what the encoder is told to expect: frames keep their own times whatever it is."""
    return next((one.recording.video.frame_rate_hz for one in pieces if one.recording.video), 0.0) or 30.0


def describe(output: "OutputContainer", title: str, recorded_at: datetime | None) -> None:
    """Write a title, and when the pictures were taken, into a new file."""
    if title:
        output.metadata["title"] = title
    if recorded_at is not None:
        with suppress(OverflowError):
            output.metadata["creation_time"] = recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

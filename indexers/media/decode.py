"""Decode one slice of a recording: sound and pictures in a single pass over its packets.

Memory stays bounded whatever the length: about a second of sound and one group of pictures, still compressed.
"""

from collections.abc import Iterator, Sequence

from indexers.errors import MediaError
from indexers.media.container import open_media
from indexers.media.decode_pictures import CanBridge, PictureDecoder
from indexers.media.decode_sound import WARM_UP_S, SoundDecoder
from indexers.media.stats import DecodeStats
from indexers.types import Picture, Slice, SoundBlock

SEEK_MARGIN_S = WARM_UP_S + 0.5
"""Seek to this long before a slice: in the file, sound may lie somewhat ahead of the pictures it belongs to."""

MAX_DAMAGED_SHARE = 0.5
MIN_DAMAGED = 20
"""A slice is refused where more than this share of its packets, and at least so many, cannot be decoded."""


def decode(
    slice_: Slice,
    *,
    sample_rates_hz: Sequence[int],
    picture_hop_s: float | None,
    short_side_px: int,
    extra_sound_s: float,
    can_bridge: CanBridge | None = None,
    stats: DecodeStats | None = None,
) -> Iterator[SoundBlock | Picture]:
    """Yield the sound and the pictures of a slice, each in the order of time.

    Sound comes as mono blocks of about a second, at each rate. Sample k of a recording at rate r is at k / r seconds;
    gaps and a late start are zeros. The blocks of a rate follow each other without a gap from the slice's start to
    `extra_sound_s` after its end, or to the end of the sound as `probe` found it; a slice has none where the first
    sound comes more than a minute after it. Apart from that, slices put together equal the recording decoded at once.

    One picture comes for each k with `start_s <= k * hop < end_s`, upright and scaled: a frame of the window
    [k hop, (k + 1) hop), see `planning`; where the window has no frame of its own, the one still on the screen with
    the window's start as its time; none where that is older than 2 s. Its window is `planning.window_at(time_s, hop)`.

    Args:
        slice_: What to decode; its recording comes from `probe`.
        sample_rates_hz: Rates to deliver sound at; empty for no sound.
        picture_hop_s: Distance of two pictures; None for no pictures.
        short_side_px: Pictures are scaled down to this short side; smaller ones stay.
        extra_sound_s: How far windows of sound reach over the slice's end.
        can_bridge: Asked, where there are windows between two key frames at most `planning.MAX_BRIDGE_S` apart, with
            those two pictures, one of which may belong to no window of the slice. If it says yes, the windows between
            get no picture. A picture that it has seen comes with the very same array when its own window is served.
        stats: If given, counts and CPU seconds are added to it.

    Raises:
        MediaError: If the file cannot be read, or most of the slice is damaged. Single damaged packets are left out
            and counted.
    """
    stats = DecodeStats() if stats is None else stats
    skipped_before, decoded_before = stats.skipped_packets, stats.decoded_packets
    path = slice_.recording.path
    with open_media(path) as media:
        if slice_.recording.video is None:
            media.leave_out_video()  # `probe` could not decode it, and counted time from the first sample
        sound: SoundDecoder | None = None
        pictures: PictureDecoder | None = None
        rates_hz = sorted(set(sample_rates_hz))
        if media.audio is not None and slice_.recording.audio is not None and rates_hz:
            sound = SoundDecoder(media, media.audio, slice_, rates_hz=rates_hz, extra_s=extra_sound_s, stats=stats)
        if media.video is not None and slice_.recording.video is not None and picture_hop_s is not None:
            pictures = PictureDecoder(
                media,
                media.video,
                slice_,
                hop_s=picture_hop_s,
                short_side_px=short_side_px,
                can_bridge=can_bridge,
                stats=stats,
            )
        streams = [s for s, d in ((media.audio, sound), (media.video, pictures)) if s is not None and d is not None]
        if not streams:
            return
        media.use_only(streams)
        if slice_.start_s > 0:
            media.seek(slice_.start_s - SEEK_MARGIN_S)
        for packet in media.packets(streams, stats):
            is_sound = media.audio is not None and packet.stream_index == media.audio.index
            if sound is not None and is_sound and not sound.is_done:
                yield from sound.take(packet)
            elif pictures is not None and not is_sound and not pictures.is_done:
                yield from pictures.take(packet)
            if (sound is None or sound.is_done) and (pictures is None or pictures.is_done):
                break
        if sound is not None:
            yield from sound.finish()
        if pictures is not None and not pictures.is_done:
            yield from pictures.finish()
    skipped = stats.skipped_packets - skipped_before
    if skipped > max(MIN_DAMAGED, MAX_DAMAGED_SHARE * (stats.decoded_packets - decoded_before)):
        reason = f"{skipped} of its packets from {slice_.start_s:.0f} s to {slice_.end_s:.0f} s are damaged"
        raise MediaError(path, reason, "check that it plays elsewhere, or copy it again")

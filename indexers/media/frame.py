"""One picture near a time, for people to look at."""

from contextlib import closing

from indexers.media.decode import decode
from indexers.media.planning import window_at
from indexers.types import Picture, Recording, Slice

REACHES_S = (0.1, 1.0, 10.0)
"""How long around the time to look for a frame, tried in order: recordings with a frame now and then are rare."""


def frame_at(recording: Recording, time_s: float, short_side_px: int) -> Picture | None:
    """Decode the picture within a tenth of a second of a time, or the nearest where frames are further apart.

    Args:
        recording: As probed.
        time_s: Seconds from the first frame; before the first or after the last frame means that one.
        short_side_px: The picture is scaled down to this short side; smaller ones stay.

    Returns:
        Upright; None where the recording has no picture there.

    Raises:
        MediaError: The file is gone or cannot be read.
    """
    if recording.video is None:
        return None
    last_s = recording.video.start_s + recording.video.duration_s - REACHES_S[0] / 2
    wanted_s = max(0.0, min(time_s, last_s))
    for reach_s in REACHES_S:
        start_s = window_at(wanted_s, reach_s) * reach_s
        around = Slice(recording, 0, start_s, start_s + reach_s)
        pieces = decode(
            around, sample_rates_hz=(), picture_hop_s=reach_s, short_side_px=short_side_px, extra_sound_s=0.0
        )
        with closing(pieces):  # type: ignore[type-var]  # it is a generator, and closes its file
            for piece in pieces:
                if isinstance(piece, Picture):
                    return piece
    return None

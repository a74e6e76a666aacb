"""What no camera makes, and damaged or hostile headers claim: it is refused before memory or hours go into it."""

MAX_PIXELS = 1 << 26
"""Of a frame, 67 million. 8K has 33, the largest cameras that look all around have 56. A decoder may hold 16 frames."""

MAX_ASPECT = 16.0
"""One side of a frame to the other. Scaled to a short side, what is one pixel high would stay thousands wide."""

MAX_PIXEL_ASPECT = 4.0
"""Width of a pixel to its height, or the other way round. Those of anamorphic lenses are 2."""

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 1_000_000
"""Samples a second: telephones have 8,000, recorders of bats 500,000. Buffers hold a second."""

MAX_CHANNELS = 64
"""As many as FFmpeg's resampler takes."""


def is_plausible_picture(width_px: int, height_px: int) -> bool:
    """Whether a camera may have made a frame of this size."""
    if width_px <= 0 or height_px <= 0 or width_px * height_px > MAX_PIXELS:
        return False
    return max(width_px, height_px) <= MAX_ASPECT * min(width_px, height_px)


def is_plausible_sound(rate_hz: int, channels: int) -> bool:
    """Whether a recorder may have made sound like this."""
    return MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ and 1 <= channels <= MAX_CHANNELS


def plausible_pixel_aspect(aspect: float) -> float:
    """Return the width of a pixel to its height; 1 where what is said cannot be."""
    return aspect if 1 / MAX_PIXEL_ASPECT <= aspect <= MAX_PIXEL_ASPECT else 1.0

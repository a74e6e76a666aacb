"""What one pass of decoding read and what it had to leave out, counted as it goes.

Nothing is timed here: asking the system for a thread's CPU time takes microseconds, and was a thirtieth of all that
indexing 1080p costs. `benchmarks/indexing.py` holds the clock.
"""

from dataclasses import dataclass


@dataclass
class DecodeStats:
    """Counts that `decode` adds to; one object may be handed to several calls."""

    packets: int = 0
    """Read from the container, of the streams in use."""
    decoded_packets: int = 0
    """Given to a decoder; the difference was not needed."""
    skipped_packets: int = 0
    """Damaged, and left out."""
    frames: int = 0
    """Frames that the video decoder returned."""
    pictures: int = 0
    bridged: int = 0
    """Windows left without a picture because their neighbours' were alike."""

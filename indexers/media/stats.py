"""What one pass of decoding cost and what it had to leave out, counted as it goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Stage = Literal["demux", "sound", "pictures", "scaling"]


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
    demux_cpu_s: float = 0.0
    sound_cpu_s: float = 0.0
    """Decoding, mixing and resampling."""
    pictures_cpu_s: float = 0.0
    """Decoding video, without scaling."""
    scaling_cpu_s: float = 0.0

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Add the CPU time that this thread spends inside to a stage's total."""
        began = time.thread_time()
        try:
            yield
        finally:
            name = f"{stage}_cpu_s"
            setattr(self, name, getattr(self, name) + time.thread_time() - began)

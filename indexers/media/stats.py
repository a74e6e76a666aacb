"""What one pass of decoding cost and what it had to leave out, counted as it goes."""

import time
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

    def timed(self, stage: Stage) -> "Timed":
        """Add the CPU time that this thread spends inside a `with` of it to a stage's total."""
        return Timed(self, f"{stage}_cpu_s")


class Timed:
    """A `with` that times what is inside; a class and not a generator, since every packet goes through one."""

    __slots__ = ("_began", "_name", "_stats")

    def __init__(self, stats: DecodeStats, name: str) -> None:
        self._stats = stats
        self._name = name

    def __enter__(self) -> None:
        self._began = time.thread_time()

    def __exit__(self, *_: object) -> None:
        took = time.thread_time() - self._began
        setattr(self._stats, self._name, getattr(self._stats, self._name) + took)

"""Which frames stand for which windows, and what must be decoded to get them. Pure arithmetic.

The pictures of a recording are wanted once in every window [k hop, (k + 1) hop). Any frame inside a window may
stand for it; the one nearest to its middle is best, a key frame is cheapest. A group of pictures is decoded
from its key frame up to the last frame that a window needs, and the rest of it is dropped undecoded:

- a window with a key frame in it is served by that, so that with a key frame a hop only key frames are decoded;
- for any other window the group is decoded up to the first frame inside it. Going on to the window's middle costs
  half as much again (1080p H.264, key frames every 2 s, a picture a second: 450 against 304 CPU seconds an hour, all
  of it 729), and leaves the pictures at uneven distances.

Among all that was decoded, each window then takes the frame nearest to its middle (`Chooser`). What is decoded
depends on the group alone, never on the slice, so slices give the same pictures as the whole.

Where key frames come every two seconds or more often, whoever wants the pictures may look at two neighbouring ones and
say that the windows between can do without: then nothing between them is decoded.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

F = TypeVar("F")

REUSE_S = 2.0
"""A frame still stands for windows that begin less than this after it, if no newer one is there: still images and
variable frame rates. Beyond that the camera has stopped and the picture says nothing about the present."""

MAX_BRIDGE_S = 2.1
"""Windows between key frames further apart than this always get pictures of their own. Two seconds, which at 29.97
frames a second are 2.002, is what was measured."""

_ROUNDING = 1e-6
"""Of a window: times that are this close below a boundary are on it. Float division would put 0.3 before 3 * 0.1."""


def window_at(time_s: float, hop_s: float) -> int:
    """Return the number k of the window [k hop, (k + 1) hop) that a time lies in."""
    return math.floor(time_s / hop_s + _ROUNDING)


def windows_in(start_s: float, end_s: float, hop_s: float) -> range:
    """Return the numbers k of the windows that start in [start_s, end_s): those which a slice owns."""
    return range(math.ceil(start_s / hop_s - _ROUNDING), math.ceil(end_s / hop_s - _ROUNDING))


def windows_between(earlier_s: float, later_s: float, hop_s: float) -> range:
    """Return the numbers of the windows that lie wholly between those of two times."""
    return range(window_at(earlier_s, hop_s) + 1, window_at(later_s, hop_s))


def common(one: range, other: range) -> range:
    """Return the numbers that are in both ranges, each of step 1."""
    return range(max(one.start, other.start), min(one.stop, other.stop))


@dataclass(frozen=True)
class KeyFrames:
    """When a group's key frame is shown, and those of its neighbours."""

    previous_s: float
    """Minus infinity for the first group."""
    own_s: float
    next_s: float
    """Infinity for the last group."""


def packets_to_decode(times_s: Sequence[float], keys: KeyFrames, hop_s: float) -> int:
    """Return how many packets of a group of pictures to decode, from its first.

    Args:
        times_s: When each packet's frame is shown, in decoding order; may be a later part of the group.
        keys: The key frames around.
        hop_s: Distance of two pictures.
    """
    times = np.asarray(times_s)
    previous_s, key_s, next_key_s = keys.previous_s, keys.own_s, keys.next_s
    numbers, first = np.floor(times / hop_s + _ROUNDING).astype(int), window_at(key_s, hop_s)
    # The last window that needs this group needs most of it: look backwards for it. Windows without a frame need
    # nothing, and where times jump there are millions of them.
    for k in sorted({first, *numbers[numbers > first].tolist()}, reverse=True):
        inside = [s for s in (previous_s, key_s, next_key_s) if math.isfinite(s) and window_at(s, hop_s) == k]
        if inside:
            best_s = min(inside, key=lambda s: abs(s - (k + 0.5) * hop_s))
            if best_s == key_s:
                return 1
            continue  # another group serves this window
        return int(np.where(numbers == k, times, np.inf).argmin()) + 1
    return 0


@dataclass(frozen=True)
class Choice(Generic[F]):
    """A frame that stands for a window."""

    window: int
    time_s: float
    """The frame's own time where that is in the window, else the window's start: it is still on the screen."""
    frame: F


class Chooser(Generic[F]):
    """Choose one of the decoded frames for each window, as they come in the order of time.

    Args:
        windows: Numbers of the windows wanted, ascending.
        hop_s: Their distance and length.
    """

    def __init__(self, windows: range, hop_s: float) -> None:
        self._windows = windows
        self._hop_s = hop_s
        self._left_out: set[int] = set()
        self._done = 0
        self._last: tuple[float, F] | None = None

    @property
    def is_done(self) -> bool:
        return self._done >= len(self._windows)

    def leave_out(self, windows: range) -> None:
        """Choose nothing for these windows; to be said before a frame after them is offered."""
        self._left_out.update(windows)

    def offer(self, time_s: float, frame: F) -> list[Choice[F]]:
        """Take the next frame; return what is now decided. One that is not later than the last is left out."""
        choices: list[Choice[F]] = []
        if self._last is not None and time_s <= self._last[0]:
            return choices
        while not self.is_done:
            window = self._windows[self._done]
            if window in self._left_out:
                self._left_out.discard(window)
                self._done += 1
                continue
            middle_s = (window + 0.5) * self._hop_s
            if time_s < middle_s:
                break  # a nearer one may follow
            choice = self._choose(window, middle_s, (time_s, frame))
            if choice is not None:
                choices.append(choice)
            self._done += 1
        self._last = (time_s, frame)
        return choices

    def finish(self, end_s: float) -> list[Choice[F]]:
        """Decide the windows that start before `end_s`, the end of the last frame."""
        choices = []
        for window in self._windows[self._done :]:
            if window in self._left_out:
                continue
            if self._last is not None and (
                window * self._hop_s < end_s or window_at(self._last[0], self._hop_s) == window
            ):
                choice = self._choose(window, (window + 0.5) * self._hop_s, None)
                if choice is not None:
                    choices.append(choice)
        self._done = len(self._windows)
        return choices

    def _choose(self, window: int, middle_s: float, new: tuple[float, F] | None) -> Choice[F] | None:
        inside = [f for f in (self._last, new) if f is not None and window_at(f[0], self._hop_s) == window]
        if inside:
            time_s, frame = min(inside, key=lambda f: abs(f[0] - middle_s))
            return Choice(window, time_s, frame)
        start_s = window * self._hop_s
        if self._last is not None and start_s - self._last[0] < REUSE_S:
            return Choice(window, start_s, self._last[1])
        return None

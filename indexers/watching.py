"""An encoder of several pictures a window at work on one slice. One that looks at single pictures: `indexers.seeing`.

Every window is looked at: what happens in it cannot be told from the windows around. Only where all its pictures are
*still* the same, as those of an earlier window of the same minute were, does it get that one's row.

The recording's time is divided into cells, in each of which the decoder chooses a picture, and a window shows those of
the cells that its wanted times lie in: n times, evenly spread, the first and the last half a step from its ends.

    window 2 s, hop 1 s, 4 frames: cells of 0.5 s; window 3 wants 3.25, 3.75, 4.25 and 4.75 s, cells 6 to 9

What is done depends on times and pictures, never on where the slice begins, as long as slices begin on whole minutes.
"""

import math
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from indexers.base import Encoder, PictureInput
from indexers.embeddings import Embeddings
from indexers.looks import batch_of
from indexers.media.planning import window_at
from indexers.quality import picture_quality
from indexers.seeing import BATCH, STILL_LEVELS, cell_means, minute_of
from indexers.types import Clip, EmbeddingBatch, EmbeddingSpace, Floats, Picture, Slice, Span
from indexers.windows import window_indices

_ROUNDING = 1e-6
"""Of a cell: float division would give a window of 0.9 s three cells of 0.3 s and a little more."""


def picture_spacing_s(wanted: PictureInput, space: EmbeddingSpace) -> float:
    """Return how far apart pictures are decoded for an encoder: at most as far as it wants them, whole ones in a hop.

    A window of 2 s every second with 4 frames gets one every 0.5 s, a window of a second with 8 one every 0.125 s.
    With one frame it is the hop, whatever the window's length.
    """
    if wanted.frames == 1:
        return space.hop_s
    return space.hop_s / max(1, math.ceil(space.hop_s * wanted.frames / space.window_s - _ROUNDING))


@dataclass(eq=False)
class _View:
    """What one picture, or those that are still the same, look like; compared by identity."""

    cells: Floats
    minute: int
    sharpness: float
    exposure: float
    still: "_Window | None" = None
    """The first window that shows nothing else."""


@dataclass(frozen=True, eq=False)
class _Shown:
    picture: Picture
    view: _View


@dataclass(eq=False)
class _Window:
    """What one window, or several that are still the same, gave."""

    sharpness: float
    exposure: float
    row: Embeddings | None = None
    """One row; None while the window waits to be encoded."""


class Watching:
    """Take pictures as they come, in the order of time; `finish` returns all windows of the slice.

    Args:
        encoder: What looks at them.
        wanted: Its input, of at least two frames.
        slice_: Whose windows.
    """

    def __init__(self, encoder: Encoder, wanted: PictureInput, slice_: Slice) -> None:
        self._encoder = encoder
        self._slice = slice_
        self._frames = wanted.frames
        space, recording = encoder.space, slice_.recording
        self.spacing_s = picture_spacing_s(wanted, space)
        video = recording.video
        self.short_side_px = wanted.short_side_px(video.width_px, video.height_px) if video else 1
        index = window_indices(
            slice_.start_s,
            slice_.end_s,
            hop_s=space.hop_s,
            window_s=space.window_s,
            until_s=video.start_s + video.duration_s if video else 0.0,
        )
        self._left: deque[int] = deque(index.tolist())
        self._shown: dict[int, _Shown] = {}
        self._head: _View | None = None
        self._windows: dict[int, _Window] = {}
        self._waiting: list[tuple[_Window, Clip]] = []
        self._pictures: set[int] = set()

    @property
    def reach_s(self) -> float:
        """How far windows reach over the slice's end: pictures are wanted up to there."""
        return max(0.0, self._encoder.space.window_s - self._encoder.space.hop_s)

    def take(self, picture: Picture) -> None:
        """Accept the picture of a cell; a second one in the same cell is passed over."""
        cell = window_at(picture.time_s, self.spacing_s)
        while self._left and self._cells(self._left[0])[-1] < cell:
            self._close(self._left.popleft())
        if self._left and cell not in self._shown:
            self._shown[cell] = _Shown(picture, self._view(picture))

    def finish(self) -> EmbeddingBatch:
        """Encode what waits and return all windows of the slice."""
        while self._left:
            self._close(self._left.popleft())
        self._encode()
        return batch_of(self._encoder, self._slice, self._windows)

    def _cells(self, window: int) -> list[int]:
        """Return the cells whose pictures a window shows, ascending, one a frame."""
        space = self._encoder.space
        step_s = space.window_s / self._frames
        return [
            window_at(window * space.hop_s + (frame + 0.5) * step_s, self.spacing_s) for frame in range(self._frames)
        ]

    def _close(self, window: int) -> None:
        """Decide what stands for a window, all of whose pictures have come."""
        shown = self._frames_of(self._cells(window))
        if shown:
            self._windows[window] = self._looked_at(window, shown)
        first = self._cells(self._left[0])[0] if self._left else math.inf
        self._shown = {cell: one for cell, one in self._shown.items() if cell >= first}

    def _frames_of(self, cells: list[int]) -> list[_Shown]:
        """Return a picture a cell: where none came, the last before it, at the beginning the first; or none at all."""
        found = [self._shown.get(cell) for cell in cells]
        last = next((one for one in found if one is not None), None)
        frames = []
        for one in found:
            last = one or last
            if last is not None:
                frames.append(last)
        return frames

    def _looked_at(self, window: int, shown: list[_Shown]) -> _Window:
        views = [one.view for one in shown]
        is_still = all(view is views[0] for view in views)
        if is_still and views[0].still is not None:
            return views[0].still
        made = _Window(
            sum(view.sharpness for view in views) / len(views), sum(view.exposure for view in views) / len(views)
        )
        if is_still:
            views[0].still = made
        space = self._encoder.space
        span = Span(window * space.hop_s, window * space.hop_s + space.window_s)
        self._waiting.append((made, Clip(span, pictures=tuple(one.picture.rgb for one in shown))))
        self._pictures.update(id(one.picture.rgb) for one in shown)
        if len(self._pictures) >= BATCH:
            self._encode()
        return made

    def _view(self, picture: Picture) -> _View:
        """Return the view of a picture: that of the one before it where it is still the same."""
        cells, head, minute = cell_means(picture.rgb), self._head, minute_of(picture.time_s)
        if (
            head is None
            or head.minute != minute
            or head.cells.shape != cells.shape
            or float(np.abs(head.cells - cells).max()) > STILL_LEVELS
        ):
            self._head = head = _View(cells, minute, *picture_quality(picture.rgb))
        return head

    def _encode(self) -> None:
        if self._waiting:
            rows = self._encoder.encode([clip for _, clip in self._waiting])
            for i, (window, _) in enumerate(self._waiting):
                window.row = rows.take(np.array([i]))
            self._waiting = []
            self._pictures = set()


def reaching(slice_: Slice, reach_s: float) -> Slice:
    """Return a slice that goes on for some time, at most to the recording's end: for its pictures only."""
    return replace(slice_, end_s=max(slice_.end_s, min(slice_.end_s + reach_s, slice_.recording.duration_s)))

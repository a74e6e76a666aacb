"""One encoder of pictures at work on one slice: which pictures it must look at, and what stands for the others.

The networks cost as much as decoding, so nothing is looked at twice:

- where key frames come every two seconds, the windows between two of them are *bridged*: if the rows of both key
  pictures are alike, a window between gets the mix of the two, linear in time, and is neither decoded nor encoded;
- a picture that is *still* the same as one encoded before it is not encoded again.

What is done depends on times and pictures, never on where the slice begins, as long as slices begin on whole minutes.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexers.base import Encoder, PictureInput
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.looks import batch_of
from indexers.media.planning import common, window_at, windows_between, windows_in
from indexers.quality import picture_quality
from indexers.types import Clip, EmbeddingBatch, Floats, Picture, Slice, Span

BATCH = 32
"""Pictures encoded at a time, 20 MB of them."""

ALIKE = 0.35
"""Rows of concepts at most so far apart (1 - cosine) bridge the windows between. Measured on 309 triples of pictures a
second apart (Aria frames panned over at 0 to 0.4 of the view a second, seven real clips, the benchmarks' footage): up
to here the mix of the outer two is on average 0.10 from the row of the middle picture itself, one neighbour's row 0.14;
on the Aria frames the mix is at 0.07, as is the row of the same view after a tremble of two pixels. From 0.35 to 0.5
the mix is at 0.18, beyond that at 0.3. On the bench, coded again with a key frame every two seconds, three gaps of four
are bridged and the answers to pictures are the same, starts included. It is part of what the space of sights calls its
preprocessing: another value, another version there."""

STILL_LEVELS = 3.0
"""Of 255: a picture in which no cell's mean, in no colour, moves further from those of another is still the same."""
_CELLS = (32, 18)
"""Columns and rows, the other way round in an upright picture: a thing of a thirtieth of the width shows."""
STILL_S = 60.0
"""Pictures are compared within minutes counted from the recording's start, so that slices need not know what came
before them; it must divide the length of a slice."""

_ANCHORS = 4
"""Key pictures remembered: their own windows are served up to two groups later."""


@dataclass(eq=False)
class _View:
    """What one picture, or two mixed, gave."""

    time_s: float
    sharpness: float
    exposure: float
    row: Embeddings | None = None
    """One row; None while the picture waits to be encoded."""


@dataclass(frozen=True, eq=False)
class _Anchor:
    picture: Picture
    view: _View


@dataclass(frozen=True, eq=False)
class _Head:
    """The picture that others are compared with."""

    time_s: float
    cells: Floats
    view: _View


class Seeing:
    """Take pictures as they come; `finish` returns all windows of the slice.

    Args:
        encoder: What looks at them.
        wanted: Its input.
        slice_: Whose windows.
    """

    def __init__(self, encoder: Encoder, wanted: PictureInput, slice_: Slice) -> None:
        self._encoder = encoder
        self._slice = slice_
        self.hop_s = encoder.space.hop_s
        video = slice_.recording.video
        self.short_side_px = wanted.short_side_px(video.width_px, video.height_px) if video else 1
        self._owned = windows_in(slice_.start_s, slice_.end_s, self.hop_s)
        self._views: dict[int, _View] = {}
        self._waiting: list[tuple[_View, Clip]] = []
        self._anchors: deque[_Anchor] = deque(maxlen=_ANCHORS)
        self._head: _Head | None = None

    def take(self, picture: Picture) -> None:
        """Accept the picture of a window; a second one in the same window is passed over."""
        index = window_at(picture.time_s, self.hop_s)
        if index not in self._views:
            known = self._known(picture)
            self._views[index] = known.view if known else self._seen(picture)

    def is_alike(self, earlier: Picture, later: Picture) -> bool:
        """Say whether what lies between two pictures can be told from them.

        Only of rows of concepts is it known how far apart they may be: other encoders get every picture.
        """
        if self._encoder.space.layout != "sparse":
            return False
        one, other = self._ends(earlier, later)
        one_row, other_row = _dense(one), _dense(other)
        norms = float(np.linalg.norm(one_row) * np.linalg.norm(other_row))
        if norms == 0:
            return not one_row.any() and not other_row.any()
        return 1.0 - float(one_row @ other_row) / norms <= ALIKE

    def bridge(self, earlier: Picture, later: Picture) -> None:
        """Let the windows between two pictures that are alike have the mix of both."""
        one, other = self._ends(earlier, later)
        for index in common(self._owned, windows_between(earlier.time_s, later.time_s, self.hop_s)):
            middle_s = (index + 0.5) * self.hop_s
            share = (middle_s - earlier.time_s) / (later.time_s - earlier.time_s)
            self._views.setdefault(index, _mixed(one, other, min(1.0, max(0.0, share))))

    def finish(self) -> EmbeddingBatch:
        """Encode what waits and return all windows of the slice."""
        self._encode()
        return batch_of(self._encoder, self._slice, self._views)

    def _known(self, picture: Picture) -> _Anchor | None:
        return next((anchor for anchor in self._anchors if anchor.picture.rgb is picture.rgb), None)

    def _ends(self, earlier: Picture, later: Picture) -> tuple[_View, _View]:
        """Return the views of two key pictures, encoded.

        Across the border between two minutes the earlier one is looked at itself, not through another that it is still
        the same as: a slice that begins at the border has not seen that other one.
        """
        one, other = self._anchor(earlier), self._anchor(later)
        if minute_of(earlier.time_s) != minute_of(later.time_s) and one.view.time_s != earlier.time_s:
            self._anchors.remove(one)
            view = self._fresh(earlier)
            self._anchors.appendleft(_Anchor(earlier, view))
            one = self._anchors[0]
        self._encode()
        return one.view, other.view

    def _anchor(self, picture: Picture) -> _Anchor:
        anchor = self._known(picture)
        if anchor is None:
            anchor = _Anchor(picture, self._seen(picture))
            self._anchors.append(anchor)
        return anchor

    def _seen(self, picture: Picture) -> _View:
        """Return the view of a picture: that of an earlier one where it is still the same."""
        cells, head = cell_means(picture.rgb), self._head
        is_later = head is None or picture.time_s > head.time_s
        if (
            head is not None
            and is_later
            and minute_of(head.time_s) == minute_of(picture.time_s)
            and head.cells.shape == cells.shape
            and float(np.abs(head.cells - cells).max()) <= STILL_LEVELS
        ):
            return head.view
        view = self._fresh(picture)
        if is_later:  # frames between two key frames come after both, where they are needed at all
            self._head = _Head(picture.time_s, cells, view)
        return view

    def _fresh(self, picture: Picture) -> _View:
        view = _View(picture.time_s, *picture_quality(picture.rgb))
        start_s = window_at(picture.time_s, self.hop_s) * self.hop_s
        span = Span(start_s, start_s + self._encoder.space.window_s)
        self._waiting.append((view, Clip(span, pictures=(picture.rgb,))))
        if len(self._waiting) == BATCH:
            self._encode()
        return view

    def _encode(self) -> None:
        if self._waiting:
            rows = self._encoder.encode([clip for _, clip in self._waiting])
            for i, (view, _) in enumerate(self._waiting):
                view.row = rows.take(np.array([i]))
            self._waiting = []


def minute_of(time_s: float) -> int:
    """Return the number of the minute within which pictures are compared."""
    return window_at(time_s, STILL_S)


def cell_means(rgb: NDArray[np.uint8]) -> Floats:
    """Return the mean colours of a picture's cells, shape (rows, columns, 3)."""
    from PIL import Image

    height, width = rgb.shape[:2]
    size = _CELLS if width >= height else _CELLS[::-1]
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX), np.float32)


def _dense(view: _View) -> Floats:
    assert view.row is not None  # noqa: S101 - for the type checker: it has been encoded
    row: Floats = view.row.dense()[0]
    return row


def _mixed(one: _View, other: _View, share: float) -> _View:
    """Mix two views linearly, `share` of the other; 0 is the one and 1 the other."""
    if one is other:
        return one
    row: Floats = np.float32(1 - share) * _dense(one) + np.float32(share) * _dense(other)
    rows = SparseRows.from_dense(row[None], above=0) if isinstance(one.row, SparseRows) else DenseRows(row[None])
    return _View(
        (1 - share) * one.time_s + share * other.time_s,
        (1 - share) * one.sharpness + share * other.sharpness,
        (1 - share) * one.exposure + share * other.exposure,
        rows,
    )

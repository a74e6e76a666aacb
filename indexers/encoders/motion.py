"""Any encoder of pictures, taught to tell opening from closing: `concepts+motion`, `open-clip:MODEL/WEIGHTS+motion`.

A window shows `FRAMES` pictures, one a hop of the encoder inside: each is encoded as that one would, and once, though
it is in several windows. Of the rows v[1..t] of a window's pictures, v' the mean of the later half and v° that of the
earlier one (of an odd number, the middle one is in neither), its own row holds side by side

    sparse   mean v | max(0, v' - v°), what appears | max(0, v° - v'), what goes                       3 dim
    dense    a p | a c / 2 | r        with p the mean, of length 1, and c = v' - v°, of rows of length 1   2 dim + 1

where a² = 1/2, and r fills the length up to 1, which it can, since c is at most 2 long: so the cosine of a query for a
sight, [p 0 0], with a window is a times what it would be without motion, however much moves in that window.

A text that speaks of no change (`changes`) asks for the mean alone, and nothing is lost. One that does asks also for
what the words for after have over those for before:

    sparse   (1 - m) w | m' max(0, w' - w°) | m' max(0, w° - w')
    dense    (1 - s) q | s (q' - q°) / |q' - q°| | 0, at length 1

with w, w', w° the inner encoder's weights for the whole text, for after and for before, s = `CHANGE`, m = s times the
share of w' and w° in which they differ, and m' such that the row weighs as much as w: what the space has no concepts to
tell apart ("open", "closed") is asked for by its sight. No words for one side is nothing there: no weights, and in a
dense space the words for anything, `ANYTHING`.

Worked example, sparse: concepts (cup, person); two pictures (0, 0.5) and (0.6, 0.5) give (0.3, 0.5 | 0.6, 0 | 0, 0).
"putting the cup on the table" is nothing -> the cup: w = w' = (1, 0), w° = 0, m = s: asked is (1 - s, 0 | s, 0 | 0, 0).

Source: the difference of two texts as a direction for the difference of two pictures is the directional loss of
StyleGAN-NADA (Gal et al., "CLIP-Guided Domain Adaptation of Image Generators", SIGGRAPH 2022).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexers.base import Encoder, PictureInput
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.encoders import WITH_MOTION
from indexers.encoders.changes import Change, change_of
from indexers.errors import EncoderError
from indexers.types import Clip, EmbeddingSpace, Floats

FRAMES = 4
"""Two before and two after: one frame is easily blurred or wrong."""
CHANGE = 0.85
"""Share of a query for a change that asks for the change itself. From 0.7 to 1 `benchmarks motion` tells as many right.
At 0.7 moments go on for as long as what came is there; at 1 a change that is missed is not even found as a sight."""
FLICKER = 0.1
"""Of concepts' strengths, in [0, 1]: a difference of means that is no larger is not kept. Views that only tremble
differ by less, and rows would be three times as long."""
ANYTHING = "something"
CLEAR = 0.5
"""A change is named among a window's words where it is at least so strong, as a share of the strongest thing there."""


class Motion:
    """Windows of several pictures: what the encoder inside sees in them, and what changes.

    Args:
        inner: An encoder of single pictures.

    Raises:
        EncoderError: It is of something else, or sees motion already.
    """

    def __init__(self, inner: Encoder) -> None:
        wanted = inner.input
        if not isinstance(wanted, PictureInput):
            raise EncoderError(f"{WITH_MOTION} is for encoders of pictures; name {inner.space.model} without it")
        if wanted.frames > 1:
            raise EncoderError(
                f"{inner.space.model} sees several pictures a window itself; name it without {WITH_MOTION}"
            )
        self._inner = inner
        self.input = replace(wanted, frames=FRAMES)

    @cached_property
    def space(self) -> EmbeddingSpace:
        """The inner space, several times over."""
        inner = self._inner.space
        return replace(
            inner,
            model=inner.model + WITH_MOTION,
            preprocessing=f"{inner.preprocessing}+motion{FRAMES}-1",
            window_s=FRAMES * inner.hop_s,
            dim=3 * inner.dim if inner.layout == "sparse" else 2 * inner.dim + 1,
        )

    def encode(self, clips: Sequence[Clip]) -> Embeddings:
        """Describe windows of any number of pictures; in a single one, nothing changes."""
        pictures = {id(rgb): rgb for clip in clips for rgb in clip.pictures}
        place = {key: i for i, key in enumerate(pictures)}
        spans = {id(rgb): clip.span for clip in clips for rgb in clip.pictures}
        rows = self._inner.encode([Clip(spans[key], pictures=(rgb,)) for key, rgb in pictures.items()]).dense()
        out = np.zeros((len(clips), self.space.dim), np.float32)
        for row, clip in zip(out, clips, strict=True):
            if not clip.pictures:
                raise ValueError("a visual window without a picture")
            row[:] = self._window(rows[[place[id(rgb)] for rgb in clip.pictures]])
        return self._as_rows(out)

    def encode_text(self, texts: Sequence[str]) -> Embeddings:
        """Return one row a text."""
        plain = self._inner.encode_text(texts).dense()
        rows = np.zeros((len(texts), self.space.dim), np.float32)
        rows[:, : plain.shape[1]] = plain
        for row, whole, text in zip(rows, plain, texts, strict=True):
            change = change_of(text)
            if change is not None:
                row[:] = self._asked(whole, change)
        return self._as_rows(rows)

    def affinity(self, text: str) -> float:
        """Say how well the inner space can express a text."""
        return self._inner.affinity(text)

    def words(self, row: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Name what is seen, and what clearly appears or goes, strongest first."""
        dim = self._inner.space.dim
        appears, goes = row[dim : 2 * dim], row[2 * dim :]
        if not self._is_sparse:
            appears, goes = np.maximum(0, appears), np.maximum(0, -appears)
        seen = self._inner.words(row[:dim], limit)
        changes = [
            (f"{verb}: {word}", strength)
            for verb, part in (("appears", appears), ("goes", goes))
            for word, strength in self._inner.words(part, limit)
        ]
        strongest = max((strength for _, strength in [*seen, *changes]), default=0.0)
        clear = [(word, strength) for word, strength in changes if strength >= CLEAR * strongest]
        return sorted([*clear, *seen], key=lambda named: -named[1])[:limit]

    def close(self) -> None:
        """Release what the inner encoder holds."""
        self._inner.close()

    @property
    def _is_sparse(self) -> bool:
        return self._inner.space.layout == "sparse"

    def _as_rows(self, rows: Floats) -> Embeddings:
        return SparseRows.from_dense(rows, above=0) if self._is_sparse else DenseRows(rows)

    def _window(self, rows: Floats) -> Floats:
        """Return the row of one window, shape (dim,), from those of its pictures, shape (t, inner dim)."""
        if not self._is_sparse:
            rows = _unit(rows)
        half = len(rows) // 2
        change = rows[len(rows) - half :].mean(axis=0) - rows[:half].mean(axis=0) if half else np.zeros_like(rows[0])
        mean = rows.mean(axis=0)
        if self._is_sparse:
            parts = [mean, *(np.where(side > FLICKER, side, 0) for side in (change, -change))]
            return np.concatenate(parts).astype(np.float32)
        known = np.concatenate([_unit(mean), change / 2]) * np.float32(np.sqrt(0.5))
        rest = np.sqrt(max(0.0, 1.0 - float(known @ known)))
        return np.append(known, np.float32(rest)).astype(np.float32)

    def _asked(self, whole: Floats, change: Change) -> Floats:
        """Return the row of a text that speaks of a change, shape (dim,), from its row as a whole."""
        if self._is_sparse:
            before, after = (self._weights(side) for side in (change.before, change.after))
            appears, goes = np.maximum(0, after - before), np.maximum(0, before - after)
            differs = float(appears.sum() + goes.sum())
            if not differs:
                return np.concatenate([whole, appears, goes])
            share = CHANGE * differs / float(after.sum() + before.sum())
            scale = share * float(whole.sum() or 1) / differs
            return np.concatenate([(1 - share) * whole, scale * appears, scale * goes]).astype(np.float32)
        sides = [change.before or ANYTHING, change.after or ANYTHING]
        before, after = _unit(self._inner.encode_text(sides).dense())
        towards = np.concatenate([(1 - CHANGE) * _unit(whole), CHANGE * _unit(after - before), [0]])
        return _unit(towards).astype(np.float32)

    def _weights(self, text: str) -> Floats:
        """Return the inner weights for a text, shape (inner dim,); none for no words."""
        if not text:
            return np.zeros(self._inner.space.dim, np.float32)
        row: Floats = self._inner.encode_text([text]).dense()[0]
        return row


def _unit(rows: Floats) -> Floats:
    """Return vectors, the last axis, at length 1; one of zeros stays."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Floats = np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
    return unit

"""What engines are compared on: windows of sound and of sight, what is asked of them, and the exact answers.

*Sparse* windows are those of a generated library (`libraries.py`), as they were before its search cache rounded them.
*Dense* ones stand in for those of OpenCLIP and CLAP, 512 numbers of length 1, and are drawn so that their cosines are
about what such networks give: 0.5 between any two pictures, for all share what pictures have in common; 0.9 and more
within a scene; 0.2 between a text and a picture that it does not describe and 0.3 where it does, for texts lie apart.
Each dimension counts less than the one before, so that the numbers are correlated as real ones are.

Both have the times, the recordings and the sound events of the same library: whoever asks needs them too.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.libraries import EXACT
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.query.curves import whitened
from egosearch.scan import Scan, ScanCache, SpaceMatrix
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.encoders import load_encoder
from indexers.types import EmbeddingSpace, Modality

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Layout = Literal["sparse", "dense"]

LAYOUTS: tuple[Layout, ...] = ("sparse", "dense")
SENSES = (Modality.AUDIO, Modality.VISUAL)
DIM = 512
BEST = 10
STAND_IN = "drawn"
"""The model of the dense spaces: no encoder makes them."""
BLOCK_ROWS = 8192
_SAME = 1e-5
"""Two similarities that differ by less are the same: what single precision leaves of sums in another order."""

_COMMON, _SCENE, _DRIFT, _NOISE = 0.5, 0.35, 0.1, 0.05
"""Shares of a window's squared length: what all have, its scene, what changes over seconds, and what does at once."""
_TEXT_COMMON, _TEXT_SCENE = 0.25, 0.2
"""What a text has of them; the rest, which no window has, makes its length 1."""
_SCENES = 2000
_SCENE_S = 60.0
_DRIFT_S = 10.0


@dataclass(frozen=True)
class Windows:
    """Windows of one layout, in a folder of their own beside the library that they are of."""

    folder: Path
    library: Path
    layout: Layout

    @cached_property
    def scan(self) -> Scan:
        """The library's search cache, of which times and events are taken."""
        paths = LibraryPaths(self.library)
        with Catalog.open(paths.catalog, read_only=True) as catalog:
            return ScanCache(paths.scan).load(catalog)

    def __len__(self) -> int:
        return sum(len(self.scan.matrices[sense]) for sense in SENSES)

    @cached_property
    def texts(self) -> list[str]:
        """What is asked, q texts; the last one is for warming up."""
        texts: list[str] = json.loads((self.folder / "texts.json").read_text(encoding="utf-8"))
        return texts

    def weights(self, sense: Modality) -> Floats:
        """Return shape (q, dim): the queries as an encoder gives them."""
        return np.asarray(np.load(self.folder / f"{sense}-weights.npy"))

    def queries(self, sense: Modality) -> Floats:
        """Return shape (q, dim): what egosearch multiplies windows with, and so what every engine is asked."""
        return np.asarray(np.load(self.folder / f"{sense}-queries.npy"))

    def space(self, sense: Modality) -> EmbeddingSpace:
        """Return the space of a sense."""
        like = self.scan.matrices[sense].space
        if self.layout == "sparse":
            return like
        return replace(like, model=STAND_IN, weights_digest=STAND_IN, dim=DIM, layout="dense", distance="cosine")

    def rows(self, sense: Modality) -> Embeddings:
        """Return the vectors of a sense in single precision; dense ones are mapped, not read."""
        if self.layout == "dense":
            return DenseRows(np.load(self.folder / f"{sense}.npy", mmap_mode="r"))
        with np.load(self.library / EXACT) as kept:
            indptr, indices, values = (kept[f"{sense}_{part}"] for part in ("indptr", "indices", "values"))
        return SparseRows(indptr, indices, values, self.space(sense).dim)

    def matrix(self, sense: Modality) -> SpaceMatrix:
        """Return a sense's windows as egosearch searches them, but for rounding."""
        return replace(self.scan.matrices[sense], space=self.space(sense), rows=self.rows(sense))

    def recall(self, found: Sequence[Sequence[Sequence[int]]]) -> float:
        """Return which share of the windows found are among the ten best.

        A window counts that is no worse than the tenth best, so that of equals it does not matter which are found.

        Args:
            found: Of each of the first queries, of each sense in the order of `SENSES`, the windows found.
        """
        right = wanted = 0
        for sense, of_sense in zip(SENSES, zip(*found, strict=True), strict=True):
            rows, queries = self.rows(sense), self.queries(sense)[: len(found)]
            exact = self._exact(sense, rows, queries)
            for query, (least, count), windows in zip(queries, exact, of_sense, strict=True):
                several = np.array(list(dict.fromkeys(windows)), np.int64)[:BEST]
                right += min(int(count), int((rows.take(several).dot(query) >= least - _SAME).sum()))
                wanted += int(count)
        return right / max(1, wanted)

    def _exact(self, sense: Modality, rows: Embeddings, queries: Floats) -> NDArray[np.float64]:
        """Return of each of q queries the similarity of the last window to be found, and how many are; shape (q, 2).

        Ten are, or fewer where fewer have anything in common with the query, perhaps none.
        """
        kept = self.folder / f"{sense}-exact-{len(queries)}.npy"
        if not kept.exists():
            best = [np.sort(np.partition(scores, -BEST)[-BEST:])[::-1] for scores in _similarities(rows, queries)]
            counts = [int((scores > 0).sum()) for scores in best]
            np.save(kept, [(scores[max(0, count - 1)], count) for scores, count in zip(best, counts, strict=True)])
        return np.asarray(np.load(kept), np.float64)


def _similarities(rows: Embeddings, queries: Floats) -> Iterator[Floats]:
    """Yield the similarities of all rows to each query, shape (n,)."""
    if isinstance(rows, SparseRows):
        yield from (rows.dot(query) for query in queries)
        return
    scores = [rows.values[first : first + BLOCK_ROWS] @ queries.T for first in range(0, len(rows), BLOCK_ROWS)]
    yield from np.ascontiguousarray(np.concatenate(scores).T)


def sparse_windows(library: Path, folder: Path, texts: Sequence[str]) -> Windows:
    """Take the windows of a generated library that kept its exact vectors, and ask texts of them."""
    folder.mkdir(parents=True)
    windows = Windows(folder, library, "sparse")
    encoders = {sense: load_encoder("concepts", sense) for sense in SENSES}
    weights = {sense: encoder.encode_text(list(texts)).dense() for sense, encoder in encoders.items()}
    # What asks nothing of a sense asks nothing of an engine either.
    asked = np.flatnonzero(np.all([one.any(axis=1) for one in weights.values()], axis=0)).tolist()
    _write_queries(windows, [texts[i] for i in asked], {sense: one[asked] for sense, one in weights.items()})
    return windows


def dense_windows(library: Path, folder: Path, texts: Sequence[str]) -> Windows:
    """Draw a vector for each window of a library, and for each text."""
    folder.mkdir(parents=True)
    windows = Windows(folder, library, "dense")
    random = np.random.default_rng(7)
    weights = {}
    for sense in SENSES:
        common, apart, *several = _lengthened(random.standard_normal((_SCENES + 2, DIM), np.float32) * _spectrum())
        scenes = np.stack(several)
        known = windows.scan.matrices[sense]
        shape = (len(known), DIM)
        target = np.lib.format.open_memmap(folder / f"{sense}.npy", mode="w+", dtype=np.float32, shape=shape)
        drawn: list[int] = []
        for first, last in zip(known.offsets[:-1], known.offsets[1:], strict=True):
            values, seen = _drawn(np.asarray(known.start_s[first:last]), common, scenes, random)
            target[first:last] = values
            drawn += seen
        target.flush()
        of_texts = scenes[random.choice(drawn, len(texts))]
        own = (1 - _TEXT_COMMON**2 - _TEXT_SCENE**2) ** 0.5
        weights[sense] = _lengthened(_TEXT_COMMON * common + _TEXT_SCENE * of_texts + own * apart)
    _write_queries(windows, texts, weights)
    return windows


def _drawn(
    starts_s: NDArray[np.float64], common: Floats, scenes: Floats, random: np.random.Generator
) -> tuple[Floats, list[int]]:
    """Return a recording's vectors, shape (n, DIM), and the numbers of its scenes."""
    end_s = float(starts_s[-1]) if len(starts_s) else 0.0
    cuts_s = np.cumsum(random.exponential(_SCENE_S, 2 + round(3 * end_s / _SCENE_S)))
    of_scene = random.integers(0, len(scenes), len(cuts_s) + 1)
    scene = of_scene[np.searchsorted(cuts_s, starts_s)]
    knots = _lengthened(random.standard_normal((2 + int(end_s / _DRIFT_S), DIM), np.float32) * _spectrum())
    at = starts_s / _DRIFT_S
    before = at.astype(np.int64)
    share = (at - before).astype(np.float32)[:, None]
    drift = _lengthened((1 - share) * knots[before] + share * knots[before + 1])
    noise = _lengthened(random.standard_normal((len(starts_s), DIM), np.float32))
    values = np.float32(_COMMON**0.5) * common + np.float32(_SCENE**0.5) * scenes[scene]
    values += np.float32(_DRIFT**0.5) * drift + np.float32(_NOISE**0.5) * noise
    return _lengthened(values), np.unique(scene).tolist()


def _spectrum() -> Floats:
    """Return how much each dimension counts, shape (DIM,)."""
    return np.arange(1, DIM + 1, dtype=np.float32) ** np.float32(-0.25)


def _lengthened(values: Floats) -> Floats:
    """Return vectors (last axis) at length 1."""
    return np.asarray(values / np.linalg.norm(values, axis=-1, keepdims=True), np.float32)


def _write_queries(windows: Windows, texts: Sequence[str], weights: dict[Modality, Floats]) -> None:
    (windows.folder / "texts.json").write_text(json.dumps(list(texts)), encoding="utf-8")
    for sense, several in weights.items():
        known = windows.matrix(sense) if windows.layout == "dense" else windows.scan.matrices[sense]
        np.save(windows.folder / f"{sense}-weights.npy", several.astype(np.float32))
        np.save(windows.folder / f"{sense}-queries.npy", np.stack([whitened(known, one) for one in several]))

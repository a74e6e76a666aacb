"""The search caches: whether they can be read, and whether the one in use says what the store says.

A cache that is stale is not damaged: the next search brings it up to date.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egosearch.errors import LibraryError
from egosearch.integrity.problems import Checked, Mend, Problem
from egosearch.integrity.types import Finding, Kind
from egosearch.scan import ScanCache
from egosearch.scan.files import FORMAT, UNREADABLE, load
from egosearch.scan.kept import KeptRows
from egosearch.scan.types import Scan, SpaceMatrix
from egosearch.stores import VectorStore, WindowRows
from indexers.columns import SparseColumns
from indexers.types import EmbeddingSpace

TOLERANCE = 2e-3
"""Both are halves of the same numbers, added up in single precision in another order."""
REMEDY = "`egosearch verify --repair` makes it anew, from the vectors"


class CachedRows:
    """The search cache in use, compared with the store while a check reads that anyway."""

    def __init__(self, scan: Scan | None) -> None:
        """Compare with `scan`; with None there is nothing to compare."""
        self._matrices: dict[str, SpaceMatrix] = {}
        self._projected: dict[str, NDArray[np.float32]] = {}
        self.differences = 0
        """Windows that are not in the cache as they are in the store."""
        for matrix in () if scan is None else scan.all_matrices():
            if matrix.is_whole:  # of a server's vectors there is a sample only
                self._matrices[matrix.space.id] = matrix
                self._projected[matrix.space.id] = _projected(matrix)

    def compare(self, space: EmbeddingSpace, rows: WindowRows, visible: NDArray[np.int64]) -> None:
        """Compare one recording's vectors, of which those of some windows are to be seen.

        Each window is compared by the sum of its numbers under random signs, which tells two vectors apart.
        """
        matrix = self._matrices.get(space.id)
        if matrix is None:
            return
        expected = rows.embeddings.take(np.flatnonzero(np.isin(rows.index, visible))).dot(_signs(space))
        if rows.recording_id not in matrix.recording_ids:
            self.differences += len(expected)
            return
        j = matrix.recording_ids.index(rows.recording_id)
        cached = self._projected[space.id][int(matrix.offsets[j]) : int(matrix.offsets[j + 1])]
        if len(cached) != len(expected):
            self.differences += abs(len(cached) - len(expected))
        else:
            self.differences += int((np.abs(cached - expected) > TOLERANCE * (1 + np.abs(expected))).sum())


def cached_scan(library: Checked) -> Scan | None:
    """Return the search cache in use; None where it is stale or cannot be read."""
    cache = ScanCache(library.paths.scan)
    try:
        return cache.load(library.catalog) if cache.is_current(library.catalog) else None
    except LibraryError:  # `check_caches` says so
        return None


def check_caches(library: Checked, cached: CachedRows) -> Iterator[Problem]:
    """Yield the caches that cannot be read, and the one in use where the comparison found differences."""
    folders = [library.paths.scan]
    if library.paths.compared.is_dir():
        folders += sorted(path for path in library.paths.compared.iterdir() if path.is_dir())
    unreadable = [folder for folder in folders if not _is_readable(folder)]
    for folder in unreadable:
        yield Problem(Finding(Kind.DAMAGED_CACHE, str(folder), 1, REMEDY), _removing(folder))
    if cached.differences and library.paths.scan not in unreadable:
        finding = Finding(Kind.DAMAGED_CACHE, str(library.paths.scan), cached.differences, REMEDY)
        yield Problem(finding, _removing(library.paths.scan))


def _is_readable(folder: Path) -> bool:
    for generation in folder.glob(f"{FORMAT}-*"):
        if not generation.name.endswith(".partial"):
            try:
                load(generation, "")
            except UNREADABLE:
                return False
    return True


def _removing(folder: Path) -> Mend:
    def remove(_: VectorStore) -> tuple[()]:
        shutil.rmtree(folder, ignore_errors=True)
        return ()

    return remove


def _projected(matrix: SpaceMatrix) -> NDArray[np.float32]:
    """Return the sum of each window's numbers under random signs, shape (n,)."""
    signs = _signs(matrix.space)
    if isinstance(matrix.rows, KeptRows) and isinstance(matrix.rows.held, SparseColumns):
        held = np.zeros(len(signs), bool)
        held[matrix.rows.held.held] = True
        signs = np.where(held, signs, np.float32(0))  # asking for a column costs something, also for an empty one
    return matrix.rows.dot(signs)


def _signs(space: EmbeddingSpace) -> NDArray[np.float32]:
    return np.random.default_rng(0).choice(np.array([-1, 1], np.float32), space.dim)

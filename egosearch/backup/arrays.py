"""The vectors of some recordings in one space, as plain arrays in NumPy's own format, one file each.

`recordings` are their ids, `windows` how many windows of each follow, `index` the windows' numbers. `values` are the
vectors: shape (windows, dim), or of sparse ones the entries, with `lengths`, how many each window has, and `indices`,
their dimensions. They are halves where that says all: what the store keeps in single precision comes back so.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egosearch.backup.errors import refuse
from egosearch.stores import WindowRows
from egosearch.stores.points import check_rows
from indexers.embeddings import DenseRows, Embeddings, SparseRows, Values, concatenate
from indexers.types import EmbeddingSpace

ID_BYTES = 32
_TYPES: dict[str, tuple[str, ...]] = {
    "recordings": (f"|S{ID_BYTES}",),
    "windows": ("<u4",),
    "index": ("<u4",),
    "values": ("<f2", "<f4"),
    "lengths": ("<u4",),
    "indices": ("<u2",),
}
"""What each array may be of."""


def write_arrays(folder: Path, space: EmbeddingSpace, parts: Sequence[WindowRows]) -> None:
    """Write the vectors of some recordings, at least one, to a folder that is there and empty."""
    held = concatenate([one.embeddings for one in parts], space.dim)
    arrays: dict[str, NDArray[Any]] = {
        "recordings": np.array([one.recording_id.encode("ascii") for one in parts], f"S{ID_BYTES}"),
        "windows": np.array([len(one) for one in parts], "<u4"),
        "index": np.concatenate([one.index for one in parts]).astype("<u4"),
        "values": _shortest(held.values),
    }
    if isinstance(held, SparseRows):
        arrays |= {"lengths": np.diff(held.indptr).astype("<u4"), "indices": held.indices.astype("<u2")}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def read_arrays(folder: Path, space: EmbeddingSpace, at_once: int) -> Iterator[WindowRows]:
    """Yield the vectors that `write_arrays` wrote, by recording, at most `at_once` windows at a time.

    Raises:
        ArchiveError: The arrays do not fit each other or the space.
    """
    names = ["recordings", "windows", "index", "values", *(["lengths", "indices"] if space.layout == "sparse" else [])]
    arrays = {name: _mapped(folder / f"{name}.npy", space) for name in names}
    bounds = np.concatenate([[0], np.cumsum(arrays["windows"], dtype=np.int64)])
    held = _embeddings(arrays, space)
    if len(bounds) != len(arrays["recordings"]) + 1 or not int(bounds[-1]) == len(arrays["index"]) == len(held):
        raise refuse(f"the arrays in its {folder.name} do not fit each other")
    for j, recording_id in enumerate(arrays["recordings"].tolist()):
        for first in range(int(bounds[j]), int(bounds[j + 1]), at_once):
            last = min(first + at_once, int(bounds[j + 1]))
            index = arrays["index"][first:last].astype(np.int64)
            rows = WindowRows(recording_id.decode("ascii", "replace"), index, _single(held.between(first, last)))
            try:
                check_rows(space, rows)
            except ValueError as error:
                raise refuse(f"the arrays in its {folder.name} are no vectors of their space ({error})") from error
            yield rows


def _shortest(values: Values) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        half = values.astype("<f2")
    return half if np.array_equal(half, values) else values.astype("<f4")


def _mapped(path: Path, space: EmbeddingSpace) -> NDArray[Any]:
    dimensions = 2 if path.stem == "values" and space.layout == "dense" else 1
    try:
        # Mapped: a header that claims more than the file holds is an error, and no memory that is asked for.
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError, TypeError) as error:
        if not path.is_file():
            raise refuse(f"its array {path.stem} of {path.parent.name} is missing") from error
        array = _empty(path, error)
    if not isinstance(array, np.ndarray) or array.dtype.str not in _TYPES[path.stem] or array.ndim != dimensions:
        raise refuse(f"its array {path.stem} of {path.parent.name} is of another type than it has to be")
    return np.asarray(array)


def _empty(path: Path, error: Exception) -> NDArray[Any]:
    """Read an array without entries, which cannot be mapped; any other that cannot be is damaged."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size < 1024:
                found: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False, max_header_size=1000)
                if not found.size:
                    return found
    except (ValueError, OSError, EOFError, SyntaxError, TypeError, MemoryError):
        pass
    raise refuse(f"its array {path.stem} of {path.parent.name} cannot be read ({error})") from error


def _embeddings(arrays: dict[str, NDArray[Any]], space: EmbeddingSpace) -> Embeddings:
    if space.layout == "dense":
        return DenseRows(arrays["values"])
    indptr = np.concatenate([[0], np.cumsum(arrays["lengths"], dtype=np.int64)])
    if not int(indptr[-1]) == len(arrays["indices"]) == len(arrays["values"]):
        raise refuse("the arrays of sparse vectors in it do not fit each other")
    return SparseRows(indptr, arrays["indices"], arrays["values"], space.dim)


def _single(rows: Embeddings) -> Embeddings:
    values = rows.values.astype(np.float32)
    return DenseRows(values) if isinstance(rows, DenseRows) else SparseRows(rows.indptr, rows.indices, values, rows.dim)

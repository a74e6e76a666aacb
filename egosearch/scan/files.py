"""The cache's files: NumPy arrays that are memory-mapped, with JSON for the rest; a folder a space.

Sparse rows lie twice, by row (`indptr`, `indices`, `values`: what a window holds) and by column (`column_indptr`,
`column_rows`, `column_values`: which windows hold a concept, so that a query reads the few it asks for). `background`
holds each dimension's mean and deviation, shape (2, dim).

Of a library on a server, `index` holds the windows' numbers, and of a large one the rows are those of its sample only,
which are the windows in `sampled`.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egosearch.query.sounds import SoundEvents
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.types import Sample, Scan, SpaceMatrix
from indexers.columns import SparseColumns
from indexers.embeddings import Background, DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality

FORMAT = 3
"""Raised when the files change shape, or sound events are found otherwise: caches of another format are rebuilt."""

UNREADABLE = (OSError, EOFError, ValueError, KeyError)
"""What `load` raises where the files are missing or damaged."""


def save(folder: Path, scan: Scan) -> None:
    """Write to a folder that is there and empty."""
    for matrix in scan.matrices.values():
        _save_matrix(folder / matrix.space.id, matrix)
    np.save(folder / "events.npy", scan.events.table)
    description = {
        "durations_s": dict(scan.durations_s),
        "event_recordings": scan.events.recording_ids,
        "spaces": [matrix.space.id for matrix in scan.matrices.values()],
    }
    (folder / "scan.json").write_text(json.dumps(description), encoding="utf-8")


def load(folder: Path, generation: str) -> Scan:
    """Map what `save` wrote."""
    description = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    matrices = {}
    for space_id in description["spaces"]:
        matrix = _load_matrix(folder / space_id)
        matrices[matrix.space.modality] = matrix
    table = np.load(folder / "events.npy", allow_pickle=False)
    events = SoundEvents(tuple(description["event_recordings"]), table)
    return Scan(generation, matrices, events, description["durations_s"])


def _save_matrix(folder: Path, matrix: SpaceMatrix) -> None:
    folder.mkdir()
    arrays: dict[str, NDArray[Any]] = {
        "offsets": matrix.offsets,
        "start_s": matrix.start_s,
        "end_s": matrix.end_s,
        "clarity": matrix.clarity,
        "index": matrix.index,
    }
    if matrix.sample is not None:
        arrays |= {"sampled": matrix.sample.windows, **_arrays(matrix.sample.rows)}
    elif not isinstance(matrix.rows, FetchedRows):
        arrays |= _arrays(matrix.rows)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    description = {
        "space": asdict(matrix.space),
        "recording_ids": matrix.recording_ids,
        "digests": matrix.digests,
        "is_whole": matrix.is_whole,
    }
    (folder / "matrix.json").write_text(json.dumps(description), encoding="utf-8")


def _arrays(rows: Embeddings) -> dict[str, NDArray[Any]]:
    """Return rows in half precision, laid out by column too where they are sparse, and their background.

    Columns and background are of the whole library, so they are made anew each time: a second for a hundred hours.
    """
    if isinstance(rows, DenseRows):
        dense = DenseRows(rows.values.astype(np.float16, copy=False))
        return {"dense": dense.values, "background": _stacked(dense.measured())}
    values = rows.values.astype(np.float16, copy=False)
    columns = SparseColumns.from_rows(SparseRows(rows.indptr, rows.indices, values, rows.dim))
    return {
        "indptr": rows.indptr.astype(np.uint32 if rows.indptr[-1] < 1 << 32 else np.int64),
        "indices": rows.indices,
        "values": values,
        "column_indptr": columns.indptr,
        "column_rows": columns.rows,
        "column_values": columns.values,
        "background": _stacked(Background.from_sums(len(rows), *columns.sums())),
    }


def _stacked(background: Background) -> NDArray[np.float32]:
    return np.stack([background.mean, background.deviation])


def _load_matrix(folder: Path) -> SpaceMatrix:
    description = json.loads((folder / "matrix.json").read_text(encoding="utf-8"))
    space = EmbeddingSpace(**{**description["space"], "modality": Modality(description["space"]["modality"])})

    def array(name: str) -> NDArray[Any]:
        # As a plain array: slices of a `memmap` carry its file along, which costs more than a short slice.
        mapped: NDArray[Any] = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
        return mapped

    mean, deviation = np.load(folder / "background.npy", allow_pickle=False)
    background = Background(mean, deviation)
    rows: Embeddings
    if space.layout == "dense":
        rows = DenseRows(array("dense"), background)
    else:
        entries = array("indptr"), array("indices"), array("values")
        by_column = array("column_indptr"), array("column_rows"), array("column_values")
        columns = SparseColumns(*by_column, n=len(entries[0]) - 1)
        rows = SparseRows(*entries, space.dim, columns, background)
    offsets, is_whole = array("offsets"), bool(description["is_whole"])
    return SpaceMatrix(
        space,
        tuple(description["recording_ids"]),
        tuple(description["digests"]),
        offsets,
        array("start_s"),
        array("end_s"),
        array("clarity"),
        rows if is_whole else FetchedRows.none(int(offsets[-1]), space, background),
        array("index"),
        None if is_whole else Sample(array("sampled"), rows),
    )

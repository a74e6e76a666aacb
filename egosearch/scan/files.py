"""The cache's files: a file of arrays for each space (`bundle`), the sound events, and JSON for the rest.

Of a space: `offsets`, `clarity`, the times (`times.packed`), `mean` and `deviation`, and the rows. Sparse rows lie by
column only (`indexers.columns`); what a window holds is read from there. `lengths` says how many windows a row stands
for, where equal neighbours are merged (`kept`).

Of a library on a server, `index` holds the windows' numbers, and of a large one the rows are those of its sample only,
which are the windows in `sampled`. Of many dense rows, `codes` and `scales` are what `codes` makes of them.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egosearch.query.sounds import SoundEvents
from egosearch.scan import bundle
from egosearch.scan.codes import Codes
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.kept import KeptRows
from egosearch.scan.times import packed, unpacked
from egosearch.scan.types import Sample, Scan, SpaceMatrix
from indexers.columns import SparseColumns
from indexers.embeddings import Background, DenseRows
from indexers.types import EmbeddingSpace, Modality

FORMAT = 4
"""Raised when the files change shape, or sound events are found otherwise: caches of another format are rebuilt."""

UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError)
"""What `load` raises where the files are missing or damaged."""

SUFFIX = ".arrays"
"""Of the file of a space, whose name is the space's id."""


def save(folder: Path, scan: Scan) -> None:
    """Write to a folder that is there and empty."""
    for matrix in scan.all_matrices():
        _save_matrix(folder / f"{matrix.space.id}{SUFFIX}", matrix)
    np.save(folder / "events.npy", scan.events.table)
    description = {
        "durations_s": dict(scan.durations_s),
        "event_recordings": scan.events.recording_ids,
        "spaces": [matrix.space.id for matrix in scan.matrices.values()],
        "lexical": None if scan.lexical is None else scan.lexical.space.id,
    }
    (folder / "scan.json").write_text(json.dumps(description, separators=(",", ":")), encoding="utf-8")


def load(folder: Path, generation: str) -> Scan:
    """Map what `save` wrote."""
    description = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    matrices = {}
    for space_id in description["spaces"]:
        matrix = _load_matrix(folder / f"{space_id}{SUFFIX}")
        matrices[matrix.space.modality] = matrix
    lexical = description["lexical"]
    table = np.load(folder / "events.npy", allow_pickle=False)
    events = SoundEvents(tuple(description["event_recordings"]), table)
    return Scan(
        generation,
        matrices,
        events,
        description["durations_s"],
        None if lexical is None else _load_matrix(folder / f"{lexical}{SUFFIX}"),
    )


def _save_matrix(path: Path, matrix: SpaceMatrix) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "offsets": matrix.offsets,
        "clarity": matrix.clarity.astype(np.float16, copy=False),
        "index": matrix.index,
        **packed(matrix.start_s, matrix.end_s, matrix.space),
    }
    if matrix.sample is not None:
        arrays |= {"sampled": matrix.sample.windows, **_arrays(_kept(matrix.sample.rows))}
    elif not isinstance(matrix.rows, FetchedRows):
        arrays |= _arrays(_kept(matrix.rows))
    description = {
        "space": asdict(matrix.space),
        "recording_ids": matrix.recording_ids,
        "digests": matrix.digests,
        "is_whole": matrix.is_whole,
    }
    bundle.write(path, description, arrays)


def _kept(rows: Any) -> KeptRows:
    return rows if isinstance(rows, KeptRows) else KeptRows.of(rows)


def _arrays(rows: KeptRows) -> dict[str, NDArray[Any]]:
    held, known = rows.held, rows.background
    arrays: dict[str, NDArray[Any]] = {} if rows.lengths is None else {"lengths": rows.lengths}
    if isinstance(held, DenseRows):
        if rows.codes is not None:
            arrays |= {"codes": rows.codes.values, "scales": rows.codes.scales}
        return {**arrays, "dense": held.values, "mean": known.mean, "deviation": known.deviation}
    return {
        **arrays,
        "held": held.held,
        "counts": held.counts,
        "rows": held.rows,
        "values": held.values,
        # What no row has, has mean and deviation 0: of 65,000 words few are ever said.
        "mean": known.mean[held.held],
        "deviation": known.deviation[held.held],
    }


def _load_matrix(path: Path) -> SpaceMatrix:
    description, arrays = bundle.read(path)
    space = EmbeddingSpace(**{**description["space"], "modality": Modality(description["space"]["modality"])})
    offsets, is_whole = arrays["offsets"], bool(description["is_whole"])
    n = int(offsets[-1])
    rows = _rows(arrays, space, n if is_whole else len(arrays["sampled"]))
    start_s, end_s = unpacked(arrays, n, space)
    return SpaceMatrix(
        space,
        tuple(description["recording_ids"]),
        tuple(description["digests"]),
        offsets,
        start_s,
        end_s,
        arrays["clarity"],
        rows if is_whole else FetchedRows.none(n, space, rows.background),
        arrays["index"],
        None if is_whole else Sample(arrays["sampled"], rows),
    )


def _rows(arrays: dict[str, NDArray[Any]], space: EmbeddingSpace, n: int) -> KeptRows:
    lengths = arrays.get("lengths")
    if space.layout == "dense":
        codes = Codes(arrays["codes"], arrays["scales"]) if "codes" in arrays else None
        return KeptRows(DenseRows(arrays["dense"]), Background(arrays["mean"], arrays["deviation"]), lengths, codes)
    held = arrays["held"]
    kept = n if lengths is None else len(lengths)
    columns = SparseColumns(held, arrays["counts"], arrays["rows"], arrays["values"], kept, space.dim)
    mean, deviation = np.zeros((2, space.dim), np.float32)
    mean[held], deviation[held] = arrays["mean"], arrays["deviation"]
    return KeptRows(columns, Background(mean, deviation), lengths)

"""Whether the search cache loses answers: `python -m benchmarks.recall LIBRARY QUERIES.json` prints JSON.

Every query is asked twice of the same engine: as usual, and with the vectors and the signal's quality as they were
before the cache rounded them, compared row by row. What is compared is the ten best moments: one is found again where
the other answer has one of the same recording whose span is the same to a tenth of a second.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.libraries import EXACT
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.query.engine import Engine
from egosearch.scan import Scan, ScanCache
from egosearch.types import Moment, Query
from indexers.embeddings import SparseRows

BEST = 10
SAME_S = 0.1


class _Given(ScanCache):
    """A cache that holds what it is given."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan

    def load(self, catalog: Catalog) -> Scan:  # noqa: ARG002 - what it is of is known
        return self._scan


def main(library: Path, texts: list[str]) -> dict[str, float]:
    """Return how many moments were compared, which share of the exact ones was found, and how far scores are apart."""
    paths = LibraryPaths(library)
    found = wanted = 0
    apart = 0.0
    with Catalog.open(paths.catalog, read_only=True) as catalog:
        cached = ScanCache(paths.scan).load(catalog)
        engines = [Engine(catalog, _Given(scan)) for scan in (cached, _exact(cached, library))]
        for text in texts:
            query = Query(text, limit=BEST, min_confidence=0.0)
            ours, exact = (engine.answer(query).moments for engine in engines)
            wanted += len(exact)
            found += sum(any(_is_same(one, other) for other in ours) for one in exact)
            gaps = (abs(one.score - other.score) for one, other in zip(ours, exact, strict=False))
            apart = max(apart, *gaps, 0.0)
    return {"moments": wanted, "recall": found / max(1, wanted), "score_apart": apart}


def _exact(scan: Scan, library: Path) -> Scan:
    """Return a scan with the vectors that a generated library was made of."""
    kept = np.load(library / EXACT)
    matrices = {}
    for sense, matrix in scan.matrices.items():
        indptr, indices, values, clarity = (
            kept[f"{sense}_{part}"] for part in ("indptr", "indices", "values", "clarity")
        )
        rows = SparseRows(indptr, indices, values, matrix.space.dim)
        matrices[sense] = replace(matrix, rows=rows, clarity=clarity)
    return scan.with_matrices(matrices)


def _is_same(one: Moment, other: Moment) -> bool:
    return (
        one.recording_id == other.recording_id
        and abs(one.span.start_s - other.span.start_s) < SAME_S
        and abs(one.span.end_s - other.span.end_s) < SAME_S
    )


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))

"""The engines that are compared: each keeps windows in a folder of its own and finds the ten best of each sense.

Whatever it is, an engine is asked the same: two inner products, one of sound and one of sight, exact or as near as it
gets. egosearch's own scan does so too; its score curves do more (all windows, calibrated and smoothed), and its whole
query does all, from text to moments.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.windows import BEST, LAYOUTS, SENSES, Floats, Layout, Rows, Windows
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.query import asking
from egosearch.query.curves import sense_curve
from egosearch.query.engine import Engine as QueryEngine
from egosearch.scan import Scan, ScanCache
from egosearch.scan.files import load, save
from egosearch.stores import EmbeddedStore
from egosearch.stores.base import Filter, WindowRows
from egosearch.types import Query
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality

Search = Callable[[Floats], Rows]
"""From a query, shape (dim,), to the ten best windows of one sense, in any order."""
Ask = Callable[[int], Sequence[Sequence[int]]]
"""From a query's number to the windows found of each sense; to nothing where windows are not what is found."""
BLOCK_ROWS = 8192


@dataclass(frozen=True)
class Engine:
    """Something that searches vectors."""

    name: str
    build: Callable[[Windows, Path], None]
    """Keeps windows in a folder that is there and empty."""
    open: Callable[[Windows, Path], Ask]
    package: str | None = None
    """To be imported, if it is not one that egosearch needs anyway."""
    most: int | None = None
    """Windows that it can be asked of in bearable time."""
    layouts: tuple[Layout, ...] = LAYOUTS
    kept_by: str | None = None
    """The engine whose folder it searches; None for its own."""


def by_sense(
    build: Callable[[Embeddings, EmbeddingSpace, Path], None], open_one: Callable[[EmbeddingSpace, Path], Search]
) -> tuple[Callable[[Windows, Path], None], Callable[[Windows, Path], Ask]]:
    """Return how to build and open an engine that keeps each sense on its own."""

    def build_all(windows: Windows, folder: Path) -> None:
        for sense in SENSES:
            build(windows.rows(sense), windows.space(sense), folder / sense)

    def open_all(windows: Windows, folder: Path) -> Ask:
        searches = [(open_one(windows.space(sense), folder / sense), windows.queries(sense)) for sense in SENSES]
        return lambda i: [search(queries[i]).tolist() for search, queries in searches]

    return build_all, open_all


def best(scores: Floats) -> Rows:
    """Return the numbers of the ten highest, in no order."""
    return np.argpartition(scores, -BEST)[-BEST:] if len(scores) > BEST else np.arange(len(scores))


# egosearch


def _build_scan(windows: Windows, folder: Path) -> None:
    save(folder, replace(windows.scan, matrices={sense: windows.matrix(sense) for sense in SENSES}))


def _open_scan(windows: Windows, folder: Path) -> Ask:
    matrices = load(folder, "").matrices
    asked = [(matrices[sense], windows.queries(sense)) for sense in SENSES]
    return lambda i: [best(matrix.similarities(queries[i])).tolist() for matrix, queries in asked]


def _open_curves(windows: Windows, folder: Path) -> Ask:
    scan = load(folder, "")
    asked = [(scan.matrices[sense], windows.weights(sense)) for sense in SENSES]

    def ask(i: int) -> Sequence[Sequence[int]]:
        for matrix, weights in asked:
            sense_curve(scan, matrix, weights[i], 1.0)
        return ()

    return ask


class Given(ScanCache):
    """A search cache that holds what it is given."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan

    def load(self, catalog: Catalog) -> Scan:  # noqa: ARG002 - what it is of is known
        return self._scan


class Prepared:
    """In place of an encoder of drawn vectors: knows those of the texts that are asked."""

    def __init__(self, windows: Windows, sense: Modality) -> None:
        self.space = windows.space(sense)
        self._rows = dict(zip(windows.texts, windows.weights(sense), strict=True))

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        return DenseRows(np.stack([self._rows[text] for text in texts]))

    def affinity(self, text: str) -> float:  # noqa: ARG002 - as an encoder has it
        return 1.0

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:  # noqa: ARG002 - as an encoder has it
        return []


def _open_query(windows: Windows, folder: Path) -> Ask:
    if windows.layout == "dense":
        prepared = {sense: Prepared(windows, sense) for sense in SENSES}
        mock.patch.object(asking, "load_encoder", lambda _, sense: prepared[sense]).start()
    catalog = Catalog.open(LibraryPaths(windows.library).catalog, read_only=True)
    engine = QueryEngine(catalog, Given(load(folder, "")))

    def ask(i: int) -> Sequence[Sequence[int]]:
        engine.answer(Query(windows.texts[i]))
        return ()

    return ask


def _build_store(windows: Windows, folder: Path) -> None:
    with EmbeddedStore(folder) as store:
        for sense in SENSES:
            matrix, rows, space = windows.scan.matrices[sense], windows.rows(sense), windows.space(sense)
            for recording_id, (first, last) in zip(matrix.recording_ids, pairwise(matrix.offsets), strict=True):
                index = np.arange(int(last - first))
                store.upsert(space, WindowRows(recording_id, index, rows.between(int(first), int(last))))
        store.flush()
        store.compact()


def _open_store(windows: Windows, folder: Path) -> Ask:
    store = EmbeddedStore(folder)
    asked = []
    for sense in SENSES:
        matrix = windows.scan.matrices[sense]
        first_of = dict(zip(matrix.recording_ids, matrix.offsets[:-1].tolist(), strict=True))
        asked.append((windows.space(sense), windows.queries(sense), first_of))

    def found(space: EmbeddingSpace, query: Floats, first_of: dict[str, int]) -> list[int]:
        row: Embeddings = DenseRows(query[None])
        if space.layout == "sparse":
            row = SparseRows.from_dense(query[None], above=0)
        hits = store.search(space, row, where=Filter(), limit=BEST)
        return [first_of[hit.recording_id] + hit.index for hit in hits]

    return lambda i: [found(space, queries[i], first_of) for space, queries, first_of in asked]


# NumPy


def _build_numpy32(rows: Embeddings, _: EmbeddingSpace, path: Path) -> None:
    np.save(path.with_suffix(".npy"), rows.dense())


def _build_numpy16(rows: Embeddings, _: EmbeddingSpace, path: Path) -> None:
    np.save(path.with_suffix(".npy"), rows.dense().astype(np.float16))


def _open_numpy32(_: EmbeddingSpace, path: Path) -> Search:
    values = np.load(path.with_suffix(".npy"))
    return lambda query: best(values @ query)


def _open_numpy16(_: EmbeddingSpace, path: Path) -> Search:
    values = np.load(path.with_suffix(".npy"))

    def search(query: Floats) -> Rows:
        # NumPy multiplies halves one by one: widening a block that fits the processor's cache first is faster.
        starts = range(0, len(values), BLOCK_ROWS)
        return best(np.concatenate([values[at : at + BLOCK_ROWS].astype(np.float32) @ query for at in starts]))

    return search


EGOSEARCH = Engine("egosearch, scan", _build_scan, _open_scan)
OWN: tuple[Engine, ...] = (
    EGOSEARCH,
    Engine("egosearch, score curves", _build_scan, _open_curves, kept_by=EGOSEARCH.name),
    Engine("egosearch, whole query", _build_scan, _open_query, kept_by=EGOSEARCH.name),
    Engine("egosearch's vector store (Qdrant Edge)", _build_store, _open_store),
)
NUMPY: tuple[Engine, ...] = (
    Engine("NumPy, float32", *by_sense(_build_numpy32, _open_numpy32)),
    Engine("NumPy, float16", *by_sense(_build_numpy16, _open_numpy16)),
)

"""Whatever the layout on disk, a search sees what the store holds: the memory store's answers are the right ones."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from egosearch.query.sounds import SoundEvents
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.files import load, save
from egosearch.stores import Filter, MemoryStore, WindowRows
from indexers.embeddings import DenseRows, Embeddings, SparseRows, concatenate
from indexers.types import EmbeddingSpace, Modality

DIM = 6
SPARSE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 1.0, DIM, "sparse", "dot")
DENSE = replace(SPARSE, layout="dense")
COSINE = replace(DENSE, distance="cosine")
HALF = 2.0**-10
"""Half precision: 1 part in 1,000 of numbers up to 1."""

strengths = st.one_of(st.just(0.0), st.floats(0, 1, width=32))
windows = arrays(np.float32, st.tuples(st.integers(1, 9), st.just(DIM)), elements=strengths)
queries = arrays(np.float32, DIM, elements=st.sampled_from([0.0, 0.0, 0.0, -1.7, -0.3, 0.01, 0.6, 2.0]))


def kept(store: MemoryStore, space: EmbeddingSpace, names: tuple[str, ...]) -> SpaceMatrix:
    """Return what a store holds, saved and read again."""
    found = [rows for rows in (store.scan(space, name) for name in names) if rows is not None]
    offsets = np.cumsum([0, *(len(rows) for rows in found)])
    starts_s = np.concatenate([rows.index for rows in found]).astype(np.float64)
    rows = concatenate([rows.embeddings for rows in found], DIM)
    clarity = np.ones((len(starts_s), 2), np.float32)
    matrix = SpaceMatrix(space, names, names, offsets, starts_s, starts_s + 1, clarity, rows)
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), Scan("1", {space.modality: matrix}, SoundEvents.join([]), dict.fromkeys(names, 9.0)))
        return load(Path(folder), "1").matrices[space.modality]


def filled(space: EmbeddingSpace, recordings: dict[str, np.ndarray]) -> MemoryStore:
    store = MemoryStore()
    for name, values in recordings.items():
        rows: Embeddings = SparseRows.from_dense(values, above=0) if space.layout == "sparse" else DenseRows(values)
        store.upsert(space, WindowRows(name, np.arange(len(values)), rows))
    return store


@pytest.mark.parametrize("space", [SPARSE, DENSE, COSINE], ids=["sparse", "dense", "cosine"])
@settings(max_examples=40, deadline=None)
@given(first=windows, second=windows, query=queries)
def test_curves_are_the_exact_similarities(
    space: EmbeddingSpace, first: np.ndarray, second: np.ndarray, query: np.ndarray
) -> None:
    store = filled(space, {"a": first, "b": second})
    matrix = kept(store, space, ("a", "b"))
    row: Embeddings = DenseRows(query[None])
    if space.layout == "sparse":
        held = np.flatnonzero(query)
        row = SparseRows(np.array([0, len(held)]), held.astype(np.uint16), query[held], DIM)
    exact = np.zeros(len(matrix), np.float32)  # a sparse window that shares nothing with the query is no hit
    for hit in store.search(space, row, where=Filter(), limit=100):
        exact[matrix.offsets[("a", "b").index(hit.recording_id)] + hit.index] = hit.similarity
    length = np.float32(np.linalg.norm(query) if space.distance == "cosine" and query.any() else 1)
    asked = np.asarray(query / length, np.float32)
    scores = matrix.similarities(asked)
    np.testing.assert_allclose(scores, exact, atol=HALF * max(1.0, float(np.abs(asked).sum())))
    assert scores.dtype == np.float32


@pytest.mark.parametrize("space", [SPARSE, DENSE], ids=["sparse", "dense"])
@settings(max_examples=40, deadline=None)
@given(values=windows)
def test_background_and_rows_are_those_of_what_is_kept(space: EmbeddingSpace, values: np.ndarray) -> None:
    matrix = kept(filled(space, {"a": values}), space, ("a",))
    half = values.astype(np.float16).astype(np.float64)
    np.testing.assert_allclose(matrix.background.mean, half.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(matrix.background.deviation, half.std(axis=0), atol=1e-6)
    last = np.array([len(values) - 1, 0])
    np.testing.assert_array_equal(matrix.rows.take(last).dense(), half[last].astype(np.float32))


def test_other_rows_in_its_place_bring_their_own_background() -> None:
    matrix = kept(filled(SPARSE, {"a": np.full((2, DIM), 0.5, np.float32)}), SPARSE, ("a",))
    assert not isinstance(matrix.rows, FetchedRows)
    doubled = replace(
        matrix,
        rows=concatenate(
            [matrix.rows.take(np.arange(2)), SparseRows.from_dense(np.ones((2, DIM), np.float32), above=0)], DIM
        ),
    )
    assert doubled.background.mean.tolist() == [0.75] * DIM
    assert doubled.similarities(np.ones(DIM, np.float32)).tolist() == [3, 3, 6, 6]

"""Packing windows into points changes nothing that anybody sees, whatever is written over what."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.stores import EmbeddedStore, Filter, MemoryStore, WindowRows, packing
from egosearch.stores.packing import MOST, SLOTS, lengths_of, pack, unpack
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality

DIM = 4
SPARSE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 1.0, DIM, "sparse", "dot")
DENSE = replace(SPARSE, layout="dense")
SPACES = pytest.mark.parametrize("space", [SPARSE, DENSE], ids=["sparse", "dense"])

SIGHTS = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.25, 0, 0], [0.5, 0, 0.25, 1]], np.float32)

# Stretches in which nothing changes, with gaps between: what, for how long, after how many missing windows.
stretches = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1, 1, 2, 70, 2100]), st.integers(0, 2)), max_size=90)


def rows_of(space: EmbeddingSpace, values: np.ndarray) -> Embeddings:
    return SparseRows.from_dense(values, above=0) if space.layout == "sparse" else DenseRows(values)


def windows(space: EmbeddingSpace, index: np.ndarray, sights: np.ndarray) -> WindowRows:
    return WindowRows("a", index, rows_of(space, SIGHTS[sights]))


@SPACES
@settings(deadline=None, max_examples=60)
@given(parts=stretches)
def test_what_is_packed_comes_out(space: EmbeddingSpace, parts: list[tuple[int, int, int]]) -> None:
    lengths = np.array([length for _, length, _ in parts], np.int64)
    gaps = np.repeat(np.cumsum([gap for *_, gap in parts]), lengths)
    rows = windows(space, np.arange(lengths.sum()) + gaps, np.repeat([what for what, *_ in parts], lengths).astype(int))
    points = pack(space, rows)
    found = unpack(space, "a", points)
    if found is None:
        assert not len(rows)
        return
    assert found.index.tolist() == rows.index.tolist()
    assert found.embeddings.dense().tobytes() == rows.embeddings.dense().tobytes()
    for point in points:
        assert len(lengths_of(space, point)) <= SLOTS
        assert lengths_of(space, point).sum() <= MOST
    assert [point.first for point in points] == sorted({point.first for point in points})


def test_where_nothing_changes_a_point_holds_an_hour_of_seconds() -> None:
    n = 3600
    for space in (SPARSE, DENSE):
        assert len(pack(space, windows(space, np.arange(n), np.full(n, 3)))) == -(-n // MOST)
    changing = windows(SPARSE, np.arange(n), np.arange(n) % 4)
    assert len(pack(SPARSE, changing)) == -(-n // SLOTS)


def test_rows_that_half_precision_cannot_tell_apart_are_one() -> None:
    values = np.array([[0.5, 0, 0, 0], [0.5001, 0, 0, 0], [0.501, 0, 0, 0]], np.float32)
    (point,) = pack(SPARSE, WindowRows("a", np.arange(3), rows_of(SPARSE, values)))
    assert lengths_of(SPARSE, point).tolist() == [2, 1]
    large = np.array([[1e6, 0, 0, 0], [2e6, 0, 0, 0]], np.float32)  # both beyond it
    (point,) = pack(SPARSE, WindowRows("a", np.arange(2), rows_of(SPARSE, large)))
    assert lengths_of(SPARSE, point).tolist() == [1, 1]


writes = st.lists(st.tuples(st.integers(0, 300), st.lists(st.integers(0, 3), min_size=1, max_size=120)), max_size=5)


@SPACES
@settings(deadline=None, max_examples=15)
@given(writes=writes, data=st.data())
def test_writing_over_parts_of_points(
    tmp_path_factory: pytest.TempPathFactory,
    space: EmbeddingSpace,
    writes: list[tuple[int, list[int]]],
    data: st.DataObject,
) -> None:
    reference = MemoryStore()
    with EmbeddedStore(tmp_path_factory.mktemp("vectors")) as store:
        for first, sights in writes:
            step = data.draw(st.sampled_from([1, 1, 3]))  # slices have no gaps; what was removed by hand does
            index = np.arange(first, first + step * len(sights), step)
            for each in (store, reference):
                each.upsert(space, windows(space, index, np.array(sights)))
        found, expected = store.scan(space, "a"), reference.scan(space, "a")
        assert (found is None) == (expected is None)
        if found is None or expected is None:
            return
        assert found.index.tolist() == expected.index.tolist()
        assert found.embeddings.dense().tobytes() == expected.embeddings.dense().tobytes()
        assert store.count(space, where=Filter()) == len(expected)
        some = np.array(data.draw(st.lists(st.integers(0, 700), unique=True, max_size=9).map(sorted)), np.int64)
        fetched, fetched_there = store.fetch(space, {"a": some}), reference.fetch(space, {"a": some})
        assert {k: v.index.tolist() for k, v in fetched.items()} == {
            k: v.index.tolist() for k, v in fetched_there.items()
        }
        query = rows_of(space, np.array([[0.25, 1, 0, 0]], np.float32))
        limit = data.draw(st.integers(1, 200))
        assert store.search(space, query, where=Filter(), limit=limit) == reference.search(
            space, query, where=Filter(), limit=limit
        )


def test_a_library_with_a_point_for_each_window_reads_and_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    sights = random.integers(1, 4, 200)
    with monkeypatch.context() as patch, EmbeddedStore(tmp_path) as store:
        patch.setattr(packing, "SLOTS", 1)
        patch.setattr(packing, "MOST", 1)
        store.upsert(SPARSE, windows(SPARSE, np.arange(200), sights))
    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPARSE, windows(SPARSE, np.arange(150, 300), np.full(150, 2)))
        sights = np.concatenate([sights[:150], np.full(150, 2)])
        store.compact()
        found = store.scan(SPARSE, "a")
        assert found is not None
        assert found.index.tolist() == list(range(300))
        assert found.embeddings.dense().tolist() == SIGHTS[sights].tolist()
        assert store.count(SPARSE, where=Filter()) == 300


def test_a_window_that_a_kill_left_in_two_points_comes_out_once() -> None:
    rows = windows(SPARSE, np.arange(40), np.arange(40) % 4)
    stale = windows(SPARSE, np.arange(20, 30), np.arange(20, 30) % 4)
    found = unpack(SPARSE, "a", [*pack(SPARSE, rows), *pack(SPARSE, stale)])
    assert found is not None
    assert found.index.tolist() == list(range(40))
    assert found.embeddings.dense().tolist() == rows.embeddings.dense().tolist()

"""What `VectorStore` means, asked of every store: the memory store's exact answers are the right ones.

Set EGOSEARCH_TEST_QDRANT_URL to ask a real server too.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from egosearch.stores import Filter, MemoryStore, VectorStore, WindowRows, window_id
from egosearch.stores.base import MAX_WINDOWS, recording_key
from indexers.embeddings import DenseRows, SparseRows
from indexers.types import EmbeddingSpace
from tests.contracts.store_openers import LASTING, OPENERS, OpenStore
from tests.contracts.stored import (
    COSINE,
    DENSE,
    DIM,
    EVERYTHING,
    RECORDINGS,
    SPARSE,
    Question,
    assert_same_hits,
    assert_same_rows,
    embeddings,
    fill,
    neighbours,
    questions,
    recordings,
    space,
    unit,
    wanted,
    windows,
)

SPACES = pytest.mark.parametrize("where", [DENSE, COSINE, SPARSE], ids=["dense", "cosine", "sparse"])
# Each example empties the store itself: making one anew takes longer than all else.
against_the_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=list(OPENERS))
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    yield from OPENERS[request.param](tmp_path)


@pytest.fixture(params=sorted(LASTING))
def reopen_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    yield from OPENERS[request.param](tmp_path)


@pytest.fixture
def store(open_store: OpenStore) -> VectorStore:
    return open_store()


@SPACES
@given(content=recordings)
@against_the_store
def test_what_goes_in_comes_out(
    store: VectorStore, where: EmbeddingSpace, content: dict[str, list[list[float]]]
) -> None:
    reference = fill(store, where, content)
    store.flush()
    for recording_id in RECORDINGS:
        assert_same_rows(store.scan(where, recording_id), reference.scan(where, recording_id))


@SPACES
@given(content=recordings, question=questions)
@against_the_store
def test_search_is_exact(
    store: VectorStore,
    where: EmbeddingSpace,
    content: dict[str, list[list[float]]],
    question: Question,
) -> None:
    reference = fill(store, where, content)
    row = embeddings(where, [question.query])
    found, expected = (
        each.search(where, row, where=question.where, limit=question.limit) for each in (store, reference)
    )
    assert_same_hits(found, expected, where)
    assert store.count(where, where=question.where) == reference.count(where, where=question.where)


@SPACES
@given(content=recordings, which=wanted)
@against_the_store
def test_fetching_gives_those_of_the_windows_that_are_there(
    store: VectorStore,
    where: EmbeddingSpace,
    content: dict[str, list[list[float]]],
    which: dict[str, NDArray[np.int64]],
) -> None:
    reference = fill(store, where, content)
    found = store.fetch(where, which)
    there = {name: [i for i in index.tolist() if i < len(content.get(name, []))] for name, index in which.items()}
    assert {name: rows.index.tolist() for name, rows in found.items()} == {n: i for n, i in there.items() if i}
    for name, rows in found.items():
        whole = reference.scan(where, name)
        assert whole is not None
        assert_same_rows(rows, WindowRows(name, rows.index, whole.embeddings.take(rows.index)))


@SPACES
@given(content=recordings, which=wanted)
@against_the_store
def test_discarding_takes_those_windows_and_leaves_the_others(
    store: VectorStore,
    where: EmbeddingSpace,
    content: dict[str, list[list[float]]],
    which: dict[str, NDArray[np.int64]],
) -> None:
    whole = fill(store, where, content)
    reference = MemoryStore()
    for name in content:
        rows = whole.scan(where, name)
        assert rows is not None
        kept = np.array([i for i in rows.index.tolist() if i not in which.get(name, ())], np.int64)
        reference.upsert(where, WindowRows(name, kept, rows.embeddings.take(kept)))
    store.discard(where, which)
    for name in RECORDINGS:
        assert_same_rows(store.scan(where, name), reference.scan(where, name))
    assert reference.recordings(where.id) <= store.recordings(where.id) <= set(RECORDINGS)


@SPACES
@given(first=recordings, second=recordings)
@against_the_store
def test_upserting_again_overwrites(
    store: VectorStore,
    where: EmbeddingSpace,
    first: dict[str, list[list[float]]],
    second: dict[str, list[list[float]]],
) -> None:
    reference = fill(store, where, first)
    for _ in range(2):
        for recording_id, values in second.items():
            for each in (store, reference):
                each.upsert(where, windows(where, recording_id, values, first=3))
    assert store.count(where, where=EVERYTHING) == reference.count(where, where=EVERYTHING)
    for recording_id in RECORDINGS:
        assert_same_rows(store.scan(where, recording_id), reference.scan(where, recording_id))


def test_a_new_store_is_empty(store: VectorStore) -> None:
    assert store.spaces() == []
    assert store.scan(DENSE, RECORDINGS[0]) is None
    assert store.search(DENSE, embeddings(DENSE, [unit(0)]), where=EVERYTHING, limit=3) == []
    assert store.count(DENSE, where=EVERYTHING) == 0
    assert store.recordings(DENSE.id) == set()
    store.discard(DENSE, {RECORDINGS[0]: np.arange(3)})
    assert store.fetch(DENSE, {RECORDINGS[0]: np.arange(3)}) == {}
    store.remove(RECORDINGS[0])
    store.drop_space(DENSE.id)
    store.flush()
    store.compact()


def test_empty_sparse_rows_are_kept_and_never_hits(store: VectorStore) -> None:
    store.upsert(SPARSE, windows(SPARSE, "a", [unit(0), [0.0] * DIM, unit(1)]))
    rows = store.scan(SPARSE, "a")
    assert rows is not None
    assert isinstance(rows.embeddings, SparseRows)
    assert rows.embeddings.indptr.tolist() == [0, 1, 1, 2]
    hits = store.search(SPARSE, embeddings(SPARSE, [unit(1)]), where=EVERYTHING, limit=10)
    assert [hit.index for hit in hits] == [2]
    assert store.search(SPARSE, embeddings(SPARSE, [[0.0] * DIM]), where=EVERYTHING, limit=10) == []


def test_ties_come_by_recording_and_index(store: VectorStore) -> None:
    for recording_id in ("b", "a"):
        store.upsert(DENSE, windows(DENSE, recording_id, [unit(0)] * 40))
    for limit in (1, 7, 50, 100):
        hits = store.search(DENSE, embeddings(DENSE, [unit(0)]), where=EVERYTHING, limit=limit)
        expected = [(name, i) for name in ("a", "b") for i in range(40)][:limit]
        assert [(hit.recording_id, hit.index) for hit in hits] == expected


def test_neighbours_in_id_order_are_apart(store: VectorStore) -> None:
    one, other = neighbours()
    last = MAX_WINDOWS - 1
    for recording_id, k in ((one, 0), (other, 1)):
        for first in (last, 0):
            store.upsert(DENSE, windows(DENSE, recording_id, [unit(k)], first=first))
    for recording_id, k in ((one, 0), (other, 1)):
        rows = store.scan(DENSE, recording_id)
        assert rows is not None
        assert rows.index.tolist() == [0, last]
        assert rows.embeddings.dense().tolist() == [unit(k), unit(k)]
        assert store.count(DENSE, where=Filter(frozenset([recording_id]))) == 2
    store.remove(one)
    assert store.scan(DENSE, one) is None
    hits = store.search(DENSE, embeddings(DENSE, [unit(1)]), where=EVERYTHING, limit=9)
    assert [(hit.recording_id, hit.index) for hit in hits] == [(other, 0), (other, last)]


@pytest.mark.parametrize("recording_id", RECORDINGS)
def test_ids_are_in_the_order_of_time(recording_id: str) -> None:
    ids = [window_id(recording_id, index) for index in (0, 1, 255, 256, 70_000, MAX_WINDOWS - 1)]
    assert ids == sorted(ids)
    assert [each.bytes[:12] for each in ids] == [recording_key(recording_id)] * 6
    assert str(window_id("ab" * 16, 258))[-8:] == "00000102"


def test_a_long_recording_comes_out_whole(store: VectorStore) -> None:
    values = [[float(index % 64) / 64, 1.0, 0.0, 0.0, 0.0, 0.0] for index in range(900)]
    for recording_id in ("a", "b", "c"):
        for first in (600, 0, 300):  # slices come as workers finish them
            rows = windows(DENSE, recording_id, values[first : first + 300], first=first)
            store.upsert(DENSE, rows)
    for recording_id in ("a", "b", "c"):
        found = store.scan(DENSE, recording_id)
        assert found is not None
        assert found.index.tolist() == list(range(900))
        assert found.embeddings.dense().tolist() == values
    some = store.fetch(DENSE, {name: np.arange(5, 1000, 2) for name in "ab"})  # more than one batch of a few hundred
    assert sorted(some) == ["a", "b"]
    for rows in some.values():
        assert rows.index.tolist() == list(range(5, 900, 2))
        assert rows.embeddings.dense().tolist() == values[5:900:2]
    store.remove("b")
    assert [store.count(DENSE, where=Filter(frozenset([each]))) for each in "abc"] == [900, 0, 900]


def test_no_recordings_is_not_all_recordings(store: VectorStore) -> None:
    store.upsert(DENSE, windows(DENSE, "a", [unit(0)]))
    nothing = Filter(recording_ids=frozenset())
    assert store.search(DENSE, embeddings(DENSE, [unit(0)]), where=nothing, limit=9) == []
    assert store.count(DENSE, where=nothing) == 0


def test_spaces_are_apart(store: VectorStore) -> None:
    other = space(model="other")
    store.upsert(DENSE, windows(DENSE, "a", [unit(0), unit(1)]))
    store.upsert(other, windows(other, "a", [unit(2)]))
    store.upsert(SPARSE, windows(SPARSE, "a", [unit(3)]))
    assert store.spaces() == sorted([DENSE.id, other.id, SPARSE.id])
    store.drop_space(DENSE.id)
    assert store.spaces() == sorted([other.id, SPARSE.id])
    assert [store.count(each, where=EVERYTHING) for each in (DENSE, other, SPARSE)] == [0, 1, 1]
    store.upsert(DENSE, windows(DENSE, "b", [unit(0)]))
    assert store.scan(DENSE, "a") is None


def test_remove_is_of_one_recording_in_every_space(store: VectorStore) -> None:
    for each in (DENSE, SPARSE):
        for recording_id in ("a", "b"):
            store.upsert(each, windows(each, recording_id, [unit(0), unit(1)]))
    store.remove("a")
    store.compact()
    for each in (DENSE, SPARSE):
        assert store.scan(each, "a") is None
        assert store.count(each, where=EVERYTHING) == 2


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(store: VectorStore, value: float) -> None:
    with pytest.raises(ValueError, match="NaN or infinity"):
        store.upsert(DENSE, windows(DENSE, "a", [unit(0), unit(1, value)]))
    assert store.count(DENSE, where=EVERYTHING) == 0


def test_what_does_not_fit_the_space_is_refused(store: VectorStore) -> None:
    with pytest.raises(ValueError, match="dense vectors of 6 in a space of sparse"):
        store.upsert(SPARSE, windows(DENSE, "a", [unit(0)]))
    with pytest.raises(ValueError, match="dense vectors of 2 in a space of dense vectors of 6"):
        store.search(DENSE, DenseRows(np.zeros((1, 2), np.float32)), where=EVERYTHING, limit=1)
    with pytest.raises(ValueError, match="one row, not 2"):
        store.search(DENSE, embeddings(DENSE, [unit(0), unit(1)]), where=EVERYTHING, limit=1)
    rows = windows(DENSE, "a", [unit(0), unit(1)])
    with pytest.raises(ValueError, match="must ascend"):
        store.upsert(DENSE, WindowRows("a", rows.index[::-1], rows.embeddings))
    for first in (-1, MAX_WINDOWS - 1):
        with pytest.raises(ValueError, match="run from 0"):
            store.upsert(DENSE, windows(DENSE, "a", [unit(0), unit(1)], first=first))


def test_closing_twice_is_fine(open_store: OpenStore) -> None:
    with open_store() as store:
        store.upsert(DENSE, windows(DENSE, "a", [unit(0)]))
        store.close()


@SPACES
def test_reopening_finds_what_was_written(reopen_store: OpenStore, where: EmbeddingSpace) -> None:
    reference = MemoryStore()
    for round_ in range(3):
        with reopen_store() as store:
            for each in (store, reference):
                each.upsert(where, windows(where, "a", [unit(round_), unit(5)], first=2 * round_))
            if round_ == 1:
                store.compact()
        with reopen_store() as store:
            assert store.spaces() == [where.id]
            assert_same_rows(store.scan(where, "a"), reference.scan(where, "a"))

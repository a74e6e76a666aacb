"""What vectors add up to: the same for what a store gives back, another for anything else."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.catalog.checksums import SUMS, checksum_of, is_same, stored_checksum
from egosearch.stores import EmbeddedStore, WindowRows
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality

N, DIM = 200, 96
SPARSE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 0.5, DIM, "sparse", "dot")
DENSE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 0.5, DIM, "dense", "dot")
COSINE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 0.5, DIM, "dense", "cosine")
SPACES = pytest.mark.parametrize("space", [SPARSE, DENSE, COSINE], ids=["sparse", "dense", "cosine"])
INDEX = np.arange(7, 7 + N)


def vectors(space: EmbeddingSpace, seed: int) -> Embeddings:
    values = np.random.default_rng(seed).normal(size=(N, DIM)).astype(np.float32)
    return DenseRows(values) if space.layout == "dense" else SparseRows.from_dense(values / np.float32(4), above=0.3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path_factory.mktemp("store") / "vectors") as opened:
        yield opened


def stored(store: EmbeddedStore, space: EmbeddingSpace, embeddings: Embeddings) -> WindowRows:
    store.upsert(space, WindowRows("ab" * 16, INDEX, embeddings))
    rows = store.scan(space, "ab" * 16)
    assert rows is not None
    return rows


@SPACES
@pytest.mark.parametrize("seed", range(3))
def test_what_a_store_gives_back_has_the_same_sums(store: EmbeddedStore, space: EmbeddingSpace, seed: int) -> None:
    given_to = vectors(space, seed)
    found = stored(store, space, given_to)
    expected = checksum_of(space, INDEX, given_to)
    assert len(expected) == SUMS
    assert is_same(space, stored_checksum(found.index, found.embeddings), expected, N)


@SPACES
@given(which=st.integers(0, N - 1), by=st.integers(1, N - 1), seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_another_vector_or_another_order_has_others(space: EmbeddingSpace, which: int, by: int, seed: int) -> None:
    embeddings = vectors(space, seed)
    expected = checksum_of(space, INDEX, embeddings)
    order = np.arange(N)
    order[which], order[(which + by) % N] = order[(which + by) % N], order[which]
    assert not is_same(space, checksum_of(space, INDEX, embeddings.take(order)), expected, N)
    order = np.arange(N)
    order[which] = (which + by) % N
    assert not is_same(space, checksum_of(space, INDEX, embeddings.take(order)), expected, N)


@given(entry=st.integers(0, 10_000), bit=st.integers(0, 14), seed=st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_one_bit_of_what_is_kept_exactly_is_noticed(entry: int, bit: int, seed: int) -> None:
    rows = vectors(SPARSE, seed)
    assert isinstance(rows, SparseRows)
    half = rows.values.astype(np.float16)
    half.view(np.uint16)[entry % len(half)] ^= 1 << bit
    flipped = SparseRows(rows.indptr, rows.indices, half.astype(np.float32), DIM)
    expected = checksum_of(SPARSE, INDEX, rows)
    assert not is_same(SPARSE, stored_checksum(INDEX, flipped), expected, N)


def test_the_worked_example() -> None:
    """One window: each sum is its weight times the sum of its numbers under signs."""
    one = checksum_of(DENSE, np.array([3]), DenseRows(np.eye(DIM, dtype=np.float32)[:1]))
    both = checksum_of(DENSE, np.array([3]), DenseRows(2 * np.eye(DIM, dtype=np.float32)[:1]))
    assert all(0.5 <= abs(value) < 1.5 for value in one)
    assert both == pytest.approx([2 * value for value in one])
    assert checksum_of(DENSE, np.zeros(0, np.int64), DenseRows(np.zeros((0, DIM), np.float32))) == (0.0,) * SUMS

"""Rows with more behind them read as if they had been laid down together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.live.rows import grown, together
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.kept import KeptRows
from indexers.embeddings import Background, DenseRows, Embeddings, SparseRows, concatenate

DIM = 6


def _rows(n: int, seed: int, *, is_dense: bool) -> Embeddings:
    # Halves exactly, as the search cache keeps them.
    values = np.random.default_rng(seed).integers(0, 5, (n, DIM)).astype(np.float32) / np.float32(4)
    return DenseRows(values) if is_dense else SparseRows.from_dense(values, above=0)


@given(st.integers(0, 30), st.integers(0, 9), st.booleans(), st.data())
def test_grown_rows_are_those_of_one_piece(n: int, k: int, is_dense: bool, data: st.DataObject) -> None:
    base, more = _rows(n, 1, is_dense=is_dense), _rows(k, 2, is_dense=is_dense)
    whole = KeptRows.of(concatenate([base, more], DIM))
    rows = grown(KeptRows.of(base), more)
    query = np.arange(DIM, dtype=np.float32)
    assert len(rows) == n + k
    assert np.allclose(rows.dot(query), whole.dot(query))
    assert np.array_equal(rows.dense(), whole.dense())
    assert np.allclose(rows.measured().mean, whole.background.mean, atol=1e-3)
    assert np.allclose(rows.measured().deviation, whole.background.deviation, atol=1e-3)
    if n + k:
        some = np.array(data.draw(st.lists(st.integers(0, n + k - 1), max_size=9)), np.int64)
        assert np.array_equal(rows.take(some).dense(), whole.take(some).dense())
        first = data.draw(st.integers(0, n + k))
        last = data.draw(st.integers(first, n + k))
        if isinstance(rows, KeptRows):
            assert np.array_equal(rows.between(first, last).dense(), whole.between(first, last).dense())


def test_rows_of_a_server_are_grown_by_rows_that_are_here() -> None:
    base, more = _rows(3, 1, is_dense=True), _rows(2, 2, is_dense=True)
    usual = Background(np.zeros(DIM, np.float32), np.ones(DIM, np.float32))
    rows = grown(FetchedRows(5, np.array([0, 2, 3]), base, usual), more)
    assert len(rows) == 7
    assert np.array_equal(rows.take(np.array([2, 5, 6])).dense()[0], base.dense()[1])
    assert np.array_equal(rows.take(np.array([5, 6])).dense(), more.dense())


def test_background_of_two_parts_is_that_of_the_worked_example() -> None:
    one = Background(np.ones(1, np.float32), np.ones(1, np.float32))
    other = Background(np.ones(1, np.float32), np.zeros(1, np.float32))
    both = together(one, 2, other, 2)
    assert both.mean[0] == pytest.approx(1.0)
    assert both.deviation[0] == pytest.approx(0.7071, abs=1e-4)

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indexers.embeddings import DenseRows, Embeddings, SparseRows, concatenate

matrices = arrays(
    np.float32,
    st.tuples(st.integers(0, 12), st.just(7)),
    elements=st.sampled_from([0.0, 0.0, 0.0, 0.25, 0.5, 1.0]),
)
queries = arrays(np.float32, 7, elements=st.sampled_from([0.0, 0.0, -1.0, 0.5, 2.0]))


@given(matrices, queries)
def test_sparse_rows_compute_what_dense_ones_do(values: np.ndarray, query: np.ndarray) -> None:
    rows = SparseRows.from_dense(values, above=0)
    np.testing.assert_array_equal(rows.dense(), values)
    np.testing.assert_allclose(rows.dot(query), values @ query, atol=1e-6)
    assert rows.dot(query).dtype == np.float32


@given(matrices, st.data())
def test_taking_rows_keeps_their_order(values: np.ndarray, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=5)) if len(values) else []
    which = np.array(chosen, dtype=np.int64)
    np.testing.assert_array_equal(SparseRows.from_dense(values, above=0).take(which).dense(), values[which])
    np.testing.assert_array_equal(DenseRows(values).take(which).dense(), values[which])


@given(matrices, st.integers(0, 12), st.integers(0, 12))
def test_rows_between_two_are_those(values: np.ndarray, first: int, last: int) -> None:
    first, last = sorted((min(first, len(values)), last))
    np.testing.assert_array_equal(
        SparseRows.from_dense(values, above=0).between(first, last).dense(), values[first:last]
    )
    np.testing.assert_array_equal(DenseRows(values).between(first, last).dense(), values[first:last])


@given(matrices)
def test_background_is_mean_and_deviation(values: np.ndarray) -> None:
    expected = (values.mean(axis=0), values.std(axis=0)) if len(values) else (np.zeros(7), np.zeros(7))
    for rows in (DenseRows(values), SparseRows.from_dense(values, above=0)):
        background = rows.measured()
        np.testing.assert_allclose(background.mean, expected[0], atol=1e-6)
        np.testing.assert_allclose(background.deviation, expected[1], atol=1e-6)


def test_what_is_known_of_all_rows_does_not_stay_with_some() -> None:
    rows = SparseRows.from_dense(np.eye(4, dtype=np.float32), above=0)
    known = replace(rows, background=rows.measured())
    for some in (known.take(np.array([2])), known.between(2, 3), concatenate([known, known], 4)):
        assert isinstance(some, SparseRows)
        assert some.background is None
    np.testing.assert_array_equal(known.take(np.array([2])).dot(np.arange(4, dtype=np.float32)), [2.0])


@given(matrices, matrices)
def test_joining_is_one_after_the_other(first: np.ndarray, second: np.ndarray) -> None:
    both = np.concatenate([first, second])
    sparse: list[Embeddings] = [SparseRows.from_dense(part, above=0) for part in (first, second)]
    np.testing.assert_array_equal(concatenate(sparse, 7).dense(), both)
    dense: list[Embeddings] = [DenseRows(first), DenseRows(second)]
    np.testing.assert_array_equal(concatenate(dense, 7).dense(), both)


def test_layouts_do_not_mix() -> None:
    values = np.ones((1, 2), np.float32)
    with pytest.raises(ValueError, match="cannot be joined"):
        concatenate([DenseRows(values), SparseRows.from_dense(values, above=0)], 2)

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

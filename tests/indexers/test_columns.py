import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indexers import columns
from indexers.columns import SparseColumns
from indexers.embeddings import SparseRows

DIM = 5
matrices = arrays(
    np.float32, st.tuples(st.integers(0, 20), st.just(DIM)), elements=st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0])
)
queries = arrays(np.float32, DIM, elements=st.sampled_from([0.0, 0.0, -1.0, 0.5, 2.0]))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK_ROWS", 3)


small_blocks_stay = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def laid_out(values: np.ndarray) -> SparseColumns:
    return SparseColumns.from_rows(SparseRows.from_dense(values, above=0))


@small_blocks_stay
@given(matrices)
def test_a_column_names_the_rows_that_hold_it(values: np.ndarray) -> None:
    found = laid_out(values)
    assert (len(found), found.dim) == values.shape
    for c in range(DIM):
        rows, strengths = found.column(c)
        assert rows.tolist() == np.flatnonzero(values[:, c]).tolist()
        assert strengths.tolist() == values[rows, c].tolist()


@small_blocks_stay
@given(matrices, queries)
def test_scores_are_the_dense_ones(values: np.ndarray, query: np.ndarray) -> None:
    scores = laid_out(values).dot(query)
    np.testing.assert_allclose(scores, values @ query, atol=1e-6)
    assert scores.dtype == np.float32


@small_blocks_stay
@given(matrices)
def test_sums_are_over_all_rows(values: np.ndarray) -> None:
    total, squares = laid_out(values).sums()
    np.testing.assert_allclose(total, values.sum(axis=0))
    np.testing.assert_allclose(squares, (values**2).sum(axis=0))


def test_half_precision_stays_half() -> None:
    rows = SparseRows(np.array([0, 1]), np.array([2], np.uint16), np.array([0.1], np.float16), DIM)
    found = SparseColumns.from_rows(rows)
    assert found.values.dtype == np.float16
    assert found.dot(np.ones(DIM, np.float32))[0] == np.float32(np.float16(0.1))

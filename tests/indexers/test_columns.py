import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers import columns
from indexers.columns import SparseColumns
from indexers.embeddings import SparseRows

DIM = 5

sizes = st.integers(0, 700)  # up to three blocks of one byte
seeds = st.integers(0, 2**32 - 1)
fills = st.sampled_from([0.0, 0.02, 0.3, 1.0])
widths = st.sampled_from([None, np.uint8, np.uint16])


def values_of(n: int, fill: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    strengths = random.choice(np.array([0.25, 0.5, 1.0], np.float32), (n, DIM))
    return np.asarray(np.where(random.random((n, DIM)) < fill, strengths, 0), np.float32)


def laid_out(values: np.ndarray, width: type | None = None) -> SparseColumns:
    with pytest.MonkeyPatch.context() as patch:
        if width is not None:
            patch.setattr(columns, "_width", lambda *_: width)
        return SparseColumns.from_rows(SparseRows.from_dense(values, above=0))


@given(sizes, fills, seeds, widths)
def test_a_column_names_the_rows_that_hold_it(n: int, fill: float, seed: int, width: type | None) -> None:
    values = values_of(n, fill, seed)
    found = laid_out(values, width)
    assert (len(found), found.dim) == values.shape
    assert found.held.tolist() == np.flatnonzero(values.any(axis=0)).tolist()
    for c in range(DIM):
        rows, strengths = found.column(c)
        assert rows.tolist() == np.flatnonzero(values[:, c]).tolist()
        assert strengths.tolist() == values[rows, c].tolist()


@given(sizes, fills, seeds, widths)
def test_scores_are_the_dense_ones(n: int, fill: float, seed: int, width: type | None) -> None:
    values = values_of(n, fill, seed)
    for query in np.array([[0, 0, 0, 0, 0], [0, -1, 0, 0.5, 0], [2, 0.5, 1, -1, 3]], np.float32):
        scores = laid_out(values, width).dot(query)
        np.testing.assert_allclose(scores, values @ query, atol=1e-6)
        assert scores.dtype == np.float32


@given(sizes, fills, seeds, widths, st.data())
def test_rows_come_back_as_they_were(n: int, fill: float, seed: int, width: type | None, data: st.DataObject) -> None:
    values = values_of(n, fill, seed)
    found = laid_out(values, width)
    np.testing.assert_array_equal(found.dense(), values)
    first, last = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n + 3))))
    np.testing.assert_array_equal(found.between(first, last).dense(), values[first:last])
    chosen = np.array(data.draw(st.lists(st.integers(0, max(0, n - 1)), max_size=6 if n else 0)), np.int64)
    np.testing.assert_array_equal(found.take(chosen).dense(), values[chosen])


def test_a_row_far_on_is_found_where_its_column_has_come_to() -> None:
    n = 100_000  # more than `STEP` blocks, and more than one span
    values = values_of(n, 0.1, 1)
    found = laid_out(values, np.uint8)
    which = np.array([0, 16_000, 16_320, 65_024, 65_025, 99_999])
    np.testing.assert_array_equal(found.take(which).dense(), values[which])
    np.testing.assert_array_equal(found.between(65_000, 65_100).dense(), values[65_000:65_100])
    np.testing.assert_array_equal(laid_out(values, np.uint16).dense(), values)


def test_few_columns_have_short_numbers_and_many_have_long_ones() -> None:
    assert laid_out(values_of(600, 0.3, 1)).rows.dtype == np.uint8
    wide = SparseRows(np.array([0, 3000]), np.arange(3000, dtype=np.uint16), np.ones(3000, np.float32), 65_536)
    many = SparseRows(np.arange(3001), np.arange(3000, dtype=np.uint16), np.ones(3000, np.float32), 65_536)
    assert SparseColumns.from_rows(wide).rows.dtype == np.uint8
    found = SparseColumns.from_rows(many)
    assert found.rows.dtype == np.uint16
    assert found.take(np.array([2999])).row(0)[0].tolist() == [2999]


def test_half_precision_stays_half() -> None:
    rows = SparseRows(np.array([0, 1]), np.array([2], np.uint16), np.array([0.1], np.float16), DIM)
    found = SparseColumns.from_rows(rows)
    assert found.values.dtype == np.float16
    assert found.dot(np.ones(DIM, np.float32))[0] == np.float32(np.float16(0.1))

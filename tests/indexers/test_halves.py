import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indexers import halves, sharing

unit = arrays(np.float16, st.tuples(st.integers(0, 9), st.just(6)), elements=st.floats(-1, 1, width=16))
queries = arrays(np.float32, 6, elements=st.floats(-4, 4, width=16))


def test_every_half_is_read_exactly() -> None:
    every = np.arange(1 << 16).astype(np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]
    np.testing.assert_array_equal(halves.dot(finite[:, None], np.ones(1, np.float32)), finite.astype(np.float32))


@given(unit, queries)
def test_scores_are_those_of_singles(values: np.ndarray, query: np.ndarray) -> None:
    np.testing.assert_allclose(halves.dot(values, query), values.astype(np.float32) @ query, atol=1e-5)


@pytest.mark.parametrize("part", [halves.PART, 8, 1], ids=["one part", "three parts", "five parts"])
def test_rows_beyond_one_block_are_scored_too(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(halves, "BLOCK", 8)  # two rows of four
    monkeypatch.setattr(halves, "PART", part)
    monkeypatch.setattr(sharing, "WORTHWHILE", 1)
    monkeypatch.setattr(sharing, "cores", lambda: 3)
    values = np.arange(20, dtype=np.float16).reshape(5, 4)
    query = np.array([1, 0, -1, 2], np.float32)
    assert halves.dot(values, query).tolist() == (values.astype(np.float32) @ query).tolist()

"""What the search cache leaves out it works out again: merged rows, regular times, arrays in one file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from egosearch.scan import bundle
from egosearch.scan.kept import KeptRows
from egosearch.scan.times import packed, unpacked
from indexers.columns import SparseColumns
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality

DIM = 4
SPARSE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 0.975, 0.48, DIM, "sparse", "dot")
SIGHTS = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.25, 0, 0], [0.5, 0, 0.25, 1]], np.float32)
stretches = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1, 1, 2, 70, 600])), max_size=30)
layouts = st.sampled_from(["sparse", "dense"])


def rows_of(layout: str, values: np.ndarray) -> Embeddings:
    return SparseRows.from_dense(values, above=0) if layout == "sparse" else DenseRows(values)


@settings(deadline=None)
@given(layouts, stretches, st.data())
def test_merged_rows_are_seen_one_by_one(layout: str, parts: list[tuple[int, int]], data: st.DataObject) -> None:
    values = SIGHTS[np.repeat([what for what, _ in parts], [length for _, length in parts]).astype(int)]
    kept = KeptRows.of(rows_of(layout, values))
    n = len(values)
    assert (len(kept), kept.dim) == (n, DIM)
    np.testing.assert_array_equal(kept.dense(), values)
    query = np.array([0.5, -1, 2, 0], np.float32)
    np.testing.assert_allclose(kept.dot(query), values @ query, atol=1e-6)
    first, last = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
    np.testing.assert_array_equal(kept.between(first, last).dense(), values[first:last])
    chosen = np.array(data.draw(st.lists(st.integers(0, max(0, n - 1)), max_size=30 if n else 0)), np.int64)
    np.testing.assert_array_equal(kept.take(chosen).dense(), values[chosen])
    if n:
        np.testing.assert_allclose(kept.measured().mean, values.mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(kept.measured().deviation, values.astype(float).std(axis=0), atol=1e-6)


def test_an_hour_in_which_nothing_changes_is_one_row() -> None:
    for layout in ("sparse", "dense"):
        kept = KeptRows.of(rows_of(layout, np.tile(SIGHTS[3], (3600, 1))))
        assert (len(kept.held), len(kept)) == (1, 3600)


def test_where_all_changes_there_are_no_lengths() -> None:
    kept = KeptRows.of(rows_of("sparse", SIGHTS[np.arange(400) % 4]))
    assert kept.lengths is None
    assert isinstance(kept.held, SparseColumns)


regular = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30), st.booleans()), max_size=6)


@given(regular)
def test_times_come_back_to_the_bit(recordings: list[tuple[int, int, bool]]) -> None:
    index = np.concatenate([[], *(np.arange(first, first + n) for first, n, _ in recordings)]).astype(np.int64)
    start_s = np.asarray(index * SPARSE.hop_s, np.float64)
    end_s = np.asarray(start_s + SPARSE.window_s, np.float64)
    lasts = np.cumsum([n for _, n, _ in recordings], dtype=int) - 1
    is_cut = np.array([cut for *_, cut in recordings], bool)
    end_s[lasts[is_cut]] -= 0.123
    arrays = packed(start_s, end_s, SPARSE)
    assert sum(array.nbytes for array in arrays.values()) <= 32 * len(recordings)
    found = unpacked(arrays, len(start_s), SPARSE)
    assert found[0].tobytes() == start_s.tobytes()
    assert found[1].tobytes() == end_s.tobytes()


def test_times_that_follow_no_rule_are_kept() -> None:
    said = replace(SPARSE, modality=Modality.SPEECH, hop_s=0.1)
    start_s, end_s = np.array([0.31, 2.5, 7.0]), np.array([2.0, 3.25, 12.0])
    found = unpacked(packed(start_s, end_s, said), 3, said)
    assert [one.tolist() for one in found] == [start_s.tolist(), end_s.tolist()]


def test_arrays_come_back_from_their_file(tmp_path: Path) -> None:
    path = tmp_path / "some.arrays"
    arrays: dict[str, NDArray[Any]] = {
        "halves": np.arange(6, dtype=np.float16).reshape(2, 3),
        "none": np.zeros((0, 3), np.uint8),
        "numbers": np.arange(5),
    }
    bundle.write(path, {"name": "küche"}, arrays)
    description, found = bundle.read(path)
    assert description == {"name": "küche"}
    assert {name: (array.dtype, array.shape) for name, array in found.items()} == {
        name: (array.dtype, array.shape) for name, array in arrays.items()
    }
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert not found[name].flags.writeable or not array.size


@pytest.mark.parametrize("kept", [0, 4, 60, 100])
def test_a_file_that_was_cut_off_is_told(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "some.arrays"
    bundle.write(path, {}, {"numbers": np.arange(100)})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises((OSError, ValueError, KeyError)):
        bundle.read(path)

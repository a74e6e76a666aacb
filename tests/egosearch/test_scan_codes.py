"""Dense rows in a byte a number: nearly right everywhere, exact where it matters."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egosearch.query.sounds import SoundEvents
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan import kept as kept_rows
from egosearch.scan.codes import MANY, Codes
from egosearch.scan.files import load, save
from egosearch.scan.kept import BESIDE, KeptRows
from indexers import sharing
from indexers.embeddings import DenseRows
from indexers.types import EmbeddingSpace, Modality

DIM = 48
N = MANY + 1000
SPACE = EmbeddingSpace(Modality.VISUAL, "toy", "0", "none-1", 1.0, 1.0, DIM, "dense", "cosine")
Floats = NDArray[np.float32]
SUMMED = 1e-6
"""What single precision leaves of a sum in another order."""


def embeddings(n: int, seed: int = 5) -> Floats:
    """Return rows of length 1 that have much in common, as those of pictures do, and one large number."""
    random = np.random.default_rng(seed)
    rows = random.standard_normal((n, DIM), np.float32) + 2 * random.standard_normal(DIM).astype(np.float32)
    rows[:, 3] += 20
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def question(seed: int = 6) -> Floats:
    query = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    return np.asarray(query / np.linalg.norm(query), np.float32)


numbers = st.lists(st.floats(-2, 2, width=32), min_size=3, max_size=3)


@given(st.lists(numbers, min_size=1, max_size=20), numbers, numbers)
def test_codes_are_never_further_off_than_they_say(
    values: list[list[float]], asked: list[float], middle: list[float]
) -> None:
    rows, query, mean = (np.array(one, np.float32) for one in (values, asked, middle))
    found = Codes.of(DenseRows(rows), mean).dot(query, mean)
    bound = np.abs(rows - mean).max(axis=1) / 127 / 2 * np.abs(query).sum()
    assert (np.abs(found - rows @ query) <= bound + 1e-3).all()


def test_the_worked_example() -> None:
    codes = Codes.of(DenseRows(np.array([[1.254, 0.9], [1.0, 1.0]], np.float32)), np.ones(2, np.float32))
    assert codes.values.tolist() == [[127, -50], [0, 0]]
    assert codes.scales.tolist() == pytest.approx([0.002, 0])
    assert codes.dot(np.zeros(2, np.float32), np.ones(2, np.float32)).tolist() == [0, 0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_best_of_many_are_exact_and_the_others_nearly(seed: int) -> None:
    rows, query = embeddings(N), question(seed)
    kept = KeptRows.of(DenseRows(rows))
    assert kept.codes is not None
    found, exact = kept.dot(query), KeptRows(kept.held, kept.background).dot(query)
    best = np.argsort(-exact)[:100]
    np.testing.assert_allclose(found[best], exact[best], atol=SUMMED)
    assert set(np.argsort(-found)[:100]) == set(best)
    assert np.std(found - exact) < 0.02 * exact.std()


def test_what_lies_beside_the_best_is_exact_too_for_a_moment_ends_there() -> None:
    rows, query = embeddings(N), question()
    alone = np.array([0, 5000, N - 1])  # far from each other, and at either end
    rows[alone] = query
    kept = KeptRows.of(DenseRows(rows))
    found, exact = kept.dot(query), KeptRows(kept.held, kept.background).dot(query)
    beside = np.clip(alone[:, None] + np.arange(-BESIDE, BESIDE + 1), 0, N - 1)
    np.testing.assert_allclose(found[beside], exact[beside], atol=SUMMED)
    assert (np.abs(found - exact) > 10 * SUMMED).mean() > 0.5


@given(st.sets(st.integers(0, 59)), st.integers(0, 20))
def test_rows_are_widened_to_those_within_reach(rows: set[int], reach: int) -> None:
    found = kept_rows._widened(np.array(sorted(rows), np.int64), reach, 60)
    assert found.tolist() == [i for i in range(60) if any(abs(i - one) <= reach for one in rows)]


@pytest.mark.parametrize("cores", [1, 4])
def test_on_however_many_threads_the_answer_is_the_same(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptRows.of(DenseRows(embeddings(N)))
    usual = kept.dot(question())
    monkeypatch.setattr(sharing, "cores", lambda: cores)
    np.testing.assert_array_equal(kept.dot(question()), usual)


def test_many_equal_rows_are_not_all_looked_at_twice() -> None:
    rows = embeddings(2 * N)
    rows[::2] = rows[0]
    query = rows[0]
    kept = KeptRows.of(DenseRows(rows))
    assert kept.lengths is None  # none of the equal ones are neighbours
    np.testing.assert_allclose(kept.dot(query), rows @ query, atol=5e-3)


def test_windows_of_merged_rows_score_what_their_row_does() -> None:
    rows = np.repeat(embeddings(N), 2, axis=0)
    kept = KeptRows.of(DenseRows(rows))
    assert (kept.codes is not None, len(kept), len(kept.held)) == (True, 2 * N, N)
    found = kept.dot(question())
    np.testing.assert_array_equal(found[::2], found[1::2])
    np.testing.assert_allclose(found, rows @ question(), atol=2e-3)


def test_few_rows_have_no_codes_and_are_exact() -> None:
    assert KeptRows.of(DenseRows(embeddings(MANY - 1))).codes is None


def test_the_files_keep_them(tmp_path: Path) -> None:
    kept = KeptRows.of(DenseRows(embeddings(N)))
    starts_s = np.arange(N, dtype=np.float64)
    clarity = np.zeros((N, 2), np.float32)
    matrix = SpaceMatrix(SPACE, ("a",), ("0",), np.array([0, N]), starts_s, starts_s + 1, clarity, kept)
    save(tmp_path, Scan("1", {Modality.VISUAL: matrix}, SoundEvents.join([]), {"a": float(N)}))
    rows = load(tmp_path, "1").matrices[Modality.VISUAL].rows
    assert isinstance(rows, KeptRows)
    assert rows.codes is not None
    np.testing.assert_array_equal(rows.dot(question()), kept.dot(question()))

"""What stands out on a day: checked against slow, obvious code, and on days that a reader can follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from egosearch.day.surprise import LEAST, Usual, along, strongest, usual_elsewhere
from egosearch.query.confidence import THRESHOLD, confidence
from egosearch.query.curves import DEVIATION_FLOOR, PRIOR_WINDOWS, TYPICAL_DEVIATION, WHITENING
from indexers.embeddings import SparseRows
from indexers.types import Modality
from tests.egosearch.query import build

Floats = NDArray[np.float32]

CONCEPTS = 4
strengths = st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.8, 1.0])


def tables(least: int) -> st.SearchStrategy[Floats]:
    return st.integers(least, 12).flatmap(lambda n: arrays.arrays(np.float32, (n, CONCEPTS), elements=strengths))


def rows_of(table: Floats) -> SparseRows:
    return SparseRows.from_dense(np.asarray(table, np.float32).reshape(-1, CONCEPTS), above=0)


NOTHING_ELSEWHERE = Usual(
    np.zeros(CONCEPTS, np.float32),
    np.full(CONCEPTS, (TYPICAL_DEVIATION + DEVIATION_FLOOR) ** WHITENING, np.float32),
)


def test_the_least_is_what_a_search_would_answer() -> None:
    assert confidence(LEAST) == pytest.approx(THRESHOLD)


@given(tables(1), tables(0))
def test_the_background_is_that_of_all_other_windows(day: Floats, rest: Floats) -> None:
    matrix = build.matrix(Modality.AUDIO, {"a": day.tolist(), "b": [*rest.tolist(), [0.0] * CONCEPTS]})
    others = np.concatenate([rest.reshape(-1, CONCEPTS), np.zeros((1, CONCEPTS))])
    n, total = len(others), len(others) + PRIOR_WINDOWS
    deviation = np.sqrt((n * others.std(axis=0) ** 2 + PRIOR_WINDOWS * TYPICAL_DEVIATION**2) / total)
    usual = usual_elsewhere(matrix, rows_of(day))
    np.testing.assert_allclose(usual.mean, n * others.mean(axis=0) / total, atol=1e-6)
    np.testing.assert_allclose(usual.divisor, (deviation + DEVIATION_FLOOR) ** WHITENING, atol=1e-5)


def test_a_library_of_one_day_is_measured_by_the_prior_alone() -> None:
    matrix = build.matrix(Modality.AUDIO, {"a": [[0.9, 0.4, 0, 0]] * 50})
    usual = usual_elsewhere(matrix, rows_of(np.array([[0.9, 0.4, 0, 0]] * 50)))
    np.testing.assert_allclose(usual.mean, 0, atol=1e-6)
    np.testing.assert_allclose(usual.divisor, NOTHING_ELSEWHERE.divisor, atol=1e-4)


def slowly(table: Floats, trust: Floats, follows: NDArray[np.bool_], counted: int) -> dict[int, float]:
    """Return what each concept scores at its best, window by window."""
    found: dict[int, float] = {}
    for c in range(CONCEPTS):
        known = [
            float(value / NOTHING_ELSEWHERE.divisor[c] * trust[i])
            if value / NOTHING_ELSEWHERE.divisor[c] >= LEAST
            else 0.0
            for i, value in enumerate(table[:, c])
        ]
        for i, own in enumerate(known):
            before = known[i - 1] if i > 0 and follows[i] else 0.0
            after = known[i + 1] if i + 1 < len(known) and follows[i + 1] else 0.0
            beside = max(before, after) if counted == 2 else before + after
            score = (own + beside) / counted
            if own > 0 and score >= LEAST:
                found[c] = max(found.get(c, 0.0), score)
    return found


@given(tables(1), st.integers(0, 2**12 - 1), st.sampled_from([2, 3]))
def test_the_best_place_of_each_concept(table: Floats, bits: int, counted: int) -> None:
    follows = np.array([i > 0 and bool(bits >> i & 1) for i in range(len(table))])
    trust = np.linspace(1.0, 0.7, len(table)).astype(np.float32)
    found = strongest(rows_of(table), NOTHING_ELSEWHERE, trust, follows, counted)
    expected = slowly(table, trust, follows, counted)
    assert dict(zip(found.concepts.tolist(), found.scores.tolist(), strict=True)) == pytest.approx(expected, rel=1e-5)
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
    for concept, row in zip(found.concepts, found.rows, strict=True):
        assert along(rows_of(table), int(concept), NOTHING_ELSEWHERE, trust)[row] >= LEAST * trust[row] - 1e-5


def test_a_window_alone_counts_half() -> None:
    follows = np.array([False, True, True, True])
    trust = np.ones(4, np.float32)
    alone = strongest(rows_of(np.array([[0, 0, 0, 0], [0.9, 0, 0, 0]] * 2)), NOTHING_ELSEWHERE, trust, follows, 2)
    assert alone.concepts.tolist() == []
    table = np.array([[0, 0, 0, 0], [0.9, 0, 0, 0], [0.9, 0, 0, 0], [0, 0, 0, 0]])
    assert strongest(rows_of(table), NOTHING_ELSEWHERE, trust, follows, 2).rows.tolist() == [1]


def test_what_every_day_has_does_not_make_this_one() -> None:
    """A library of three days in which concept 0 is there half of the time, and concept 1 for a moment of this day."""
    usual_day = [[0.9, 0.0], [0.0, 0.0]] * 2000
    today = [*usual_day[:200], [0.0, 0.6], [0.0, 0.6], *usual_day[:200]]
    matrix = build.matrix(Modality.AUDIO, {"today": today, "b": usual_day, "c": usual_day})
    rows = matrix.rows.take(np.arange(len(today)))
    assert isinstance(rows, SparseRows)
    usual = usual_elsewhere(matrix, rows)
    every_day, rare = usual.surprises(np.array([0.9, 0.6], np.float32))
    assert rare > LEAST > every_day


def test_what_goes_on_all_day_and_never_else_stands_out() -> None:
    boat, home = [[0.6, 0.0]] * 3000, [[0.0, 0.1]] * 6000
    matrix = build.matrix(Modality.AUDIO, {"boat": boat, "home": home})
    rows = matrix.rows.take(np.arange(3000))
    assert isinstance(rows, SparseRows)
    assert usual_elsewhere(matrix, rows).surprises(np.array([0.6, 0.0], np.float32))[0] > LEAST

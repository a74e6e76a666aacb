"""What marks do to a query, and to an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egosearch.query.curves import DEVIATION_FLOOR, WHITENING
from egosearch.query.feedback import FRESH, KNOWN, MOVED, fresh, judge, marked_rows, refined
from egosearch.types import Mark, Moment
from indexers.types import Modality, Span
from tests.egosearch.query import build

Floats = NDArray[np.float32]
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DIM = 24


def rows(*values: Sequence[float], dim: int = 3) -> Floats:
    return np.array(values, np.float32).reshape(-1, dim)


def calibrated(windows: Floats, mean: Floats, deviation: Floats) -> NDArray[np.float64]:
    """Return windows, shape (..., dim), in the coordinates of `egosearch.query.curves`."""
    scale: NDArray[np.float64] = (deviation.astype(np.float64) + DEVIATION_FLOOR) ** WHITENING
    return (windows.astype(np.float64) - mean) / scale


def score(weights: Floats, windows: Floats, mean: Floats, deviation: Floats) -> float:
    """Score windows as the engine does, and return the mean."""
    return float(np.mean(calibrated(windows, mean, deviation) @ weights.astype(np.float64)))


# Refining

BELL, KITCHEN, TELEPHONE = range(3)
QUERY = np.array([1, 0, 0], np.float32)
RIGHT, WRONG = rows([0.4, 0.8, 0]), rows([0.4, 0, 0.9])
MEAN, DEVIATION = np.zeros(3, np.float32), np.full(3, 0.25 - DEVIATION_FLOOR, np.float32)


def test_the_worked_example() -> None:
    assert WHITENING == 0.5, "the example is written for it"
    both = refined(QUERY, RIGHT, WRONG, MEAN, DEVIATION)
    np.testing.assert_allclose(both, [1 / 1.375, 0.375 / 1.375, -0.25], rtol=1e-5)
    assert score(QUERY, RIGHT[0], MEAN, DEVIATION) == pytest.approx(0.8)
    assert score(both, RIGHT[0], MEAN, DEVIATION) == pytest.approx(1.02, abs=0.005)
    assert score(QUERY, WRONG[0], MEAN, DEVIATION) == pytest.approx(0.8)
    assert score(both, WRONG[0], MEAN, DEVIATION) == pytest.approx(0.13, abs=0.005)


def test_a_right_moment_that_shows_nothing_beyond_the_question_moves_nothing() -> None:
    np.testing.assert_array_equal(refined(QUERY, rows([0.9, 0.2, 0]), rows(), MEAN, DEVIATION), QUERY)


def test_what_right_and_wrong_moments_share_counts_neither_way() -> None:
    right, wrong = rows([0.4, 0.8, 0]), rows([0.4, 0.8, 0.9])
    moved = refined(QUERY, right, wrong, MEAN, DEVIATION)
    assert moved[KITCHEN] == 0
    assert moved[TELEPHONE] < 0


def test_a_wrong_mark_does_not_take_back_the_question() -> None:
    moved = refined(QUERY, rows(), rows([0.9, 0, 0.3]), MEAN, DEVIATION)
    assert moved[BELL] == 1
    assert moved[TELEPHONE] < 0


def test_more_marks_weigh_more() -> None:
    moved = [refined(QUERY, np.repeat(RIGHT, n, axis=0), rows(), MEAN, DEVIATION)[KITCHEN] for n in (1, 2, 8)]
    assert 0 < moved[0] < moved[1] < moved[2] < 0.5


def test_what_must_not_be_there_stays_unwanted() -> None:
    query = np.array([1, -0.5, 0], np.float32)
    moved = refined(query, RIGHT, WRONG, MEAN, DEVIATION)
    assert moved[KITCHEN] == query[KITCHEN]


def test_a_space_that_cannot_express_the_query_stays_silent() -> None:
    nothing = np.zeros(3, np.float32)
    np.testing.assert_array_equal(refined(nothing, RIGHT, WRONG, MEAN, DEVIATION), nothing)


strengths = st.floats(0, 1, width=32)
windows = st.lists(st.lists(strengths, min_size=DIM, max_size=DIM), min_size=1, max_size=4).map(
    lambda values: rows(*values, dim=DIM)
)
backgrounds = st.tuples(
    st.lists(st.floats(0, 0.5, width=32), min_size=DIM, max_size=DIM),
    st.lists(st.floats(0, 0.5, width=32), min_size=DIM, max_size=DIM),
).map(lambda pair: (np.array(pair[0], np.float32), np.array(pair[1], np.float32)))
queries = st.lists(st.tuples(st.integers(0, DIM - 1), st.floats(0.0625, 1, width=32)), min_size=1, max_size=8).map(
    lambda entries: _query(dict(entries))
)
NONE = rows(dim=DIM)
TOLERANCE = 1e-5


def _query(entries: dict[int, float]) -> Floats:
    weights = np.zeros(DIM, np.float32)
    weights[list(entries)] = list(entries.values())
    return weights / np.float32(weights.sum())


@given(queries, backgrounds)
def test_without_marks_nothing_changes(query: Floats, background: tuple[Floats, Floats]) -> None:
    np.testing.assert_array_equal(refined(query, NONE, NONE, *background), query)
    np.testing.assert_array_equal(refined(query, NONE, NONE, *background, layout="dense"), query)


@given(queries, windows, windows, backgrounds)
def test_the_query_keeps_its_size(
    query: Floats, right: Floats, wrong: Floats, background: tuple[Floats, Floats]
) -> None:
    for moved in (refined(query, right, wrong, *background), refined(query, right, NONE, *background)):
        assert moved[moved > 0].sum() == pytest.approx(query.sum(), abs=TOLERANCE)
        assert np.count_nonzero(moved) <= np.count_nonzero(query) + 2 * MOVED
        assert (moved[query > 0] > 0).all()


@given(queries, windows, backgrounds)
def test_right_ones_score_higher(query: Floats, right: Floats, background: tuple[Floats, Floats]) -> None:
    before = score(query, right, *background)
    after = score(refined(query, right, NONE, *background), right, *background)
    assert after >= before - TOLERANCE
    if calibrated(right, *background).mean(axis=0).max() > max(before, 0) + 0.01:
        assert after > before, "something stood out more than what was asked"


@given(queries, windows, backgrounds)
def test_wrong_ones_score_lower(query: Floats, wrong: Floats, background: tuple[Floats, Floats]) -> None:
    before = score(query, wrong, *background)
    after = score(refined(query, NONE, wrong, *background), wrong, *background)
    assert after <= before + TOLERANCE
    if calibrated(wrong, *background).mean(axis=0)[query == 0].max() > 0.01:
        assert after < before, "something stood out that was not asked"


@given(queries, windows, windows, backgrounds)
def test_right_and_wrong_ones_move_apart(
    query: Floats, right: Floats, wrong: Floats, background: tuple[Floats, Floats]
) -> None:
    def apart(weights: Floats) -> float:
        return score(weights, right, *background) - score(weights, wrong, *background)

    assert apart(refined(query, right, wrong, *background)) >= apart(query) - TOLERANCE


@given(queries, windows, windows, backgrounds, st.data())
def test_the_order_of_marks_does_not_matter(
    query: Floats, right: Floats, wrong: Floats, background: tuple[Floats, Floats], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(right))))
    layouts: tuple[Literal["dense", "sparse"], ...] = ("dense", "sparse")
    for layout in layouts:
        np.testing.assert_array_equal(
            refined(query, right, wrong, *background, layout=layout),
            refined(query, right[order], wrong[::-1], *background, layout=layout),
        )


def _direction(seed: int) -> Floats:
    values = np.random.default_rng(seed).standard_normal(DIM)
    return (values / np.linalg.norm(values)).astype(np.float32)


directions = st.integers(0, 2**32 - 1).map(_direction)


@given(directions, directions, directions, directions)
def test_a_dense_query_turns(query: Floats, right: Floats, wrong: Floats, common: Floats) -> None:
    mean = common * np.float32(0.5)
    background = mean, np.ones(DIM, np.float32)
    towards = refined(query, right[None], NONE, *background, layout="dense")
    away = refined(query, NONE, wrong[None], *background, layout="dense")
    for moved in (towards, away):
        assert np.linalg.norm(moved) == pytest.approx(1, abs=TOLERANCE)
    assert towards @ (right - mean) >= query @ (right - mean) - TOLERANCE
    assert away @ (wrong - mean) <= query @ (wrong - mean) + TOLERANCE


def test_a_dense_query_leans_towards_what_is_right() -> None:
    query, right = np.array([1, 0], np.float32), rows([0, 1], dim=2)
    moved = refined(query, right, rows(dim=2), np.zeros(2, np.float32), np.ones(2, np.float32), layout="dense")
    np.testing.assert_allclose(moved, np.array([1, 0.375], np.float32) / np.float32(np.hypot(1, 0.375)), rtol=1e-5)


# What marked moments show


def mark(
    start_s: float, end_s: float, *, is_right: bool = True, recording_id: str = "a", age: timedelta = timedelta()
) -> Mark:
    return Mark("bell", recording_id, Span(start_s, end_s), is_right, "here", NOW - age)


def test_a_mark_shows_its_best_windows() -> None:
    heard = build.matrix(
        Modality.AUDIO, {"z": [[0.1, 0.1, 0.1]], "a": [[0, 0, 0.5], [0.25, 0.5, 0], [0.75, 0, 0.5], [0, 0, 1]]}
    )
    shown = marked_rows(heard, [mark(1, 3), mark(3.2, 3.5), mark(0, 4, recording_id="gone")], QUERY)
    np.testing.assert_allclose(shown, rows([0.5, 0.25, 0.25], [0, 0, 1]))


def test_a_long_moment_shows_where_the_query_is_met() -> None:
    seen = build.matrix(Modality.VISUAL, {"a": [[0.0, 1.0, 0.0]] * 20 + [[1.0, 0.0, 0.0]] * 4 + [[0.0, 1.0, 0.0]] * 20})
    np.testing.assert_array_equal(marked_rows(seen, [mark(0, 44)], QUERY), [[1, 0, 0]])


def test_nothing_marked_shows_nothing() -> None:
    assert marked_rows(build.matrix(Modality.AUDIO, {"a": [[0.1, 0.2, 0.3]]}), [], QUERY).shape == (0, 3)


# Judging


def moment(start_s: float, end_s: float, score: float = 1.0, *, recording_id: str = "a") -> Moment:
    return Moment(recording_id, Path("/a.mp4"), Span(start_s, end_s), None, score, 0.5, ())


def test_wrong_ones_go_and_right_ones_come_first() -> None:
    first, second, third = moment(0, 4, 3.0), moment(10, 14, 2.0), moment(20, 24, 1.0)
    marks = [mark(0.5, 4.5, is_right=False), mark(19, 24)]
    known, other = judge([first, second, third], marks)
    assert (known.span, known.confidence, known.score) == (third.span, KNOWN, 2.0)
    assert other == second


@pytest.mark.parametrize(
    ("marked", "is_about"),
    [
        ((10, 20), True),
        ((12, 13), True),  # lies in the moment
        ((0, 60), True),  # holds the moment
        ((14.5, 24.5), True),  # IoU 0.38
        ((16, 26), False),  # IoU 0.25
        ((20, 30), False),  # touches it
        ((40, 41), False),
    ],
)
def test_what_a_mark_is_about(marked: tuple[float, float], is_about: bool) -> None:
    one = moment(10, 20)
    assert (judge([one], [mark(*marked, is_right=False)]) == []) is is_about
    assert (judge([one], [mark(*marked)])[0].confidence == KNOWN) is is_about
    assert judge([one], [mark(*marked, is_right=False, recording_id="b")]) == [one]


def test_the_mark_that_fits_best_decides_and_then_the_latest() -> None:
    one = moment(10, 20)
    assert judge([one], [mark(12, 13, is_right=False), mark(10, 19)])[0].confidence == KNOWN
    assert judge([one], [mark(10, 20, age=timedelta(hours=1)), mark(10, 20, is_right=False)]) == []
    assert judge([one], [mark(10, 20), mark(10, 20, is_right=False, age=timedelta(hours=1))])[0].confidence == KNOWN


spans = st.tuples(st.floats(0, 50), st.floats(0.1, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))
moments = st.lists(st.tuples(spans, st.floats(0, 5)).map(lambda pair: moment(*pair[0], pair[1])), max_size=6)
marked_spans = st.lists(st.tuples(spans, st.booleans()).map(lambda pair: mark(*pair[0], is_right=pair[1])), max_size=4)


@given(moments, marked_spans)
def test_judging_keeps_order_and_does_not_depend_on_it(found: list[Moment], marks: list[Mark]) -> None:
    ranked = sorted(found, key=lambda one: -one.score)
    judged = judge(ranked, marks)
    assert judged == judge(ranked, marks[::-1])
    assert [one.score for one in judged] == sorted((one.score for one in judged), reverse=True)
    assert {one.span for one in judged} <= {one.span for one in ranked}
    assert judge(ranked, []) == ranked


def test_old_marks_are_labels_only() -> None:
    marks = [mark(0, 1, age=FRESH + timedelta(seconds=1)), mark(2, 3, age=FRESH)]
    assert fresh(marks, NOW) == marks[1:]

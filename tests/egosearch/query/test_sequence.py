from itertools import pairwise, product
from math import prod
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egosearch.query.fusion import Fused
from egosearch.query.sequence import Chain, chained, single

Rows = NDArray[np.int64]


def found(start_s: float, end_s: float, score: float) -> Fused:
    return Fused(start_s, end_s, score, 0, 0, None)


def all_in_one(steps: list[list[Fused]]) -> list[Rows]:
    return [np.zeros(len(step), np.int64) for step in steps]


def follows(one: Fused, other: Fused, within_s: float) -> bool:
    return other.start_s > one.start_s and other.start_s - one.end_s <= within_s


def test_the_worked_example() -> None:
    steps = [[found(0, 1, 4.0)], [found(3, 5, 1.0)]]
    (chain,) = chained(steps, all_in_one(steps), within_s=10)
    assert (chain.start_s, chain.end_s) == (0, 5)
    assert chain.score == pytest.approx(2)


def test_what_comes_first_must_come_first_and_what_follows_soon() -> None:
    early, late, later = found(0, 1, 1.0), found(5, 6, 1.0), found(30, 31, 9.0)
    steps = [[late], [early, later]]
    assert chained(steps, all_in_one(steps), within_s=20) == []
    (chain,) = chained(steps, all_in_one(steps), within_s=24)
    assert chain.links == (late, later)


def test_steps_may_overlap_but_not_begin_together() -> None:
    steps = [[found(0, 10, 1.0)], [found(4, 6, 1.0)]]
    assert len(chained(steps, all_in_one(steps), within_s=1)) == 1
    steps = [[found(0, 10, 1.0)], [found(0, 6, 1.0)]]
    assert chained(steps, all_in_one(steps), within_s=1) == []


def test_a_chain_stays_in_its_recording() -> None:
    steps = [[found(0, 1, 1.0)], [found(3, 4, 1.0)]]
    assert chained(steps, [np.array([0]), np.array([1])], within_s=1000) == []


def test_a_step_without_candidates_or_without_a_score_makes_no_chain() -> None:
    one = found(0, 1, 1.0)
    for steps in ([[one], []], [[], [one]], [[one], [found(2, 3, 0.0)]]):
        assert chained(steps, all_in_one(steps), within_s=10) == []


def test_a_query_without_a_second_step_keeps_its_order() -> None:
    candidates = [found(5, 6, 2.0), found(0, 1, 1.0)]
    assert single(candidates) == [Chain((candidates[0],), 2.0), Chain((candidates[1],), 1.0)]


spans = st.tuples(st.integers(0, 40), st.integers(1, 8), st.integers(1, 50)).map(
    lambda of: found(float(of[0]), float(of[0] + of[1]), of[2] / 10)
)
several_steps = st.lists(st.lists(spans, max_size=5), min_size=2, max_size=4)


@given(several_steps, st.integers(1, 20), st.randoms(use_true_random=False))
def test_it_is_the_best_chain_from_each_start(steps: list[list[Fused]], within_s: int, chance: Random) -> None:
    recordings = [np.array([chance.randint(0, 1) for _ in step], np.int64) for step in steps]
    best: dict[int, float] = {}
    for rows in product(*(range(len(step)) for step in steps)):
        links = [step[row] for step, row in zip(steps, rows, strict=True)]
        of = {int(recording[row]) for recording, row in zip(recordings, rows, strict=True)}
        pairs = pairwise(links)
        if len(of) == 1 and all(follows(one, other, within_s) for one, other in pairs):
            score = prod(one.score for one in links) ** (1 / len(links))
            best[rows[0]] = max(score, best.get(rows[0], 0.0))
    chains = chained(steps, recordings, within_s)
    assert [one.score for one in chains] == pytest.approx(sorted(best.values(), reverse=True))
    for chain in chains:
        assert all(follows(one, other, within_s) for one, other in pairwise(chain.links))
        assert min(one.score for one in chain.links) <= chain.score * (1 + 1e-9)
        assert chain.score <= max(one.score for one in chain.links) * (1 + 1e-9)


@given(several_steps, st.floats(0.1, 10))
def test_the_scale_of_one_step_does_not_change_the_order(steps: list[list[Fused]], factor: float) -> None:
    scaled = [*steps[:-1], [found(one.start_s, one.end_s, one.score * factor) for one in steps[-1]]]
    before = chained(steps, all_in_one(steps), within_s=5)
    after = chained(scaled, all_in_one(scaled), within_s=5)
    share = factor ** (1 / len(steps))
    assert [one.score for one in after] == pytest.approx([one.score * share for one in before])

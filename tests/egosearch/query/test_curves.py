from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.curves import DEVIATION_FLOOR, PRIOR_WINDOWS, TYPICAL_DEVIATION, WHITENING, sense_curve, smoothed
from indexers.embeddings import DenseRows
from indexers.types import Modality
from tests.egosearch.query import build


def test_score_is_what_the_formula_says() -> None:
    windows = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]
    made = build.matrix(Modality.AUDIO, {"a": windows})
    curve = sense_curve(build.scan(made), made, np.array([1.0, 0.0], np.float32), 1.0)
    total = 4 + PRIOR_WINDOWS
    mean = 4 * 0.25 / total
    deviation = np.sqrt((4 * (0.25 - 0.0625) + PRIOR_WINDOWS * TYPICAL_DEVIATION**2) / total)
    assert curve.scores[3] == pytest.approx((1 - mean) / (deviation + DEVIATION_FLOOR) ** WHITENING, rel=1e-4)
    assert curve.scores[0] == pytest.approx(-mean / (deviation + DEVIATION_FLOOR) ** WHITENING, rel=1e-4)


def test_a_concept_that_always_fires_scores_less_than_a_rare_one() -> None:
    windows = [[0.9 if i % 2 else 0.0, 0.0] for i in range(4000)]
    windows[7] = [0.9, 0.9]
    made = build.matrix(Modality.AUDIO, {"a": windows})
    common = sense_curve(build.scan(made), made, np.array([1.0, 0.0], np.float32), 1.0)
    rare = sense_curve(build.scan(made), made, np.array([0.0, 1.0], np.float32), 1.0)
    assert rare.scores[7] > 1.5 * common.scores[7]


def test_what_fills_half_of_a_short_library_still_stands_out() -> None:
    made = build.matrix(Modality.AUDIO, {"a": [[0.8, 0.0]] * 10 + [[0.0, 0.0]] * 10})
    curve = sense_curve(build.scan(made), made, np.array([1.0, 0.0], np.float32), 1.0)
    assert curve.scores[0] > 1
    assert curve.scores[15] < 0.1


def test_in_a_dense_space_four_deviations_score_two() -> None:
    made = build.matrix(Modality.AUDIO, {"a": [[0.0, 0.0]] * 16 + [[1.0, 0.0]]})
    dense = replace(made, space=replace(made.space, layout="dense"), rows=DenseRows(made.rows.dense()))
    curve = sense_curve(build.scan(dense), dense, np.array([1.0, 0.0], np.float32), 1.0)
    assert curve.scores[16] == pytest.approx(2.0, rel=1e-3)
    assert curve.scores[0] < 0


def test_smoothing_stays_within_a_recording() -> None:
    scores = np.array([0, 0, 9, 3, 0], np.float32)
    recording_of = np.array([0, 0, 0, 1, 1])
    assert smoothed(scores, recording_of).tolist() == pytest.approx([0.0, 3.0, 4.5, 1.5, 1.5])


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=30), st.integers(0, 29))
def test_smoothing_keeps_the_range(values: list[float], cut: int) -> None:
    scores = np.array(values, np.float32)
    recording_of = (np.arange(len(scores)) >= cut).astype(np.int64)
    out = smoothed(scores, recording_of)
    assert len(out) == len(scores)
    assert out.min() >= scores.min() - 1e-4
    assert out.max() <= scores.max() + 1e-4

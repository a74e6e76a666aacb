from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.query.asking import KEPT, LOUD_DB, MOST_SOUND_S, _loudest, surprising
from egosearch.query.curves import sense_curve
from egosearch.query.likeness import EVENT_S, UNCLEAR, source
from egosearch.scan import SpaceMatrix
from egosearch.types import Place
from indexers.base import SoundInput
from indexers.testing import load
from indexers.types import Modality
from tests.egosearch.query import build

RATE_HZ = 8_000
TONES = load(Modality.AUDIO, "").space


def usual(n: int, *windows: list[float]) -> SpaceMatrix:
    """Return a library in which the second concept is always there, and the others in the windows given."""
    speech = [0.0, 0.6, *[0.0] * 18]
    return build.matrix(Modality.AUDIO, {"a": [*windows, *[speech] * n]})


def test_what_is_always_there_is_not_what_an_example_is_about() -> None:
    made = usual(6000)
    bell_and_speech = np.array([0.6, 0.6, *[0.0] * 18], np.float32)
    weights = surprising(bell_and_speech, made)
    assert weights[0] > 0.95
    assert weights.sum() == pytest.approx(1)


def test_a_window_that_is_the_example_scores_what_a_clear_match_does() -> None:
    shown = [0.9, 0.6, 0.4, *[0.0] * 17]
    made = usual(6000, shown)
    weights = surprising(np.array(shown, np.float32), made)
    curve = sense_curve(build.scan(made), made, weights, 1.0)
    text = sense_curve(build.scan(made), made, np.eye(20, dtype=np.float32)[0], 1.0)
    assert curve.scores.argmax() == 0
    assert curve.scores[0] == pytest.approx(text.scores[0], rel=0.1)
    assert curve.scores[0] > 2


@given(st.lists(st.floats(0, 1, width=32), min_size=20, max_size=20))
def test_weights_are_few_positive_and_sum_to_one(shown: list[float]) -> None:
    vector = np.array(shown, np.float32)
    weights = surprising(vector, usual(100))
    assert (weights >= 0).all()
    assert np.count_nonzero(weights) <= KEPT
    assert weights.sum() == pytest.approx(1, abs=1e-5) or not weights.any()
    assert (vector[weights > 0] > 0).all()


def test_a_dense_space_is_asked_for_the_vector() -> None:
    made = build.matrix(Modality.VISUAL, {"a": [[0.0, 1.0]]})
    object.__setattr__(made, "space", TONES)
    assert surprising(np.array([3.0, 4.0], np.float32), made).tolist() == pytest.approx([0.6, 0.8])


def test_the_loudest_windows_of_a_long_sound_are_kept_in_order() -> None:
    samples = np.full(60 * RATE_HZ, 0.001, np.float32)
    for second in (5, 40):
        samples[second * RATE_HZ : (second + 1) * RATE_HZ] = 0.5
    clips = _loudest(samples, SoundInput(RATE_HZ), TONES)
    assert [clip.span.start_s for clip in clips] == [4.5, 5.0, 5.5, 39.5, 40.0, 40.5]
    assert all(clip.samples is not None and len(clip.samples) == RATE_HZ for clip in clips)


@given(st.integers(1, 100), st.floats(1e-4, 1))
def test_no_more_is_listened_to_than_half_a_minute(seconds: int, amplitude: float) -> None:
    samples = np.full(seconds * 100, amplitude, np.float32)
    clips = _loudest(samples, SoundInput(100), TONES)
    assert 1 <= len(clips) <= MOST_SOUND_S / TONES.hop_s
    quiet = np.concatenate([samples, samples[:100] * np.float32(10 ** (-(LOUD_DB + 3) / 20))])
    assert _loudest(quiet, SoundInput(100), TONES)[-1].span.end_s <= seconds + 1


def test_a_place_is_heard_over_the_sound_event_there() -> None:
    made = build.matrix(Modality.AUDIO, {"a": [[0.0]] * 40, "b": [[0.0]] * 40}, clarity=(-60.0, 0.0))
    scan = build.scan(made, events={"b": [(10.0, 14.0, 40.0), (20.0, 60.0, 40.0)]})
    there = source(scan, made, Place("b", 12.0))
    assert made.start_s[there.windows].tolist() == [10, 11, 12, 13]
    assert there.is_clear
    assert there.start_s == scan.origins_s["b"] + 10
    long = source(scan, made, Place("b", 35.0))
    assert made.start_s[long.windows].min() >= 35 - EVENT_S
    quiet = source(scan, made, Place("b", 5.5))
    assert made.start_s[quiet.windows].tolist() == [4, 5, 6]
    assert quiet.clarity < UNCLEAR
    assert not quiet.is_clear


def test_a_place_is_seen_in_the_pictures_around_it() -> None:
    made = build.matrix(Modality.VISUAL, {"a": [[0.0]] * 10})
    scan = build.scan(made)
    assert made.start_s[source(scan, made, Place("a", 4.5)).windows].tolist() == [3, 4, 5]
    assert made.start_s[source(scan, made, Place("a", 0.0)).windows].tolist() == [0, 1]


def test_an_example_that_changes_is_read_again(tmp_path: Path) -> None:
    from PIL import Image

    from egosearch.query import asking

    made = build.matrix(Modality.VISUAL, {"a": [[0.0] * 8]})
    object.__setattr__(made, "space", load(Modality.VISUAL, "").space)
    red, blue = (220, 30, 30), (30, 30, 220)
    path = tmp_path / "picture.png"
    Image.new("RGB", (8, 8), red).save(path)
    first = asking._example(path, made).weights
    Image.new("RGB", (8, 8), blue).save(path)
    second = asking._example(path, made).weights
    assert first.argmax() == 0
    assert second.argmax() == 2

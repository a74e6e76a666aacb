"""The recordings that speech is measured on."""

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sentences import ABSENT, QUERIES, SENTENCES
from benchmarks.speech import LEVEL, RATE_HZ, VOICES, noise, record, speak


def test_sentences_are_where_the_truth_says_and_the_noise_is_as_far_below_them(tmp_path: Path) -> None:
    said = [np.full(RATE_HZ * 2, LEVEL, np.float32)] * 12
    places = record(tmp_path, said, noise_db=20)
    assert len(places) == len(said)
    assert len({one.recording for one in places}) == len(VOICES)
    with wave.open(str(tmp_path / places[0].recording)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    (first, second) = (one.span for one in places[:2])
    assert first.end_s < second.start_s
    spoken = samples[round(first.start_s * RATE_HZ) : round(first.end_s * RATE_HZ)]
    assert spoken.mean() == pytest.approx(LEVEL, rel=0.05)
    pause = samples[round(first.end_s * RATE_HZ) : round(second.start_s * RATE_HZ)]
    assert 20 * np.log10(LEVEL / pause.std()) == pytest.approx(20, abs=3)


def test_noise_is_of_unit_power() -> None:
    sound = noise(RATE_HZ * 4, np.random.default_rng(1))
    assert np.sqrt(np.mean(np.square(sound))) == pytest.approx(1, rel=1e-4)


def test_queries_ask_for_sentences_that_are_there() -> None:
    assert len(set(SENTENCES)) == 60
    assert {one.kind for one in QUERIES} == {"keywords", "paraphrase", "misheard"}
    assert all(0 <= one.sentence < len(SENTENCES) for one in QUERIES)
    assert not {one.text for one in QUERIES} & set(ABSENT)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_a_sentence_is_spoken_at_the_level_that_noise_is_measured_from() -> None:
    sound = speak("This jacket is too tight around the shoulders.", VOICES[0])
    seconds = np.sqrt(np.convolve(np.square(sound), np.ones(RATE_HZ), "valid") / RATE_HZ)
    assert seconds.max() == pytest.approx(LEVEL, rel=0.01)
    assert len(sound) > RATE_HZ

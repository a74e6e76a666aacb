from pathlib import Path

import numpy as np
import pytest

from indexers.errors import MediaError
from indexers.media.probe import probe
from indexers.spectrum import Spectrum, spectrum_of
from indexers.types import Span
from tests.media import RecordingOptions, Tone, make_recording

LOW_HZ, HIGH_HZ = 440.0, 3000.0


def made(path: Path, options: RecordingOptions | None = None) -> Path:
    tones = (Tone(1.0, 2.0, LOW_HZ), Tone(2.0, 3.0, HIGH_HZ, amplitude=0.05))
    return make_recording(path, options or RecordingOptions(seconds=4, tones=tones))


def loudest_hz(spectrum: Spectrum, time_s: float) -> float:
    """Return the middle of the loudest band, evenly spaced in mel."""
    row = spectrum.levels_db[round((time_s - spectrum.start_s) / spectrum.hop_s)]
    low, high = (1127 * np.log1p(hz / 700) for hz in (spectrum.lowest_hz, spectrum.highest_hz))
    mel = low + (int(row.argmax()) + 1) / (len(row) + 1) * (high - low)
    return float(700 * np.expm1(mel / 1127))


def test_a_tone_is_loudest_where_and_when_it_sounds(tmp_path: Path) -> None:
    spectrum = spectrum_of(probe(made(tmp_path / "a.mp4")), Span(0.5, 3.5))
    assert spectrum
    assert spectrum.start_s == 0.5
    assert len(spectrum.levels_db) == pytest.approx(3.0 / spectrum.hop_s, abs=3)
    assert loudest_hz(spectrum, 1.5) == pytest.approx(LOW_HZ, rel=0.1)
    assert loudest_hz(spectrum, 2.5) == pytest.approx(HIGH_HZ, rel=0.1)
    level = spectrum.levels_db.max(axis=1)
    assert level[round(1.0 / spectrum.hop_s)] == pytest.approx(20 * np.log10(0.5), abs=4)
    assert level[round(2.0 / spectrum.hop_s)] == pytest.approx(20 * np.log10(0.05), abs=4)
    assert level[:20].max() < -60


def test_a_part_is_a_part_of_the_whole(tmp_path: Path) -> None:
    recording = probe(made(tmp_path / "a.mp4"))
    whole, part = spectrum_of(recording, Span(0.0, 4.0)), spectrum_of(recording, Span(1.0, 2.0))
    assert whole
    assert part
    np.testing.assert_allclose(part.levels_db, whole.levels_db[100 : 100 + len(part.levels_db)], atol=0.1)


def test_it_is_kept_for_the_next_time_and_cannot_be_changed(tmp_path: Path) -> None:
    recording = probe(made(tmp_path / "a.mp4"))
    spectrum = spectrum_of(recording, Span(0.0, 2.0))
    assert spectrum_of(recording, Span(0.0, 2.0)) is spectrum
    assert spectrum
    with pytest.raises(ValueError, match="read-only"):
        spectrum.levels_db[0] = 0


def test_no_sound_and_beyond_the_end(tmp_path: Path) -> None:
    silent = probe(made(tmp_path / "silent.mp4", RecordingOptions(has_audio=False)))
    assert spectrum_of(silent, Span(0.0, 2.0)) is None
    assert spectrum_of(probe(made(tmp_path / "a.mp4")), Span(10.0, 20.0)) is None
    early = probe(made(tmp_path / "early.mp4", RecordingOptions(seconds=4, audio_end_s=1.0)))
    assert spectrum_of(early, Span(2.0, 4.0)) is None


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    recording = probe(made(tmp_path / "a.mp4"))
    recording.path.unlink()
    with pytest.raises(MediaError, match=r"a\.mp4"):
        spectrum_of(recording, Span(0.0, 2.0))

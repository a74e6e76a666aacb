import pickle
from pathlib import Path

import numpy as np
import pytest

from indexers.encoders import load_encoder
from indexers.errors import EncoderError
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, SliceResult, index_slice
from indexers.testing import COLOURS, TONES
from indexers.types import EmbeddingBatch, Modality, Slice
from indexers.windows import slices
from tests.media import RecordingOptions, Tone, make_recording

TOY = Plan((EncoderChoice(Modality.AUDIO, "toy"), EncoderChoice(Modality.VISUAL, "toy")))
HEARD = RecordingOptions(seconds=4, tones=(Tone(1.0, 2.0, 440.0), Tone(3.0, 4.0, 1500.0)))


def whole(path: Path) -> Slice:
    return next(slices(probe(path)))


def batches(result: SliceResult) -> dict[Modality, EmbeddingBatch]:
    return {batch.space.modality: batch for batch in result.batches}


def names(batch: EmbeddingBatch, words: tuple[str, ...]) -> list[str]:
    return [words[i] for i in batch.embeddings.dense().argmax(axis=1)]


def test_second_k_has_colour_k(tmp_path: Path) -> None:
    seen = batches(index_slice(whole(make_recording(tmp_path / "a.mp4")), TOY))[Modality.VISUAL]
    assert names(seen, tuple(COLOURS)) == ["red", "green", "blue", "yellow"]
    assert seen.index.tolist() == seen.start_s.tolist() == [0, 1, 2, 3]
    assert seen.end_s.tolist() == pytest.approx([1, 2, 3, 4], abs=0.05)
    assert np.isnan(seen.quality.loudness_db).all()
    assert np.isfinite(seen.quality.exposure).all()


def test_tones_are_heard_where_they_are(tmp_path: Path) -> None:
    heard = batches(index_slice(whole(make_recording(tmp_path / "a.mp4", HEARD)), TOY))[Modality.AUDIO]
    by_start = dict(zip(heard.start_s.tolist(), names(heard, TONES), strict=True))
    assert by_start[0.0] == "silence"
    assert by_start[1.0] == by_start[0.5] == by_start[1.5] == "middle"
    assert by_start[3.0] == "high"
    assert heard.quality.loudness_db[2] == pytest.approx(-9, abs=1)  # a sine of amplitude 0.5
    assert np.isnan(heard.quality.exposure).all()


def test_levels_follow_the_sound_every_20_ms(tmp_path: Path) -> None:
    result = index_slice(whole(make_recording(tmp_path / "a.mp4", HEARD)), TOY)
    assert len(result.levels_db) == pytest.approx(200, abs=5)
    assert result.levels_db[75] == pytest.approx(-9, abs=1)
    assert result.levels_db[25] < -60


@pytest.mark.parametrize("modality", [Modality.AUDIO, Modality.VISUAL])
def test_slices_together_equal_the_whole(tmp_path: Path, modality: Modality) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=9, tones=(Tone(2.2, 6.7, 300.0),)))
    recording = probe(path)
    at_once = batches(index_slice(whole(path), TOY))[modality]
    parts = [batches(index_slice(piece, TOY))[modality] for piece in slices(recording, slice_s=4)]
    assert len(parts) == 3
    assert np.concatenate([part.index for part in parts]).tolist() == at_once.index.tolist()
    joined = np.concatenate([part.embeddings.dense() for part in parts])
    assert joined == pytest.approx(at_once.embeddings.dense(), abs=0.02)


def test_a_recording_without_sound_has_pictures_only(tmp_path: Path) -> None:
    result = index_slice(whole(make_recording(tmp_path / "a.mp4", RecordingOptions(has_audio=False))), TOY)
    assert set(batches(result)) == {Modality.VISUAL}
    assert len(result.levels_db) == 0


def test_a_recording_without_pictures_has_sound_only(tmp_path: Path) -> None:
    options = RecordingOptions(colours=(), audio_codec="pcm_s16le")
    result = index_slice(whole(make_recording(tmp_path / "a.wav", options)), TOY)
    assert set(batches(result)) == {Modality.AUDIO}


def test_work_and_result_travel_between_processes(tmp_path: Path) -> None:
    piece = whole(make_recording(tmp_path / "a.mp4"))
    assert pickle.loads(pickle.dumps((piece, TOY))) == (piece, TOY)  # noqa: S301 - our own
    result = pickle.loads(pickle.dumps(index_slice(piece, TOY)))  # noqa: S301
    assert [len(batch) for batch in result.batches] == [7, 4]


def test_an_unknown_encoder_says_which_there_are() -> None:
    with pytest.raises(EncoderError, match=r"no encoder 'tie'; installed are: .*concepts.*toy"):
        load_encoder("tie", Modality.AUDIO)
    with pytest.raises(EncoderError, match="no variant 'blue'; it has crash-on-red"):
        load_encoder("toy:blue", Modality.VISUAL)


@pytest.mark.parametrize(
    ("modality", "text", "word"), [(Modality.VISUAL, "the blue one", "blue"), (Modality.AUDIO, "A high tone", "high")]
)
def test_toys_understand_the_words_that_they_have(modality: Modality, text: str, word: str) -> None:
    encoder = load_encoder("toy", modality)
    row = encoder.encode_text([text]).dense()[0]
    assert encoder.words(row, 3) == [(word, 1.0)]
    assert encoder.affinity(text) == 1
    assert encoder.affinity("an umbrella") == 0.2

"""Speech along slices, with a toy that writes tones down as words."""

import pickle
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.embeddings import DenseRows
from indexers.lexical import MODEL, lexical_space, query_terms
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, SliceResult, index_slice
from indexers.speech import PAUSE_S, Listening, quietest
from indexers.testing import SAMPLE_RATE_HZ, ToySpeech
from indexers.types import AudioStream, Clip, EmbeddingBatch, Floats, Modality, Recording, Span, Utterance
from indexers.windows import slices
from tests.media import RecordingOptions, Tone, make_recording

TOY = Plan((EncoderChoice(Modality.SPEECH, "toy"),))
SLICE_S = 20.0
REACH_S = 2.0
"""A tenth of that: what is looked at for a pause."""


def result(path: Path, plan: Plan = TOY) -> SliceResult:
    return index_slice(next(slices(probe(path))), plan)


def texts(utterances: Sequence[Utterance]) -> list[str]:
    return [one.text for one in utterances]


def test_tones_are_written_down_with_their_times(tmp_path: Path) -> None:
    tones = (Tone(1, 3, 200), Tone(3, 4, 1200), Tone(6, 7, 400))
    said = result(make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=8, tones=tones))).batches[0].utterances
    assert texts(said) == ["low low high", "middle"]
    assert [one.span.start_s for one in said] == pytest.approx([1, 6], abs=0.11)
    assert [one.span.end_s for one in said] == pytest.approx([4, 7], abs=0.11)
    assert [word.text for word in said[0].words] == ["low", "low", "high"]
    assert [word.span.start_s for word in said[0].words] == pytest.approx([1, 2, 3], abs=0.11)


def test_an_utterance_is_a_window_in_two_spaces(tmp_path: Path) -> None:
    tones = (Tone(1, 3, 200), Tone(6, 7, 1200, amplitude=0.05))
    made = result(make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=8, tones=tones)))
    meaning, words = made.batches
    assert (meaning.space, words.space) == (ToySpeech().space, lexical_space(ToySpeech().space))
    assert (meaning.space.model, words.space.model) == ("toy", MODEL)
    assert meaning.index.tolist() == words.index.tolist() == [int(s * 10 + 1e-6) for s in meaning.start_s]
    assert meaning.start_s.tolist() == [one.span.start_s for one in meaning.utterances]
    assert words.end_s.tolist() == [one.span.end_s for one in meaning.utterances]
    assert meaning.quality.loudness_db[0] == pytest.approx(-9, abs=1.5)
    assert meaning.quality.loudness_db[1] == pytest.approx(-29, abs=1.5)
    assert (meaning.quality.snr_db > 20).all()
    assert np.isnan(meaning.quality.sharpness).all()
    assert meaning.embeddings.dot(ToySpeech().encode_text(["somebody said low"]).dense()[0]).tolist() == [1, 0]
    (low, *_), _ = query_terms("low")
    assert (words.embeddings.dense()[:, low] > 0).tolist() == [True, False]


@pytest.mark.parametrize("tones", [(), (Tone(0, 4, 300, amplitude=0.001),)])
def test_where_nobody_speaks_both_spaces_are_empty(tmp_path: Path, tones: tuple[Tone, ...]) -> None:
    made = result(make_recording(tmp_path / "a.mp4", RecordingOptions(tones=tones)))
    assert made.batches[0].utterances == ()
    assert [len(batch) for batch in made.batches] == [0, 0]
    assert [batch.space for batch in made.batches] == [ToySpeech().space, lexical_space(ToySpeech().space)]


def test_without_sound_there_is_nothing_to_say(tmp_path: Path) -> None:
    made = result(make_recording(tmp_path / "a.mp4", RecordingOptions(has_audio=False)))
    assert made.batches == ()


def test_speech_over_the_borders_of_slices_is_said_once(tmp_path: Path) -> None:
    tones = (Tone(3, 5, 200), Tone(19.2, 20.6, 1200), Tone(21.5, 23, 200), Tone(39.5, 40.1, 400), Tone(41, 48, 1200))
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=50, tones=tones, colours=()))
    recording = probe(path)
    pieces = [index_slice(piece, TOY) for piece in slices(recording, slice_s=SLICE_S)]
    assert [texts(piece.batches[0].utterances) for piece in pieces] == [
        ["low low", "high high"],
        ["low low", "middle"],
        ["high " * 6 + "high"],
    ]
    at_once = result(path).batches[0].utterances
    joined = [one for piece in pieces for one in piece.batches[0].utterances]
    assert texts(joined) == texts(at_once)
    assert [one.span.start_s for one in joined] == pytest.approx([one.span.start_s for one in at_once], abs=0.11)
    index = np.concatenate([piece.batches[0].index for piece in pieces])
    assert (np.diff(index) > 0).all()


def test_what_is_heard_and_measured_does_not_depend_on_speech(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=45, tones=(Tone(18, 23, 300), Tone(38, 41, 1500)), colours=())
    recording = probe(
        make_recording(tmp_path / "a.wav", RecordingOptions(**{**vars(options), "audio_codec": "pcm_s16le"}))
    )
    sound = EncoderChoice(Modality.AUDIO, "toy")
    for piece in slices(recording, slice_s=SLICE_S):
        alone, both = index_slice(piece, Plan((sound,))), index_slice(piece, Plan((sound, *TOY.encoders)))
        one, other = alone.batches[0], both.batches[0]
        assert one.index.tolist() == other.index.tolist()
        assert one.end_s.tolist() == other.end_s.tolist()
        assert one.embeddings.dense().tolist() == other.embeddings.dense().tolist()
        assert one.quality.snr_db.tolist() == other.quality.snr_db.tolist()
        assert alone.levels_db.tolist() == both.levels_db.tolist()


def test_every_encoder_of_speech_has_a_transcript_of_its_own(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=4, tones=(Tone(1, 2, 200),)))
    made = result(path, Plan((*TOY.encoders, EncoderChoice(Modality.SPEECH, "toy:other"))))
    one, _, other, words = made.batches
    assert texts(one.utterances) == texts(other.utterances) == ["low"]
    assert one.space != other.space
    assert words.utterances == ()


def test_what_is_said_travels_between_processes(tmp_path: Path) -> None:
    made = result(make_recording(tmp_path / "a.mp4", RecordingOptions(tones=(Tone(1, 2, 200),))))
    assert pickle.loads(pickle.dumps(made)).batches[0].utterances == made.batches[0].utterances != ()  # noqa: S301 - ours


# Without files: the samples of a slice are those of the whole


def listened(samples: Floats, transcriber: ToySpeech, slice_s: float) -> list[EmbeddingBatch]:
    """Return what each slice of a recording with this sound gives."""
    duration_s = len(samples) / SAMPLE_RATE_HZ
    audio = AudioStream("pcm", SAMPLE_RATE_HZ, 1, 0.0, duration_s)
    recording = Recording("0" * 32, Path("a.wav"), 1, duration_s, None, "unknown", None, audio, None)
    said = []
    for piece in slices(recording, slice_s=slice_s):
        ear = Listening(transcriber, piece)
        first, last = (round(time_s * SAMPLE_RATE_HZ) for time_s in (piece.start_s, piece.end_s + ear.reach_s))
        said.append(ear.embed(samples[first:last], np.zeros(0, np.float32))[0])
    return said


def tones(bursts: Sequence[tuple[float, float]], seconds: float, frequency_hz: float = 200.0) -> Floats:
    time_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    is_heard = np.zeros(len(time_s), bool)
    for start_s, end_s in bursts:
        is_heard |= (time_s >= start_s) & (time_s < end_s)
    return np.where(is_heard, 0.3 * np.sin(2 * np.pi * frequency_hz * time_s), 0).astype(np.float32)


@given(st.lists(st.tuples(st.integers(6, 60), st.integers(2, 12)), max_size=60), st.integers(100, 650))
def test_nothing_is_lost_or_doubled_where_there_are_pauses(gaps: list[tuple[int, int]], tenths: int) -> None:
    bursts, at = [], 0
    for gap, length in gaps:
        bursts.append(((at + gap) / 10, (at + gap + length) / 10))
        at += gap + length
    samples = tones(bursts, tenths / 10)
    (whole,) = listened(samples, ToySpeech(), 1000.0)
    parts = listened(samples, ToySpeech(), SLICE_S)
    joined = [one for part in parts for one in part.utterances]
    assert texts(joined) == texts(whole.utterances)
    assert [one.span.start_s for one in joined] == pytest.approx([one.span.start_s for one in whole.utterances])
    index = [i for part in parts for i in part.index.tolist()]
    assert all(a < b for a, b in pairwise(index))


@given(st.integers(410, 700), st.integers(0, 5))
def test_speech_without_a_pause_is_cut_and_all_there(tenths: int, seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-0.3, 0.3, tenths * SAMPLE_RATE_HZ // 10).astype(np.float32)
    spans = [one.span for part in listened(samples, ToySpeech(), SLICE_S) for one in part.utterances]
    assert spans[0].start_s == 0
    assert spans[-1].end_s == pytest.approx(tenths / 10)
    assert all(one.end_s == pytest.approx(other.start_s) for one, other in pairwise(spans))
    assert all(i * SLICE_S < one.end_s <= i * SLICE_S + REACH_S + 0.1 for i, one in enumerate(spans[:-1], start=1))


class Hasty(ToySpeech):
    """Says two things within a tenth of a second, and goes on after the end."""

    def transcribe(self, samples: Floats) -> tuple[Utterance, ...]:
        end_s = len(samples) / SAMPLE_RATE_HZ
        return (
            Utterance(Span(1.01, 1.04), "low", (), "en", 0.5),
            Utterance(Span(1.05, 2.0), " high ", (), "en", 0.9),
            Utterance(Span(2.5, 2.6), " ", (), "en", 0.9),
            Utterance(Span(3.0, end_s + 1), "low", (), "en", 0.7),
        )


def test_utterances_that_begin_together_are_one() -> None:
    (said,) = listened(tones([], 5), Hasty(), 1000.0)
    assert texts(said.utterances) == ["low high", "low"]
    assert said.utterances[0].span == Span(1.01, 2.0)
    assert said.utterances[0].confidence == 0.5
    assert said.utterances[1].span.end_s == 5.0
    assert said.index.tolist() == [10, 30]


@given(st.integers(0, 190))
def test_the_quietest_place_is_the_pause(tenths: int) -> None:
    start_s = tenths / 10
    samples = tones([(0, start_s), (start_s + PAUSE_S + 0.1, 20)], 20)
    assert start_s - 0.01 <= quietest(samples, SAMPLE_RATE_HZ) - PAUSE_S / 2 <= start_s + 0.11


def test_less_sound_than_a_pause_is_quiet_at_once() -> None:
    assert quietest(tones([], 0.4), SAMPLE_RATE_HZ) == quietest(np.zeros(0, np.float32), SAMPLE_RATE_HZ) == 0


def test_the_toy_reads_what_it_wrote() -> None:
    toy = ToySpeech()
    rows = toy.encode([Clip(Span(0, 1), text="low low high"), Clip(Span(1, 2), text="")])
    assert isinstance(rows, DenseRows)
    assert toy.words(rows.dense()[0], 2)[0][0] in ("low", "high")
    assert toy.affinity("low") == 1

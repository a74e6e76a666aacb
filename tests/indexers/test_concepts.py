"""The shipped networks, on sounds and scenes that the demo draws: what they are must be what the encoders say."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest

from egosearch.demo import scenes, sounds
from egosearch.demo.sounds import SAMPLE_RATE_HZ
from indexers.base import Encoder
from indexers.embeddings import SparseRows
from indexers.encoders import load_encoder
from indexers.encoders.concepts.encoders import FLOOR, strength, without_dark_corners
from indexers.encoders.concepts.text import concept_weights, content_words, leaning
from indexers.encoders.concepts.vocabulary import FILES, load_vocabulary, read_concepts
from indexers.encoders.runtime import WEIGHTS
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span


@pytest.fixture(scope="module")
def ear() -> Encoder:
    return load_encoder("concepts", Modality.AUDIO)


@pytest.fixture(scope="module")
def eye() -> Encoder:
    return load_encoder("concepts", Modality.VISUAL)


def heard(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> list[Clip]:
    """Return one window a second, at the encoder's rate: half of the drawn one, so pairs are averaged."""
    assert SAMPLE_RATE_HZ == 32_000
    at_16k = samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(axis=1)
    return [Clip(Span(i, i + 0.975), samples=at_16k[i * 16_000 :][:15_600]) for i in range(len(at_16k) // 16_000)]


def test_shipped_weights_are_the_documented_ones() -> None:
    lines = [line for line in (WEIGHTS / "SHA256SUMS").read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((WEIGHTS / name).read_bytes()).hexdigest() == digest, name
    assert len(lines) == 7


@pytest.mark.parametrize(("kind", "count"), [("sounds", 521), ("sights", 1080)])
def test_every_concept_has_phrases_and_their_embeddings(kind: str, count: int) -> None:
    concepts = read_concepts(kind)
    assert len(concepts) == count
    assert all(len(concept.phrases) >= 3 for concept in concepts)
    assert all(len(set(concept.phrases)) == len(concept.phrases) for concept in concepts)
    vocabulary = load_vocabulary(kind)
    lengths = np.linalg.norm(vocabulary.embeddings, axis=1)
    assert lengths == pytest.approx(1, abs=0.02)
    assert set(FILES) == {"sounds", "sights"}


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (sounds.doorbell, {"Doorbell", "Ding-dong"}),
        (sounds.alarm_clock, {"Alarm clock"}),
        (sounds.running_water, {"Water", "Sink (filling or washing)"}),
    ],
)
def test_a_sound_is_called_what_it_is(ear: Encoder, sound: object, words: set[str]) -> None:
    assert callable(sound)
    rows = ear.encode(heard(sound(4.0))).dense()
    assert words & {word for word, _ in ear.words(rows.max(axis=0), 3)}


@pytest.mark.parametrize(("scene", "word"), [("traffic_light", "traffic light"), ("keyboard", "keyboard")])
def test_a_scene_is_called_what_it_is(eye: Encoder, scene: str, word: str) -> None:
    drawn = scenes.traffic_light(0) if scene == "traffic_light" else scenes.keyboard()
    drawn.thumbnail((640, 640))
    clip = Clip(Span(0, 1), pictures=(np.asarray(drawn.convert("RGB")),))
    rows = eye.encode([clip]).dense()
    assert word in {name for name, _ in eye.words(rows[0], 3)}


def test_rows_are_sparse_strengths_in_their_space(ear: Encoder, eye: Encoder) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 15_600).astype(np.float32)
    rows = ear.encode([Clip(Span(0, 1), samples=noise), Clip(Span(1, 2), samples=noise[:4000])])
    assert isinstance(rows, SparseRows)
    assert (len(rows), rows.dim) == (2, ear.space.dim)
    assert rows.values.min() > 0
    assert rows.values.max() <= 1
    assert len(ear.encode([])) == len(eye.encode([])) == 0


def test_strength_keeps_order_and_drops_what_is_hardly_there() -> None:
    probabilities = np.array([0, FLOOR, 0.02, 0.09, 0.5, 1], np.float32)
    strengths = strength(probabilities)
    assert strengths[:2].tolist() == [0, 0]
    assert all(low < high for low, high in pairwise(strengths[1:].tolist()))
    assert strengths[3] == pytest.approx(0.5, abs=0.01)
    assert strengths[5] == pytest.approx(1)


@pytest.mark.parametrize(
    ("query", "kind", "concept"),
    [
        ("someone talking", "sounds", "Speech"),
        ("plates clattering", "sounds", "Dishes, pots, and pans"),
        ("the kettle is whistling", "sounds", "Whistle"),
        ("when the doorbell rang", "sounds", "Doorbell"),
        ("my bike", "sights", "bicycle"),
        ("in front of the washing machine", "sights", "washing machine"),
        ("crossing at the traffic lights", "sights", "traffic light"),
    ],
)
def test_a_query_reaches_the_concept_that_a_person_means(query: str, kind: str, concept: str) -> None:
    vocabulary = load_vocabulary(kind)
    weights = concept_weights(query, vocabulary)
    best = [vocabulary.concepts[i].name for i in np.argsort(-weights)[:3]]
    assert any(concept.lower() in name.lower() for name in best), best
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert (weights > 0).sum() <= 8


def test_content_words_drop_how_it_was_met() -> None:
    assert content_words("in front of the washing machine") == "washing machine"
    assert content_words("who rang at the front door") == "who rang front door"
    assert content_words("the") == "the"


def test_wording_leans_to_an_ear_or_an_eye(ear: Encoder, eye: Encoder) -> None:
    assert leaning("a beep that I heard") > 0 > leaning("looking at my backpack")
    assert ear.affinity("the phone rang") > eye.affinity("the phone rang")
    assert eye.affinity("my backpack") > ear.affinity("my backpack")


def test_unknown_encoders_are_named_with_what_there_is() -> None:
    with pytest.raises(EncoderError, match="there is no encoder 'nothing'; installed are: concepts"):
        load_encoder("nothing", Modality.AUDIO)
    with pytest.raises(EncoderError, match="it does audio and visual"):
        load_encoder("concepts", Modality.SPEECH)
    with pytest.raises(EncoderError, match="no variant"):
        load_encoder("concepts:large", Modality.AUDIO)


def test_the_dark_corners_of_a_fisheye_frame_are_left_out() -> None:
    rows, columns = np.mgrid[0:200, 0:200]
    lens = (rows - 99.5) ** 2 + (columns - 99.5) ** 2 < 101**2
    frame = np.where(lens[..., None], np.uint8(120), np.uint8(0)).repeat(3, axis=2)
    kept = without_dark_corners(frame)
    assert kept.shape == pytest.approx((141, 141, 3), abs=2)
    assert kept.min() > 0
    lit = np.full((90, 160, 3), 120, np.uint8)
    assert without_dark_corners(lit) is lit
    night = np.zeros((90, 160, 3), np.uint8)
    assert without_dark_corners(night) is night

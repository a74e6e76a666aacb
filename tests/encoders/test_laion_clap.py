"""LAION-CLAP's towers with random weights in the authors' format: rows, batches, windows, words, devices."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexers.base import SoundInput
from indexers.encoders import load_encoder
from indexers.encoders.laion_clap.encoder import PROMPTS, LaionClap
from indexers.encoders.laion_clap.naming import parse
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span
from tests.encoders import tiny_clap

if not tiny_clap.is_installed():
    pytest.skip("needs the extra clap", allow_module_level=True)

RATE_HZ = 48_000
Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_clap.make_models(tmp_path_factory.mktemp("clap") / "models")


@pytest.fixture(autouse=True)
def pulled(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a checkpoint and RoBERTa's files, as after `egosearch models pull`."""
    monkeypatch.setenv("EGOSEARCH_MODELS", str(made))
    return made / "laion-clap" / f"{tiny_clap.NAME}.pt"


@pytest.fixture(scope="module")
def clap(made: Path) -> LaionClap:
    """Return one encoder for the tests that leave it as it is; they come after `pulled`."""
    return LaionClap(parse(tiny_clap.NAME))


def sound(frequency_hz: float, seconds: float = 2.0, amplitude: float = 0.5) -> Clip:
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    samples = (amplitude * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)
    return Clip(Span(0, seconds), samples=samples)


SOUNDS = [sound(200), sound(440), sound(3000), sound(440, amplitude=0.01), sound(8000)]


def test_the_space_says_what_it_is(clap: LaionClap) -> None:
    space = clap.space
    assert (space.modality, space.dim, space.layout, space.distance) == (Modality.AUDIO, 512, "dense", "cosine")
    assert (space.window_s, space.hop_s) == (2, 1)
    assert space.model == "laion-clap:630k-audioset-best"
    assert clap.input == SoundInput(RATE_HZ)


def test_rows_have_length_one_and_tell_sounds_apart(clap: LaionClap) -> None:
    rows = clap.encode(SOUNDS).dense()
    assert rows.dtype == np.float32
    assert rows.shape == (5, 512)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.all((rows @ rows.T)[~np.eye(5, dtype=bool)] < 0.99999)


def test_a_row_does_not_depend_on_its_batch(clap: LaionClap) -> None:
    together = clap.encode(SOUNDS).dense()
    alone = np.concatenate([clap.encode([one]).dense() for one in SOUNDS])
    assert np.allclose(together, alone, atol=1e-5)
    assert clap.encode([]).dense().shape == (0, 512)


def test_a_sound_repeated_is_the_same_sound(clap: LaionClap) -> None:
    """Windows are filled up to ten seconds by repeating them, as in training."""
    second = sound(440, 1.0)
    rows = clap.encode([second, sound(440, 5.0), sound(440, 10.0)]).dense()
    assert np.allclose(rows, rows[0], atol=1e-4)  # a whole number of periods a second
    assert not np.allclose(clap.encode([sound(440, 3.0)]).dense(), rows[0], atol=1e-4)  # three times, and silence


def test_silence_and_scraps_have_rows_too(clap: LaionClap) -> None:
    nothing = Clip(Span(0, 2), samples=np.zeros(0, np.float32))
    silence = Clip(Span(0, 2), samples=np.zeros(2 * RATE_HZ, np.float32))
    rows = clap.encode([nothing, silence, sound(440, 0.01)]).dense()
    assert np.isfinite(rows).all()
    assert np.allclose(rows[0], rows[1], atol=1e-6)


def test_what_is_too_loud_is_cut_off(clap: LaionClap) -> None:
    loud = sound(440, amplitude=3.0)
    assert loud.samples is not None
    cut = Clip(loud.span, samples=np.clip(loud.samples, -1, 1))
    assert np.array_equal(clap.encode([loud]).dense(), clap.encode([cut]).dense())


def test_texts_are_the_mean_of_their_prompts(clap: LaionClap) -> None:
    rows = clap.encode_text(["a kettle", "running water", "a door {0} bell"]).dense()
    assert rows.shape == (3, 512)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    said = [prompt.format("a kettle") for prompt in PROMPTS]
    mean = clap._loaded_reading().embed(said).mean(axis=0)
    assert np.allclose(rows[0], mean / np.linalg.norm(mean), atol=1e-5)
    assert clap.encode_text([]).dense().shape == (0, 512)


def test_one_text_and_long_texts_are_read(clap: LaionClap) -> None:
    """LAION-CLAP's training code takes the first dimension of one text away; padding to the longest must not matter."""
    alone = clap.encode_text(["a kettle"]).dense()
    beside = clap.encode_text(["a kettle", "running water and " * 40, ""]).dense()
    assert np.allclose(alone[0], beside[0], atol=1e-5)
    assert np.isfinite(beside).all()


def test_nothing_is_known_of_words(clap: LaionClap) -> None:
    assert clap.affinity("a kettle") == 1
    assert clap.words(clap.encode(SOUNDS[:1]).dense()[0], 5) == []


def test_windows_and_weights_make_the_space(pulled: Path, tmp_path: Path) -> None:
    spaces = [load_encoder(f"laion-clap:{tiny_clap.NAME}{end}", Modality.AUDIO).space for end in ("", "?hop_s=0.5")]
    assert [space.hop_s for space in spaces] == [1, 0.5]
    copy = tmp_path / "copy.pt"
    copy.write_bytes(pulled.read_bytes())
    weights = dict(tiny_clap.random_weights())
    weights["audio_projection.2.bias"] = weights["audio_projection.2.bias"] + 1
    other = tiny_clap.save_as_the_authors(weights, tmp_path / "other.pt")
    digests = [load_encoder(f"laion-clap:{path}", Modality.AUDIO).space.weights_digest for path in (copy, other)]
    assert digests[0] == spaces[0].weights_digest
    assert digests[1] != digests[0]


def test_closed_it_can_be_used_again(pulled: Path) -> None:
    encoder = LaionClap(parse(str(pulled)))
    before = encoder.encode(SOUNDS[:1]).dense()
    encoder.close()
    assert np.array_equal(encoder.encode(SOUNDS[:1]).dense(), before)


def test_half_precision_is_for_what_follows_the_spectrogram(clap: LaionClap, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, where powers of 1e-10 would be lost; bfloat16, which a CPU can compute in as well."""
    import torch

    whole = clap.encode(SOUNDS[:2]).dense(), clap.encode_text(["a kettle"]).dense()
    for module in ("hearing", "reading"):
        monkeypatch.setattr(f"indexers.encoders.laion_clap.{module}.dtype_for", lambda _: torch.bfloat16)
    half = clap.encode(SOUNDS[:2]).dense(), clap.encode_text(["a kettle"]).dense()
    for exact, rough in zip(whole, half, strict=True):
        assert rough.dtype == np.float32
        assert not np.array_equal(rough, exact)
        assert np.einsum("ij,ij->i", rough, exact).min() > 0.99


def test_a_device_that_is_not_there_is_refused(pulled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOSEARCH_DEVICE", "cuda:77")
    with pytest.raises(EncoderError, match="finds no cuda:77 on this machine"):
        LaionClap(parse(str(pulled))).encode(SOUNDS[:1])


def test_the_larger_tower_is_known_by_its_weights(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOSEARCH_MODELS", str(models))
    tiny_clap.make_roberta(models / "hub")
    path = tiny_clap.save_as_the_authors(tiny_clap.random_weights("HTSAT-base"), tmp_path / "base.pt")
    rows = load_encoder(f"laion-clap:{path}", Modality.AUDIO).encode(SOUNDS[:1]).dense()
    assert rows.shape == (1, 512)

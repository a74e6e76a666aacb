"""The real loading code of OpenCLIP, on a tiny model in the formats that its authors use."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexers.base import Encoder
from indexers.encoders import load_encoder
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span
from tests.encoders import tiny_clip
from tests.encoders.tiny_clip import COLOURS, CONFIG, DIM, NAME, SAFE_WEIGHTS, clip, plain
from tests.media import BLUE, RED

open_clip = pytest.importorskip("open_clip")
torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def visual(variant: str | Path) -> Encoder:
    return load_encoder(f"open-clip:{variant}", Modality.VISUAL)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a checkpoint of the tiny model."""
    return tiny_clip.save_checkpoint(tiny_clip.build(tmp_path / "configs"), tmp_path / "tiny.pt")


@pytest.fixture
def encoder(weights: Path) -> Encoder:
    return visual(f"{NAME}/{weights}")


@pytest.fixture
def noise() -> list[Clip]:
    return [clip(RNG.integers(0, 255, (48, 85, 3), np.uint8)) for _ in range(5)]


def test_the_space_says_what_the_model_is(encoder: Encoder, weights: Path) -> None:
    space = encoder.space
    assert (space.modality, space.model) == (Modality.VISUAL, f"open-clip:{NAME}/{weights}")
    assert (space.dim, space.layout, space.distance) == (DIM, "dense", "cosine")
    assert (space.window_s, space.hop_s) == (1.0, 1.0)
    assert space.preprocessing.startswith("shortest-32x32-bicubic-")


def test_rows_are_of_length_one_and_one_a_window(encoder: Encoder, noise: list[Clip]) -> None:
    for rows, n in ((encoder.encode(noise), 5), (encoder.encode_text(["a mug", ""]), 2)):
        values = rows.dense()
        assert values.shape == (n, DIM)
        assert values.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1, atol=1e-5)


def test_nothing_gives_no_rows_and_loads_nothing(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexers.encoders.open_clip.encoder.Network", None)
    assert encoder.encode([]).dense().shape == (0, DIM)
    assert encoder.encode_text([]).dense().shape == (0, DIM)


def test_a_window_has_the_same_row_alone_and_among_others(encoder: Encoder, noise: list[Clip]) -> None:
    many = [*noise, *noise, *noise, *noise, *noise, *noise, *noise]  # more than go through the network together
    together = encoder.encode(many).dense()
    alone = np.concatenate([encoder.encode([one]).dense() for one in noise])
    np.testing.assert_allclose(together, np.tile(alone, (7, 1)), atol=1e-5)


def test_texts_and_pictures_share_the_space(encoder: Encoder) -> None:
    pictures = encoder.encode([clip(plain(colour)) for colour in COLOURS.values()]).dense()
    texts = encoder.encode_text(list(COLOURS)).dense()
    assert (texts @ pictures.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose((texts * pictures).sum(axis=1), 1, atol=1e-3)


def test_the_row_is_what_open_clip_itself_computes(encoder: Encoder, noise: list[Clip], weights: Path) -> None:
    from PIL import Image

    model, _, transform = open_clip.create_model_and_transforms(NAME, pretrained=str(weights))
    picture = noise[0].pictures[0]
    with torch.no_grad():
        expected = model.eval().encode_image(transform(Image.fromarray(picture))[None], normalize=True).numpy()
        said = model.encode_text(open_clip.get_tokenizer(NAME)(["a mug", "a photo of a mug."]), normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode(noise[:1]).dense(), expected, atol=1e-5)
    row = encoder.encode_text(["a mug"]).dense()[0]
    assert row @ said[0] > 0.5
    assert not np.allclose(row, said[0], atol=1e-3)  # it is the mean of several prompts


def test_several_pictures_are_the_mean_of_their_rows(encoder: Encoder) -> None:
    red, blue = plain(RED), plain(BLUE)
    apart = encoder.encode([clip(red), clip(blue)]).dense()
    both, alone = encoder.encode([clip(red, blue), clip(red)]).dense()
    mean = apart.sum(axis=0)
    np.testing.assert_allclose(both, mean / np.linalg.norm(mean), atol=1e-5)
    np.testing.assert_allclose(alone, apart[0], atol=1e-5)


def test_a_window_without_a_picture_is_a_mistake(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="without a picture"):
        encoder.encode([Clip(Span(0, 1))])


def test_it_has_no_words_and_takes_any_text(encoder: Encoder) -> None:
    assert encoder.words(np.ones(DIM, np.float32), 5) == []
    assert encoder.affinity("a mug") == 1


def test_it_can_be_closed_and_used_again(encoder: Encoder, noise: list[Clip]) -> None:
    before = encoder.encode(noise).dense()
    encoder.close()
    encoder.close()
    np.testing.assert_array_equal(encoder.encode(noise).dense(), before)


def test_all_ways_to_the_same_weights_agree(
    weights: Path, tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_clip.build(tmp_path / "configs")
    folder = tiny_clip.save_folder(model, tmp_path / "folder")
    tiny_clip.save_folder(model, tiny_clip.hub_snapshot(models / "hub", "egosearch/tiny"))
    publish(monkeypatch, "egosearch/tiny/")
    encoders = [
        visual(variant) for variant in (f"{NAME}/{weights}", folder, "hf-hub:egosearch/tiny", f"{NAME}/colours")
    ]
    pictures = [clip(plain(colour)) for colour in COLOURS.values()]
    rows = [encoder.encode(pictures).dense() for encoder in encoders]
    texts = [encoder.encode_text(["red", "a mug"]).dense() for encoder in encoders]
    assert len({encoder.space.id for encoder in encoders}) == 4
    for row, text in zip(rows[1:], texts[1:], strict=True):
        np.testing.assert_allclose(row, rows[0], atol=1e-5)
        np.testing.assert_allclose(text, texts[0], atol=1e-5)


def publish(patch: pytest.MonkeyPatch, place: str, **made: object) -> None:
    """Let OpenCLIP know of published weights of the tiny model, under the tag `colours`."""
    published = {"url": "", "hf_hub": place, "mean": None, "std": None, **made}
    patch.setitem(open_clip.pretrained._PRETRAINED, NAME, {"colours": published})


def test_other_weights_are_another_space(weights: Path, encoder: Encoder, tmp_path: Path) -> None:
    before = encoder.space
    other = tiny_clip.build(tmp_path / "configs", seed=1)
    tiny_clip.save_checkpoint(other, weights)
    load_encoder.cache_clear()
    after = visual(f"{NAME}/{weights}").space
    assert after.weights_digest != before.weights_digest
    assert after.id != before.id


def test_another_configuration_beside_the_weights_is_another_space(tmp_path: Path) -> None:
    folder = tiny_clip.save_folder(tiny_clip.build(tmp_path / "configs"), tmp_path / "folder")
    before = visual(folder).space
    content = json.loads((folder / CONFIG).read_text())
    content["model_cfg"]["quick_gelu"] = True
    (folder / CONFIG).write_text(json.dumps(content))
    load_encoder.cache_clear()
    assert visual(folder).space.weights_digest != before.weights_digest


def test_preprocessing_is_the_authors_unless_asked_otherwise(tmp_path: Path) -> None:
    model = tiny_clip.build(tmp_path / "configs")
    own = tiny_clip.save_folder(model, tmp_path / "own", resize_mode="squash", interpolation="bilinear")
    plain_one = tiny_clip.save_folder(model, tmp_path / "plain")
    assert visual(own).space.preprocessing.startswith("squash-32x32-bilinear-")
    assert visual(plain_one).space.preprocessing.startswith("shortest-32x32-bicubic-")
    assert visual(f"{plain_one}?resize=longest").space.preprocessing.startswith("longest-32x32-bicubic-")
    wide = np.zeros((45, 80, 3), np.uint8)
    wide[:, :15] = RED  # seen by all but those who cut out the middle
    grey = np.zeros((45, 80, 3), np.uint8)
    for variant, sees in ((str(plain_one), False), (f"{plain_one}?resize=longest", True), (str(own), True)):
        with_edge, without = visual(variant).encode([clip(wide), clip(grey)]).dense()
        assert np.allclose(with_edge, without, atol=1e-5) is not sees


def test_the_activation_that_the_weights_were_trained_with_is_used(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch, noise: list[Clip]
) -> None:
    model = tiny_clip.build(tmp_path / "configs")
    tiny_clip.save_folder(model, tiny_clip.hub_snapshot(models / "hub", "egosearch/tiny"))
    publish(monkeypatch, "egosearch/tiny/")
    before = visual(f"{NAME}/colours").encode(noise).dense()
    publish(monkeypatch, "egosearch/tiny/", quick_gelu=True)
    load_encoder.cache_clear()
    assert not np.allclose(visual(f"{NAME}/colours").encode(noise).dense(), before, atol=1e-4)


def test_a_newer_revision_of_the_hub_is_another_space(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, "egosearch/tiny/")
    for seed in (0, 1):
        snapshot = tiny_clip.hub_snapshot(models / "hub", "egosearch/tiny", str(seed) * 40)
        tiny_clip.save_folder(tiny_clip.build(tmp_path / "configs", seed=seed), snapshot)
        load_encoder.cache_clear()
        digest = visual(f"{NAME}/colours").space.weights_digest
        assert digest == visual(f"{NAME}/{snapshot / SAFE_WEIGHTS}").space.weights_digest


def test_the_device_is_the_one_asked_for(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("EGOSEARCH_DEVICE", "cuda")
    with pytest.raises(EncoderError, match="torch finds no cuda on this machine"):
        encoder.encode([clip(plain(RED))])
    monkeypatch.setenv("EGOSEARCH_DEVICE", "cpu")
    assert len(encoder.encode([clip(plain(RED))])) == 1


def test_half_precision_is_nearly_the_same(
    encoder: Encoder, noise: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CPU has no use for it, but takes bfloat16 through the same switch as a GPU takes float16."""
    single, said = encoder.encode(noise).dense(), encoder.encode_text(["red"]).dense()
    encoder.close()
    monkeypatch.setattr("indexers.encoders.open_clip.network.dtype_for", lambda device: torch.bfloat16)
    half, said_half = encoder.encode(noise).dense(), encoder.encode_text(["red"]).dense()
    assert half.dtype == np.float32
    assert not np.array_equal(half, single)
    assert (half * single).sum(axis=1).min() > 0.99
    assert (said_half * said).sum() > 0.99


def test_the_second_process_knows_the_space_without_torch(encoder: Encoder, weights: Path, models: Path) -> None:
    expected = encoder.space.id
    code = (
        "import sys; from indexers.encoders import load_encoder; from indexers.types import Modality\n"
        f"encoder = load_encoder('open-clip:{NAME}/{weights}', Modality.VISUAL)\n"
        "print(encoder.space.id, encoder.input.frames, 'torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [expected, "1", "False"]


def test_loading_says_nothing(encoder: Encoder, capfd: pytest.CaptureFixture[str]) -> None:
    encoder.encode([clip(plain(RED))])
    encoder.encode_text(["red"])
    assert capfd.readouterr() == ("", "")

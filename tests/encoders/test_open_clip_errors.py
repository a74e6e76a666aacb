"""What a user is told of a model that cannot be had: one sentence, and what to do."""

import os
from pathlib import Path

import pytest

from indexers.base import Encoder
from indexers.encoders import load_encoder
from indexers.errors import EncoderError
from indexers.types import Modality
from tests.encoders import tiny_clip
from tests.encoders.tiny_clip import CONFIG, DIM, NAME, SAFE_WEIGHTS, clip, plain
from tests.media import RED

pytest.importorskip("open_clip")
torch = pytest.importorskip("torch")


def visual(variant: str | Path) -> Encoder:
    return load_encoder(f"open-clip:{variant}", Modality.VISUAL)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a checkpoint of the tiny model."""
    return tiny_clip.save_checkpoint(tiny_clip.build(tmp_path / "configs"), tmp_path / "tiny.pt")


def test_missing_weights_say_how_to_fetch_them(no_network: list[str]) -> None:
    for name in ("open-clip:ViT-B-32/laion2b_s34b_b79k", "open-clip:hf-hub:owner/name"):
        with pytest.raises(EncoderError) as raised:
            _ = load_encoder(name, Modality.VISUAL).space
        assert str(raised.value) == (
            f"the weights of {name} are not on this machine; fetch them once with `egosearch models pull {name}`"
        )
    assert no_network == []


def test_what_a_text_tower_needs_is_asked_for_too(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = {**tiny_clip.SETTINGS["text_cfg"], "hf_tokenizer_name": "owner/words"}
    tiny_clip.know(tmp_path / "configs", "ViT-tiny-words", text_cfg=text)
    weights = tiny_clip.save_checkpoint(tiny_clip.build(tmp_path / "configs"), tmp_path / "tiny.pt")
    name = f"open-clip:ViT-tiny-words/{weights}"
    encoder = load_encoder(name, Modality.VISUAL)
    assert encoder.space.dim == DIM
    with pytest.raises(EncoderError) as raised:
        encoder.encode_text(["a mug"])
    assert str(raised.value) == (
        f"owner/words, with which {name} reads texts, is not on this machine;"
        " fetch it once with `hf download owner/words --include '*.json' '*.txt' '*.model'`"
    )


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("ViT-B-23/laion2b_s34b_b79k", "OpenCLIP knows no model 'ViT-B-23'; did you mean ViT-B-"),
        ("ViT-B-32/laion2b_s34b", "OpenCLIP has no weights 'laion2b_s34b' for ViT-B-32; did you mean laion2b_"),
        ("ViT-B-32/LAION2B-s34b-b79k", "OpenCLIP has no weights 'LAION2B-s34b-b79k' for ViT-B-32; "),
        ("ViT-B-32", "open-clip:ViT-B-32 lacks its weights; write open-clip:ViT-B-32/WEIGHTS, where there are openai"),
        ("vit_large/", "OpenCLIP knows no model 'vit_large'; "),
        ("ViT-B-32//no/such/file.pt", "there is no file /no/such/file.pt, which the encoder open-clip:ViT-B-32//no"),
        ("/no/such/folder", "there is no /no/such/folder/open_clip_config.json; the encoder open-clip:/no/such/folder"),
    ],
)
def test_a_wrong_name_is_answered_with_near_ones(variant: str, sentence: str) -> None:
    with pytest.raises(EncoderError) as raised:
        _ = visual(variant).space
    assert str(raised.value).startswith(sentence)


def test_a_folder_that_is_not_a_model_is_said_so(tmp_path: Path) -> None:
    folder = tiny_clip.save_folder(tiny_clip.build(tmp_path / "configs"), tmp_path / "folder")
    (folder / CONFIG).write_text("{}")
    with pytest.raises(EncoderError, match="does not describe a model of OpenCLIP"):
        _ = visual(folder).space
    (folder / SAFE_WEIGHTS).unlink()
    with pytest.raises(EncoderError, match="there are no weights in"):
        _ = visual(folder).space


def test_weights_of_another_model_are_refused(weights: Path, tmp_path: Path) -> None:
    tiny_clip.know(tmp_path / "configs", "ViT-wide", embed_dim=24)
    encoder = visual(f"ViT-wide/{weights}")
    with pytest.raises(EncoderError, match=r"the weights .*tiny.pt cannot be loaded as open-clip:ViT-wide/.* \("):
        encoder.encode([clip(plain(RED))])


class _Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("false",)


def test_a_checkpoint_that_runs_code_is_refused(weights: Path) -> None:
    torch.save({"state_dict": _Attack()}, weights)
    with pytest.raises(EncoderError, match="cannot be loaded as"):
        visual(f"{NAME}/{weights}").encode([clip(plain(RED))])

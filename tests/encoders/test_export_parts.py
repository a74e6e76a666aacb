"""What an exported model does without its package, compared with the package itself, and pulled files with the hub's.

Element for element: a picture that is scaled by another rule, or a word that is cut elsewhere, is another vector.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("open_clip")

from PIL import Image

from egosearch.models.pulling import order, pull
from indexers.encoders.exported.making.tokens import fast_tokenizer, simple_tokenizer
from indexers.encoders.exported.pictures import prepared
from indexers.encoders.exported.settings import TOKENIZER, PictureSettings, ResizeMode, TextSettings
from indexers.encoders.exported.sounds import log_mel
from indexers.encoders.exported.texts import Tokenizer
from indexers.encoders.extras import offline
from indexers.encoders.hub import cached_snapshots
from tests.egosearch.models.conftest import folder, hub
from tests.egosearch.models.fake_hub import COMMIT, FakeHub

__all__ = ["folder", "hub"]

CURLED = "I’ve “lost” it"
TYPED = st.text(st.sampled_from("abcXYZ 0129'’“”.,!?-_&;éßñ東Пж\t\n") | st.characters(max_codepoint=0x2FF), max_size=40)


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [(32, 32), (24, 32)])
def test_pictures_are_prepared_as_openclip_does(mode: ResizeMode, interpolation: str, size: tuple[int, int]) -> None:
    from open_clip.transform import PreprocessCfg, image_transform_v2

    mean, std = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
    theirs = image_transform_v2(
        PreprocessCfg(size=size, mean=mean, std=std, interpolation=interpolation, resize_mode=mode, fill_color=7),
        is_train=False,
    )
    ours = PictureSettings(
        height_px=size[0],
        width_px=size[1],
        resize_mode=mode,
        interpolation="bilinear" if interpolation == "bilinear" else "bicubic",
        mean=mean,
        std=std,
        fill=7,
        pixels=1,
    )
    random = np.random.default_rng(3)
    for width, height in ((64, 36), (37, 61), (100, 33), (32, 32), (20, 24), (33, 32), (1, 5)):
        rgb = random.integers(0, 256, (height, width, 3), np.uint8)
        np.testing.assert_allclose(prepared(rgb, ours)[0], theirs(Image.fromarray(rgb)).numpy(), atol=1e-6)


@pytest.fixture(scope="module")
def theirs() -> Any:
    """Return OpenCLIP's tokenizer."""
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer()


@pytest.fixture(scope="module")
def words(theirs: Any, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """Return the same without its package."""
    json, text = simple_tokenizer(theirs)
    place = tmp_path_factory.mktemp("words")
    (place / TOKENIZER).write_text(json)
    return Tokenizer(place, text)


@settings(max_examples=400, deadline=None)
@given(TYPED)
def test_openclips_tokenizer(words: Tokenizer, theirs: Any, text: str) -> None:
    from open_clip.tokenizer import ftfy

    if ftfy.fix_text(text, uncurl_quotes=False) != text:
        return  # mended by ftfy, which is not there afterwards
    assert words(text)[0].tolist() == theirs([text])[0].tolist()


def test_openclips_tokenizer_on_what_people_type(words: Tokenizer, theirs: Any) -> None:
    for text in (CURLED, "", "the <end_of_text> of it", "THE KETTLE'S ON & 3 &lt; 4", "fan " * 100, "x" * 200):
        assert words(text)[0].tolist() == theirs([text])[0].tolist(), text


def test_a_tokenizer_of_transformers(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from open_clip.tokenizer import HFTokenizer
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer()
    special = ["<pad>", "</s>", "<unk>"]
    trained.train_from_iterator(["a kettle on the stove"], vocab_size=300, special_tokens=special, show_progress=False)
    trained._tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    roles = dict(zip(("pad_token", "eos_token", "unk_token"), special, strict=True))
    inner = PreTrainedTokenizerFast(tokenizer_object=trained._tokenizer, **roles)
    inner.save_pretrained(str(tmp_path / "theirs"))
    theirs = HFTokenizer(str(tmp_path / "theirs"), context_length=12, clean="canonicalize")
    json, text = fast_tokenizer(theirs)
    assert text == TextSettings("canonicalize", 12, padding_id=0, end_id=1, has_mask=False)
    (tmp_path / TOKENIZER).write_text(json)
    ours = Tokenizer(tmp_path, text)
    for sentence in ("A kettle, on!", CURLED, "", "kettle " * 30):
        assert ours(sentence)[0].tolist() == theirs([sentence])[0].tolist(), sentence


def test_spectrograms_are_clap_s() -> None:
    pytest.importorskip("torchlibrosa")
    import torch

    from indexers.encoders.laion_clap.sound import log_mel as theirs

    random = np.random.default_rng(2)
    filters = (np.abs(random.normal(size=(513, 64))) / 100).astype(np.float32)
    for level in (1.0, 1e-3, 0.0):
        samples = (level * random.normal(size=480_000)).astype(np.float32)
        expected = theirs(torch.from_numpy(samples)[None], torch.from_numpy(filters)).numpy()
        np.testing.assert_allclose(log_mel(samples, filters), expected, atol=2e-3)


def test_what_is_pulled_is_found_by_the_hubs_own_client(hub: FakeHub, folder: Path) -> None:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    pull(order("laion-clap:roberta-base"))
    cache = folder / "hub"
    expected = cache / "models--roberta-base" / "snapshots" / COMMIT / "config.json"
    assert cached_snapshots("roberta-base") == (expected.parent,)
    assert try_to_load_from_cache("roberta-base", "config.json", cache_dir=cache) == str(expected)
    with offline():
        found = hf_hub_download("roberta-base", "vocab.json", cache_dir=cache)
    assert Path(found).read_bytes() == hub.repositories["roberta-base"]["vocab.json"]


@pytest.mark.parametrize(
    ("name", "repository", "files"),
    [
        (
            "open-clip:ViT-B-32/laion2b_s34b_b79k",
            "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
            {"open_clip_model.safetensors": b"w" * 2000, "open_clip_pytorch_model.bin": b"v" * 2000, "README.md": b"#"},
        ),
        (
            "open-clip:ViT-B-32/openai",
            "timm/vit_base_patch32_clip_224.openai",
            {"open_clip_model.safetensors": b"w" * 2000},
        ),
        (
            "open-clip:hf-hub:owner/name",
            "owner/name",
            {"open_clip_model.safetensors": b"w", "open_clip_config.json": b"{}", "tokenizer.json": b"{}"},
        ),
    ],
)
def test_openclip_models_are_pulled_from_where_they_are_published(
    hub: FakeHub, folder: Path, name: str, repository: str, files: dict[str, bytes]
) -> None:
    hub.repositories[repository] = files
    pull(order(name))
    (snapshot,) = cached_snapshots(repository)
    wanted = set(files) - {"README.md", "open_clip_pytorch_model.bin"}
    assert {path.name for path in snapshot.iterdir()} == wanted, "the same weights once"


def test_a_tokenizer_from_elsewhere_is_pulled_too(hub: FakeHub, folder: Path) -> None:
    hub.repositories["timm/ViT-B-16-SigLIP2"] = {"open_clip_model.safetensors": b"w", "tokenizer.json": b"{}"}
    pull(order("open-clip:ViT-B-16-SigLIP2/webli"))
    (snapshot,) = cached_snapshots("timm/ViT-B-16-SigLIP2")
    assert {path.name for path in snapshot.iterdir()} == {"open_clip_model.safetensors", "tokenizer.json"}


def test_sizes_of_whisper_are_pulled_as_folders(hub: FakeHub, folder: Path) -> None:
    pytest.importorskip("faster_whisper")
    files = {"model.bin": b"m" * 2000, "config.json": b"{}", "tokenizer.json": b"{}", "vocabulary.txt": b"a"}
    hub.repositories["Systran/faster-whisper-small"] = {**files, "README.md": b"#"}
    pull(order("whisper:small?language=de"))
    assert {path.name for path in (folder / "whisper" / "small").iterdir()} == set(files)

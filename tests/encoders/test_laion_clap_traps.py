"""What LAION-CLAP's packages and files have in store for who loads them, one test each."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexers.encoders import load_encoder
from indexers.encoders.laion_clap.checkpoint import read_weights
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span
from tests.encoders import tiny_clap

if not tiny_clap.is_installed():
    pytest.skip("needs the extra clap", allow_module_level=True)

CLIPS = [
    Clip(Span(0, 2), samples=np.random.default_rng(i).normal(0, 0.1 * 3**i, 96_000).astype(np.float32))
    for i in range(2)
]
TEXTS = ["a kettle", "running water"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_clap.make_models(tmp_path_factory.mktemp("clap") / "models")


@pytest.fixture
def checkpoint(made: Path) -> Path:
    return made / "laion-clap" / f"{tiny_clap.NAME}.pt"


@pytest.fixture
def roberta(models: Path) -> Path:
    """Lay RoBERTa's files into this test's own models' folder, and return theirs."""
    return tiny_clap.make_roberta(models / "hub")


def embed(checkpoint: Path) -> tuple[Any, Any]:
    load_encoder.cache_clear()
    encoder = load_encoder(f"laion-clap:{checkpoint}", Modality.AUDIO)
    return encoder.encode(CLIPS).dense(), encoder.encode_text(TEXTS).dense()


def in_a_process_of_its_own(code: str, *arguments: Path, **variables: str) -> str:
    """Run code with arguments and return what it printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, **variables}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


THE_AUTHORS_WAY = """
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np, laion_clap
checkpoint, given, made = sys.argv[1:]
model = laion_clap.CLAP_Module(enable_fusion=False, device="cpu", amodel="HTSAT-tiny")
model.load_ckpt(checkpoint, verbose=False)
audio = model.get_audio_embedding_from_data(np.load(given), use_tensor=False)
np.savez(made, audio=audio, text=model.get_text_embedding(["a kettle", "running water"]))
"""


def test_rows_are_those_of_the_authors_own_code(
    checkpoint: Path, roberta: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theirs needs three tokenizers and the weights of RoBERTa from the hub, and is given them; ours needs neither."""
    monkeypatch.setattr("indexers.encoders.laion_clap.encoder.PROMPTS", ("{}",))
    tiny_clap.make_authors_cache(tmp_path / "huggingface" / "hub", tiny_clap.random_weights())
    np.save(tmp_path / "given.npy", np.stack([clip.samples for clip in CLIPS if clip.samples is not None]))
    in_a_process_of_its_own(
        THE_AUTHORS_WAY, checkpoint, tmp_path / "given.npy", tmp_path / "made.npz", HF_HUB_OFFLINE="1"
    )
    theirs = np.load(tmp_path / "made.npz")
    audio, text = embed(checkpoint)
    assert np.abs(audio - theirs["audio"]).max() < 1e-4
    assert np.abs(text - theirs["text"]).max() < 1e-4
    assert np.abs(np.diff(audio, axis=0)).max() > 1e-3  # or the first would say nothing


OUR_WAY = """
import sys, warnings
warnings.simplefilter("error")
import numpy as np
from indexers.encoders import load_encoder
from indexers.types import Clip, Modality, Span
path = list(sys.path)
encoder = load_encoder("laion-clap:" + sys.argv[1], Modality.AUDIO)
encoder.space
assert "torch" not in sys.modules
encoder.encode([Clip(Span(0, 2), samples=np.ones(96000, np.float32))])
assert "transformers" not in sys.modules
unwanted = {"laion_clap", "clap_module", "torchvision", "sklearn", "timm", "numba", "wandb", "webdataset", "h5py"}
assert not unwanted & set(sys.modules), unwanted & set(sys.modules)
encoder.encode_text(["a kettle"])
assert not (unwanted - {"torchvision"}) & set(sys.modules)
assert sys.path == path
"""


def test_loading_imports_little_and_says_nothing(checkpoint: Path, roberta: Path) -> None:
    """`import laion_clap` fetches three tokenizers, changes `sys.path` and prints; torchvision may not even import."""
    assert in_a_process_of_its_own(OUR_WAY, checkpoint) == ""


def test_without_roberta_both_ways_say_what_fetches_it(made: Path, models: Path, checkpoint: Path) -> None:
    (models / "laion-clap").mkdir(parents=True)
    shutil.copy(checkpoint, models / "laion-clap")
    encoder = load_encoder(f"laion-clap:{tiny_clap.NAME}", Modality.AUDIO)
    remedy = f"not on this machine; .*models pull laion-clap:{tiny_clap.NAME}`$"
    with pytest.raises(EncoderError, match=remedy):
        encoder.encode(CLIPS)
    with pytest.raises(EncoderError, match=remedy):
        encoder.encode_text(TEXTS)
    with pytest.raises(EncoderError, match=r"models pull laion-clap:roberta-base`$"):
        embed(checkpoint)


def test_roberta_may_lie_where_other_programs_fetched_it(
    checkpoint: Path, roberta: Path, tmp_path: Path, models: Path
) -> None:
    _, expected = embed(checkpoint)
    shutil.rmtree(models / "hub")
    tiny_clap.make_roberta(tmp_path / "huggingface" / "hub", "FacebookAI/roberta-base")
    assert np.array_equal(embed(checkpoint)[1], expected)


def test_either_format_of_the_tokenizer_will_do(checkpoint: Path, roberta: Path) -> None:
    from transformers import RobertaTokenizerFast

    _, expected = embed(checkpoint)
    RobertaTokenizerFast.from_pretrained(str(roberta)).save_pretrained(str(roberta))
    for name in ("vocab.json", "merges.txt"):
        (roberta / name).unlink(missing_ok=True)
    assert (roberta / "tokenizer.json").is_file()
    assert np.array_equal(embed(checkpoint)[1], expected)


@pytest.mark.parametrize(("name", "content"), [("config.json", "{"), ("vocab.json", "{}"), ("merges.txt", "x")])
def test_damaged_files_of_roberta_are_named(checkpoint: Path, roberta: Path, name: str, content: str) -> None:
    """An empty vocabulary is none to transformers 5: it would go on with one of five tokens."""
    for file in (roberta / name, roberta / "merges.txt"):
        file.write_text(content)
    with pytest.raises(EncoderError, match=r"of roberta-base in .* are damaged .*fetch them again"):
        embed(checkpoint)


def test_a_roberta_of_another_size_does_not_fit(checkpoint: Path, roberta: Path) -> None:
    settings = {**json.loads((roberta / "config.json").read_text()), "num_hidden_layers": 2}
    (roberta / "config.json").write_text(json.dumps(settings))
    with pytest.raises(EncoderError, match=r"weights do not fit LAION-CLAP's network .*Missing key"):
        embed(checkpoint)


def test_numbers_of_either_numpy_are_accepted(checkpoint: Path, tmp_path: Path) -> None:
    """torch refuses them unless they are named; NumPy 2 writes another name than NumPy 1."""
    expected = read_weights(checkpoint)
    with zipfile.ZipFile(checkpoint) as old:
        (pickled,) = (name for name in old.namelist() if name.endswith("data.pkl"))
        names = {b"cnumpy.core.multiarray\n", b"cnumpy._core.multiarray\n"}
        (written,) = (name for name in names if name in old.read(pickled))
        (other,) = names - {written}
        with zipfile.ZipFile(tmp_path / "other.pt", "w") as new:
            for item in old.infolist():
                content = old.read(item)
                new.writestr(item, content.replace(written, other) if item.filename == pickled else content)
    weights = read_weights(tmp_path / "other.pt")
    assert weights.keys() == expected.keys()
    name = "audio_projection.0.bias"
    assert bool((weights[name] == expected[name]).all())


def test_nothing_in_a_checkpoint_is_run(tmp_path: Path) -> None:
    import torch

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    torch.save({"state_dict": {}, "optimizer": Trap()}, tmp_path / "trap.pt")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(Trap()))
    for name in ("trap.pt", "bare.pt"):
        with pytest.raises(EncoderError, match=r"damaged or holds more than weights, and none of it was run"):
            read_weights(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_a_torch_that_would_run_it_is_refused(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.__version__", "2.5.1+cu124")
    with pytest.raises(EncoderError, match=r"torch 2\.5\.1\+cu124 can be made to run .* pip install --upgrade torch"):
        read_weights(checkpoint)


def test_position_ids_and_the_prefix_of_several_gpus_may_be_there_or_not(
    checkpoint: Path, roberta: Path, tmp_path: Path
) -> None:
    import torch

    torch.save(tiny_clap.random_weights(), tmp_path / "bare.pt")
    names = torch.load(checkpoint, weights_only=False)["state_dict"].keys()
    assert "module.text_branch.embeddings.position_ids" in names
    for theirs, bare in zip(embed(checkpoint), embed(tmp_path / "bare.pt"), strict=True):
        assert np.array_equal(theirs, bare)


def test_a_checkpoint_with_fusion_is_refused(tmp_path: Path) -> None:
    weights = tiny_clap.random_weights(has_fusion=True)
    path = tiny_clap.save_as_the_authors(weights, tmp_path / "mine.pt")
    with pytest.raises(EncoderError, match=r"mine\.pt is a checkpoint with fusion.*such as 630k-audioset-best"):
        read_weights(path)


def test_what_is_no_checkpoint_is_refused(checkpoint: Path, roberta: Path, tmp_path: Path) -> None:
    import torch

    torch.save({"audio_branch.conv_block1.weight": torch.zeros(1)}, tmp_path / "pann.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    for name in ("pann.pt", "list.pt"):
        with pytest.raises(EncoderError, match="is no checkpoint of LAION-CLAP with HTSAT and RoBERTa"):
            read_weights(tmp_path / name)
    whole = checkpoint.read_bytes()
    for name, content in {"cut.pt": whole[: len(whole) // 2], "empty.pt": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EncoderError, match=f"the checkpoint .*{name} is damaged"):
            read_weights(tmp_path / name)
    weights = tiny_clap.random_weights()
    less = {name: value for name, value in weights.items() if name != "audio_branch.norm.weight"}
    with pytest.raises(EncoderError, match="weights do not fit LAION-CLAP's network"):
        embed(tiny_clap.save_as_the_authors(less, tmp_path / "less.pt"))

"""Exporting tiny models of both kinds, and what is left of them: the same vectors, without torch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("open_clip")
pytest.importorskip("onnx")

from egosearch.models import shelf
from egosearch.models.exporting import export
from indexers.encoders import load_encoder
from indexers.encoders.exported import making
from indexers.encoders.exported.encoders import CLAP_PROMPTS
from indexers.encoders.exported.making import comparing
from indexers.encoders.exported.making.comparing import SENTENCES, pictures, sounds
from indexers.encoders.exported.settings import Precision
from indexers.encoders.laion_clap.encoder import PROMPTS
from indexers.errors import EncoderError
from indexers.types import Modality
from tests.encoders import tiny_clap
from tests.encoders.tiny_clip import NAME as TINY
from tests.encoders.tiny_clip import build, save_checkpoint
from tests.media import BLUE, RED, RecordingOptions, make_recording

AWAY = ("torch", "torchvision", "open_clip", "laion_clap", "transformers", "onnx", "ftfy", "torchlibrosa", "regex")
"""What an exported model must do without."""
CLAP = "laion-clap:630k-audioset-best"


@pytest.fixture
def clip(tmp_path: Path) -> str:
    """Return the name of a tiny OpenCLIP model that knows colours."""
    weights = save_checkpoint(build(tmp_path / "config"), tmp_path / "weights.pt")
    return f"open-clip:{TINY}/{weights}"


@pytest.fixture
def clap(models: Path) -> str:
    """Return the name of a LAION-CLAP checkpoint whose text tower is tiny."""
    if not tiny_clap.is_installed():
        pytest.skip("LAION-CLAP is not installed")
    tiny_clap.make_models(models)
    return CLAP


def least_cosine(ours: Any, theirs: Any) -> float:
    """Return the least over rows."""
    return float((ours.dense() * theirs.dense()).sum(axis=1).min())


@pytest.mark.parametrize(("precision", "needed"), [("fp16", 0.999), ("int8", 0.98)])
def test_an_exported_openclip_model_sees_the_same(clip: str, models: Path, precision: Precision, needed: float) -> None:
    made = export(clip, precision=precision)
    assert made.least_cosine >= needed
    assert made.folder == models / "exported" / f"{TINY}-weights-{precision}"
    assert not list(models.glob("exported/.*")), "nothing is left of the work"
    ours, theirs = load_encoder(made.name, Modality.VISUAL), load_encoder(clip, Modality.VISUAL)
    assert least_cosine(ours.encode(pictures()), theirs.encode(pictures())) >= needed
    assert least_cosine(ours.encode_text(SENTENCES), theirs.encode_text(SENTENCES)) >= needed
    assert ours.input == theirs.input
    assert (ours.space.dim, ours.space.preprocessing) == (theirs.space.dim, theirs.space.preprocessing)
    assert ours.space.id != theirs.space.id
    assert len(ours.encode([])) == len(ours.encode_text([])) == 0


@pytest.mark.parametrize(("precision", "needed"), [("fp16", 0.999), ("int8", 0.98)])
def test_an_exported_clap_model_hears_the_same(clap: str, precision: Precision, needed: float) -> None:
    made = export(clap, precision=precision)
    assert made.least_cosine >= needed
    ours = load_encoder(f"{made.name}?window_s=5&hop_s=2.5", Modality.AUDIO)
    theirs = load_encoder(f"{clap}?window_s=5&hop_s=2.5", Modality.AUDIO)
    some = sounds()[::4]
    assert least_cosine(ours.encode(some), theirs.encode(some)) >= needed
    assert least_cosine(ours.encode_text(["a kettle"]), theirs.encode_text(["a kettle"])) >= needed
    row = [float(one) for one in ours.encode(sounds()[:1]).dense()[0]]
    assert without_packages(_HEAR, made.name) == pytest.approx(row, abs=1e-6)
    assert (ours.space.window_s, ours.space.hop_s) == (theirs.space.window_s, theirs.space.hop_s) == (5.0, 2.5)
    assert ours.input == theirs.input


def test_prompts_are_the_sources() -> None:
    assert CLAP_PROMPTS == PROMPTS


def test_a_row_does_not_depend_on_its_neighbours(clip: str) -> None:
    encoder = load_encoder(export(clip, precision="int8").name, Modality.VISUAL)
    together = encoder.encode(pictures()).dense()
    apart = np.concatenate([encoder.encode([one]).dense() for one in pictures()])
    np.testing.assert_array_equal(together, apart)


def test_it_is_on_the_shelf(clip: str, models: Path) -> None:
    made = export(clip, precision="fp16")
    model = shelf.find(made.name)
    assert model is not None
    assert (model.path, model.size_bytes) == (made.folder, made.size_bytes)
    assert shelf.digest(model) == load_encoder(made.name, Modality.VISUAL).space.weights_digest


def test_it_can_be_made_and_used_anywhere(clip: str, tmp_path: Path) -> None:
    made = export(clip, precision="fp16", to=tmp_path / "card" / "model")
    assert made.name == f"exported:{tmp_path / 'card' / 'model'}"
    assert load_encoder(made.name, Modality.VISUAL).encode(pictures()[:1]).dense().shape == (1, 16)


def test_a_second_export_takes_the_place_of_the_first(clip: str, tmp_path: Path) -> None:
    target = tmp_path / "model"
    first, second = (export(clip, precision=precision, to=target) for precision in ("fp16", "int8"))
    assert first.folder == second.folder
    assert json.loads((target / "model.json").read_text())["precision"] == "int8"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.jpg").touch()
    with pytest.raises(EncoderError, match="holds other things than an exported model"):
        export(clip, precision="fp16", to=tmp_path / "other")
    assert (tmp_path / "other" / "photo.jpg").exists()


def test_what_is_too_far_from_the_source_is_not_kept(clip: str, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "compare", lambda *_: {"windows": 0.9712, "texts": 1.0})
    with pytest.raises(
        EncoderError, match=r"least cosine .* is 0.9712 \(a scale a tensor\) and 0.9712 \(a scale a block\), and 0.98"
    ):
        export(clip, precision="int8")
    assert list((models / "exported").iterdir()) == []


def test_the_finer_way_is_taken_where_the_cheaper_one_is_not_enough(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = comparing.compare
    monkeypatch.setattr(
        comparing,
        "compare",
        lambda *given: measured(*given) if given[3] == "a scale a block" else {"windows": 0.5, "texts": 0.5},
    )
    made = export(clip, precision="int8")
    assert made.method == "a scale a block"
    assert made.least_cosine >= 0.98


def test_a_tokenizer_that_reads_otherwise_is_noticed(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "FAMILIES", ("open-clip",))
    monkeypatch.setattr("indexers.encoders.exported.making.tokens.WORDS", r"\S+")
    with pytest.raises(EncoderError, match=r"its tokenizer reads .* in another way"):
        export(clip, precision="fp16")


def test_weights_are_smaller(clip: str, tmp_path: Path) -> None:
    sizes = {precision: export(clip, precision=precision).size_bytes for precision in ("fp16", "int8")}
    whole = sum(parameter.numel() * 4 for parameter in build(tmp_path / "again").parameters())
    tokenizer = 1_700_000
    assert sizes["fp16"] - tokenizer < 0.6 * whole
    assert sizes["int8"] <= sizes["fp16"]


def test_without_the_package_that_writes_graphs(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(EncoderError, match=r"needs the package onnx; install it: pip install 'egosearch\[export\]'"):
        export(clip, precision="fp16")


def test_indexing_and_asking_need_neither_torch_nor_the_source(clip: str, models: Path, tmp_path: Path) -> None:
    """In a process where importing any of it fails, with the source's weights gone."""
    made = export(clip, precision="fp16")
    (tmp_path / "weights.pt").unlink()
    film = make_recording(tmp_path / "film.mp4", RecordingOptions(seconds=12, colours=(RED,) * 6 + (BLUE,) * 6))
    found = without_packages(_SEARCH, made.name, str(film), str(tmp_path / "library"))
    assert found == pytest.approx([6, 12], abs=1), "the blue half"


_AWAY = f"import sys; sys.modules.update(dict.fromkeys({AWAY!r}))\n"
_SEARCH = """
import json
from pathlib import Path
from egosearch.library import Library
from egosearch.indexing.types import IndexOptions
from egosearch.types import Query
from indexers.types import Modality
encoder, film, folder = sys.argv[1:]
with Library.open(Path(folder)) as library:
    library.index([film], options=IndexOptions(encoders={Modality.VISUAL: encoder}, jobs=1))
    found = library.answer(Query("blue", min_confidence=0)).moments[0]
print(json.dumps([found.span.start_s, found.span.end_s]))
"""
_HEAR = """
import json
from indexers.encoders import load_encoder
from indexers.encoders.exported.making.comparing import sounds
from indexers.types import Modality
row = load_encoder(sys.argv[1], Modality.AUDIO).encode(sounds()[:1]).dense()[0]
print(json.dumps([float(one) for one in row]))
"""


def without_packages(program: str, *arguments: str) -> Any:
    """Run a program where importing any of the source's packages fails; return the JSON that it prints."""
    command = [sys.executable, "-c", _AWAY + program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

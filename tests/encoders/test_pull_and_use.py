"""From the hub to a vector: models in the real formats, pulled over HTTP and loaded by their encoders, offline."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("open_clip")

from egosearch.models import shelf
from egosearch.models.pulling import order, pull
from indexers.encoders import load_encoder
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span
from tests.egosearch.models.conftest import folder, hub
from tests.egosearch.models.fake_hub import FakeHub
from tests.encoders import tiny_clap
from tests.encoders.tiny_clip import DIM, build, clip, plain, save_folder
from tests.media import BLUE

__all__ = ["folder", "hub"]


def contents(place: Path) -> dict[str, bytes]:
    """Return a folder's files by name."""
    return {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}


def test_openclip(hub: FakeHub, folder: Path, tmp_path: Path) -> None:
    name = "open-clip:hf-hub:owner/tiny"
    with pytest.raises(EncoderError, match=f"fetch them once with `egosearch models pull {name}`"):
        load_encoder(name, Modality.VISUAL).encode([clip(plain(BLUE))])
    load_encoder.cache_clear()
    hub.repositories["owner/tiny"] = contents(save_folder(build(tmp_path / "config"), tmp_path / "made"))
    pull(order(name))
    asked = len(hub.asked)
    encoder = load_encoder(name, Modality.VISUAL)
    (row,), (text,) = encoder.encode([clip(plain(BLUE))]).dense(), encoder.encode_text(["blue"]).dense()
    assert row.shape == (DIM,)
    assert row @ text > 0.9
    assert len(hub.asked) == asked, "nothing is fetched while it is loaded"
    model = shelf.find(name)
    assert model is not None
    assert model.path.name == "open_clip_model.safetensors"


def test_laion_clap(hub: FakeHub, folder: Path, tmp_path: Path) -> None:
    if not tiny_clap.is_installed():
        pytest.skip("LAION-CLAP is not installed")
    made = tiny_clap.make_models(tmp_path / "made")
    hub.repositories["lukewys/laion_clap"] = contents(made / "laion-clap")
    hub.repositories["roberta-base"] = contents(next(made.glob("hub/models--roberta-base/snapshots/*")))
    name = f"laion-clap:{tiny_clap.NAME}"
    pull(order(name))
    asked = len(hub.asked)
    encoder = load_encoder(name, Modality.AUDIO)
    noise = (np.random.default_rng(0).normal(size=96_000) / 10).astype(np.float32)
    assert encoder.encode([Clip(Span(0, 2), samples=noise)]).dense().shape == (1, 512)
    assert encoder.encode_text(["a kettle"]).dense().shape == (1, 512)
    assert len(hub.asked) == asked
    model = shelf.find(name)
    assert model is not None
    assert shelf.digest(model) == encoder.space.weights_digest

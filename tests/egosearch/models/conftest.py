"""A hub, and a models' folder of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.models import fetching
from tests.egosearch.models.fake_hub import FakeHub, serving

CHECKPOINT = b"checkpoint " * 100_000
"""1.1 MB: several blocks."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where models lie."""
    monkeypatch.setenv("EGOSEARCH_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Return a hub that has what a LAION-CLAP checkpoint needs; nobody waits between tries."""
    hub = FakeHub(licences={"lukewys/laion_clap": "cc0-1.0"})
    hub.repositories["lukewys/laion_clap"] = {"630k-best.pt": CHECKPOINT, "README.md": b"# Checkpoints"}
    hub.repositories["roberta-base"] = {
        "config.json": b'{"model_type": "roberta"}',
        "model.safetensors": b"WEIGHTS" * 1000,
        "vocab.json": b"{}",
        "merges.txt": b"#version: 0.2",
        "tokenizer.json": b"{}",
        "onnx/model.onnx": b"not wanted",
    }
    monkeypatch.setattr(fetching, "WAITS_S", (0.0, 0.0))
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(hub):
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub

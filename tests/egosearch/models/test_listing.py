"""What is said to be here, and what could be."""

import json
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from egosearch.models import families, listing, shelf
from egosearch.models.families import READY, Family
from egosearch.models.listing import Entry, entries
from egosearch.models.pulling import order, pull
from tests.egosearch.models.fake_hub import FakeHub

NAME = "laion-clap:630k-best"


def listed(**used: str) -> dict[str, Entry]:
    """Return the entries by name, as for a library made with these encoders."""
    found = entries(used)
    by_name = {entry.name: entry for entry in found}
    assert len(by_name) == len(found), "each once"
    return by_name


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every extra be there, whatever this machine has."""
    monkeypatch.setattr(families, "state", lambda *_, **__: READY)


def put(path: Path, content: str = "weights") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_an_empty_machine_has_what_ships(folder: Path) -> None:
    found = listed()
    assert [name for name, entry in found.items() if entry.size_bytes] == ["concepts"]
    assert found["concepts"].digest
    missing = found["open-clip:ViT-B-32/laion2b_s34b_b79k"]
    assert missing.state == f"not pulled; egosearch models pull {missing.name}"
    assert (missing.digest, missing.path, missing.expected_bytes) == (None, None, 605_000_000)
    assert not folder.exists(), "looking leaves nothing behind"


def test_what_is_missing_of_a_family_is_missing_of_its_models(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(families, "state", lambda family, **_: f"not installed; {family.name}")
    found = listed()
    assert found["laion-clap:630k-audioset-best"].state == "not installed; laion-clap"


def test_a_pulled_model_is_ready(hub: FakeHub, folder: Path) -> None:
    pull(order(NAME))
    entry = listed()[NAME]
    assert (entry.state, entry.licence, entry.path) == (READY, "cc0-1.0", folder / "laion-clap" / "630k-best.pt")
    assert entry.digest is not None
    assert len(entry.digest) == 12
    (folder / "hub").rename(folder / "gone")
    rest = shelf.find(NAME)
    assert rest is not None, "the checkpoint is still there, and has no receipt any more that holds"
    assert rest.licence is None


def test_models_that_were_put_there_by_hand(folder: Path) -> None:
    put(folder / "laion-clap" / "mine.pt")
    put(folder / "whisper" / "small" / "model.bin")
    put(folder / "whisper" / "small" / "config.json", "{}")
    put(folder / "whisper" / "broken" / "config.json", "{}")
    found = listed()
    assert found["laion-clap:mine"].size_bytes == len("weights")
    assert found["whisper:small"].path == folder / "whisper" / "small"
    assert found["whisper:small"].size_bytes == len("weights") + len("{}")
    assert "whisper:broken" not in found
    assert found["whisper:small"].digest == found["laion-clap:mine"].digest, "of the weights alone"


def test_exported_models(folder: Path) -> None:
    exported = folder / "exported" / "small-fp16"
    put(exported / "pictures.onnx")
    put(exported / "model.json", json.dumps({"weights": "pictures.onnx", "licence": "MIT"}))
    put(folder / "exported" / "half-fp16" / "model.json", "{")
    found = listed()
    assert (found["exported:small-fp16"].path, found["exported:small-fp16"].licence) == (exported, "MIT")
    assert "exported:half-fp16" not in found


def test_the_model_in_the_wheel(monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "carrier" / "model" / "model.bin")
    spec = ModuleSpec(shelf.CARRIER, None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path / "carrier")]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec if name == shelf.CARRIER else None)
    assert listed()["whisper:tiny.en"].path == tmp_path / "carrier" / "model"


def test_what_a_library_uses_is_marked(folder: Path) -> None:
    found = listed(audio="concepts", visual="open-clip:ViT-L-14/unheard_of?resize=squash")
    assert found["concepts"].used_by == ("audio",)
    missing = found["open-clip:ViT-L-14/unheard_of"]
    assert missing.used_by == ("visual",)
    assert "pull open-clip:ViT-L-14/unheard_of" in missing.state


def test_a_model_named_by_its_file(folder: Path, tmp_path: Path) -> None:
    weights = put(tmp_path / "mine.pt")
    for name in (f"laion-clap:{weights}?window_s=5", f"open-clip:ViT-B-32/{weights}"):
        model = shelf.find(name)
        assert model is not None
        assert model.path == weights
    assert shelf.find(f"laion-clap:{tmp_path}/other.pt") is None
    assert shelf.find("open-clip:ViT-B-32/openai") is None


def test_a_damaged_receipt_is_passed_over(hub: FakeHub, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    pull(order(NAME))
    (receipt,) = (folder / "receipts").glob("*.json")
    receipt.write_text("{")
    assert [model.name for model in shelf.models()] == [NAME]
    assert "cannot be read" in caplog.text


def test_a_model_of_which_a_file_is_gone(hub: FakeHub, folder: Path) -> None:
    pull(order(NAME))
    (folder / "laion-clap" / "630k-best.pt").unlink()
    assert shelf.incomplete() == [NAME]
    assert listed()[NAME].state == f"no longer whole; egosearch models pull {NAME}"
    pull(order(NAME))
    assert listed()[NAME].state == READY


def test_shipped_weights_are_counted() -> None:
    assert listing.shipped_bytes() > 20_000_000


def test_an_encoder_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    missing = Family("x", "audio", "", "", package="no_such_package", extra="clip")
    assert families.state(missing, is_registered=True) == "not installed; pip install 'egosearch[clip]'"
    here = Family("x", "audio", "", "", package="json", extra="clip")
    assert families.state(here, is_registered=False) == "in a later version; this one cannot use it yet"
    assert families.state(here, is_registered=True) == READY

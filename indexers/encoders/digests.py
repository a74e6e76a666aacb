"""Digests of weight files, remembered: hashing a gigabyte takes a second, and every start needs one."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from indexers.encoders.model_folder import models_folder
from indexers.errors import EncoderError

_BLOCK_BYTES = 1 << 20


def file_digest(path: Path) -> str:
    """Return 12 hexadecimal digits over a file's content: a copy of it elsewhere has the same.

    Remembered in `digests.json` of the models' folder for as long as the path, size and modification time stay; where
    that cannot be written it is hashed again.

    Raises:
        EncoderError: The file cannot be read.
    """
    try:
        real = path.resolve(strict=True)
        facts = real.stat()
        stamp = [facts.st_size, facts.st_mtime_ns]
        known = recall(f"file {real}", stamp)
        if isinstance(known, str):
            return known
        with real.open("rb") as file:
            digest = hashlib.blake2b(digest_size=6)
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise EncoderError(f"the weights {path} cannot be read ({error.strerror}); check the path") from error
    remember(f"file {real}", stamp, digest.hexdigest())
    return digest.hexdigest()


def recall(key: str, stamp: list[Any]) -> Any:
    """Return what was remembered under a key while its stamp was this very one, else None."""
    entry = _read().get(key)
    return entry["value"] if isinstance(entry, dict) and entry.get("stamp") == stamp and "value" in entry else None


def remember(key: str, stamp: list[Any], value: Any) -> None:
    """Remember a JSON value under a key until the stamp changes. Failing to is no error: it is only slower.

    Two processes that write at once may lose one of the two entries, never the file.
    """
    path = models_folder() / "digests.json"
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    entries = {**_read(), key: {"stamp": stamp, "value": value}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(entries, indent=1, sort_keys=True), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _read() -> dict[str, Any]:
    try:
        entries = json.loads((models_folder() / "digests.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}

"""What an archive says of itself, first of all: which parts it has, how large each is, and its digest."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from egosearch.backup.errors import refuse

FORMAT = 1
"""Raised when parts change their meaning. An archive of a higher one is refused."""
NAME = "manifest.json"
MAX_BYTES = 16 << 20
"""A hundred million windows in three spaces are 25,000 parts, whose lines are 4 MB."""
MAX_PART_BYTES = 1 << 33
"""What a tar's header can say without extensions."""
SETTINGS = "egosearch.toml"
ARRAYS = ("recordings", "windows", "index", "values", "lengths", "indices")
_PART = re.compile(
    rf"egosearch\.toml|catalogue/[a-z_]{{1,64}}\.jsonl|vectors/[0-9a-f]{{12}}/[0-9]{{6}}/({'|'.join(ARRAYS)})\.npy"
)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Part:
    """A file of an archive."""

    name: str
    """With slashes between folders."""
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds."""

    egosearch: str
    """The version that wrote it, for people."""
    catalogue: int
    """The number of the catalogue's last migration."""
    exported_at: str
    """As ISO 8601 writes it."""
    recordings: int
    vectors: int
    missing: int
    """See `BackupReport`."""
    parts: tuple[Part, ...]

    def to_json(self) -> bytes:
        """Return it as a file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read what `to_json` wrote.

        Raises:
            ArchiveError: It is none, says what cannot be, or is of a newer version.
        """
        try:
            values = json.loads(data)
            if not isinstance(values, dict):
                raise refuse(f"its {NAME} is none")
            version = _number(values, "format", 1 << 31)
            if version > FORMAT:
                raise refuse(f"it has format {version} and this egosearch knows {FORMAT} at most", "upgrade egosearch")
            parts = tuple(_part(one) for one in values["parts"])
            manifest = cls(
                egosearch=str(values["egosearch"])[:100],
                catalogue=_number(values, "catalogue", 1 << 31),
                exported_at=str(values["exported_at"])[:100],
                recordings=_number(values, "recordings", 1 << 40),
                vectors=_number(values, "vectors", 1 << 40),
                missing=_number(values, "missing", 1 << 40),
                parts=parts,
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise refuse(f"its {NAME} cannot be read ({type(error).__name__}: {error})") from error
        if len({part.name for part in parts}) < len(parts):
            raise refuse(f"its {NAME} names a part twice")
        return manifest

    @property
    def size_bytes(self) -> int:
        """All parts together."""
        return sum(part.size_bytes for part in self.parts)


def _part(values: Mapping[str, Any]) -> Part:
    name, digest = values["name"], values["sha256"]
    if not (isinstance(name, str) and _PART.fullmatch(name)):
        raise refuse(f"it holds {str(name)[:80]!r}, which is no part of an export")
    if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise refuse(f"the digest of its part {name} is none")
    return Part(name, _number(values, "size_bytes", MAX_PART_BYTES), digest)


def _number(values: Mapping[str, Any], name: str, most: int) -> int:
    number = values[name]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < most:
        raise refuse(f"its {NAME} says {name} = {str(number)[:40]}, which cannot be")
    return number

"""What would give away that something is still on the disk: words and paths, looked for byte by byte.

What is looked for is taken from the library before it is forgotten, and only what is nowhere else in it. That nothing
is found does not prove that nothing is there, since engines compress; it catches what they leave lying about. Vectors
are not among it: silence sounds alike in every recording.
"""

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST = 16
"""Traces looked for at once: each takes a second a gigabyte."""
SHORTEST_BYTES = 16
"""What is shorter may be anywhere by chance, or in another's words."""


@dataclass(frozen=True)
class Traces:
    """Bytes that are to be nowhere."""

    needles: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, candidates: Iterable[bytes]) -> "Traces":
        """Take the first of some that are long enough."""
        usable = dict.fromkeys(one for one in candidates if len(one) >= SHORTEST_BYTES)
        return cls(tuple(usable)[:MOST])

    def found_in(self, files: Iterable[Path]) -> list[Path]:
        """Return the files that hold any of them."""
        return [path for path in files if self._are_in(path)]

    def _are_in(self, path: Path) -> bool:
        if not self.needles or path.stat().st_size == 0:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return any(mapped.find(needle) >= 0 for needle in self.needles)


def files_below(folder: Path, *, without: Iterable[Path] = ()) -> Iterator[Path]:
    """Yield the regular files in a folder and below, but for those at or below some paths."""
    left_out = set(without)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and left_out.isdisjoint((path, *path.parents)):
            yield path

"""Where a library's bytes are: by part, by space, and what of them was there before anything was indexed.

Sizes are those of whole blocks of the disk.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from egosearch.config import LibraryPaths
from egosearch.stores.folders import space_of, volume_folders
from indexers.types import EmbeddingSpace

CATALOGUE_BYTES = 180_000
"""Of a catalogue in which one short recording is: every column of every table has a block or a part of one."""
VECTORS_BYTES = 110_000
"""Of the engine's files of one space that holds a few windows: twenty files of a block each, and their folders."""
SCAN_BYTES = 8_000
"""Of a space's search cache that holds a few windows, and of what belongs to none."""


def bytes_by_part(paths: LibraryPaths) -> dict[str, int]:
    """Return what each part of a library takes."""
    parts = {"catalogue": 0, "vectors": 0, "scan": 0, "other": 0}
    names = {paths.vectors.name: "vectors", paths.scan.name: "scan", paths.compared.name: "scan"}
    for file in paths.folder.rglob("*"):
        top = file.relative_to(paths.folder).parts[0]
        part = "catalogue" if top.startswith(paths.catalog.name) else names.get(top, "other")
        parts[part] += _on_disk(file)
    return parts


def vector_bytes(paths: LibraryPaths) -> dict[str, int]:
    """Return what the vectors of each space take, by the space's id."""
    found: dict[str, int] = {}
    for file in paths.vectors.rglob("*"):
        space_id = space_of(paths.vectors / file.relative_to(paths.vectors).parts[0])
        found[space_id] = found.get(space_id, 0) + _on_disk(file)
    return found


def bytes_by_space(paths: LibraryPaths, spaces: Iterable[EmbeddingSpace]) -> dict[str, int]:
    """Return what vectors and search cache of each space take, by its sense and encoder: "audio concepts".

    Two spaces of one name, as two versions of an encoder make them, count as one. The catalogue has no part for each.
    """
    found: dict[str, int] = {}
    for space in spaces:
        name = f"{space.modality} {space.model}"
        cached = (file for folder in (paths.scan, paths.compared) for file in folder.rglob(f"{space.id}.*"))
        own = (file for folder in volume_folders(paths.vectors, space.id) for file in (folder, *folder.rglob("*")))
        found[name] = found.get(name, 0) + sum(map(_on_disk, [*own, *cached]))
    return found


def fixed_bytes(paths: LibraryPaths, spaces: Sequence[EmbeddingSpace]) -> int:
    """Return about what the library would take if its recordings were a few seconds long."""
    own = [space for space in spaces if volume_folders(paths.vectors, space.id)]
    cached = [space for space in spaces if any(paths.scan.glob(f"*/{space.id}.*"))]
    return CATALOGUE_BYTES + VECTORS_BYTES * len(own) + SCAN_BYTES * len(cached)


def _on_disk(path: Path) -> int:
    try:
        stat = path.lstat()
    except FileNotFoundError:  # a run in progress renames and removes
        return 0
    # Blocks, not lengths: the vectors' files are full of holes. Windows does not count them.
    return int(getattr(stat, "st_blocks", stat.st_size // 512)) * 512

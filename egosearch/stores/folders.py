"""How the folders of an embedded store are called, a folder a volume: `<space id>`, `<space id>.2`, `<space id>.3`.

A library whose spaces have one volume each looks as libraries did before there were several.
"""

from pathlib import Path

UNFINISHED = "."
"""Folders whose names start so are being made or removed; the next opening sweeps them."""


def space_of(folder: Path) -> str:
    """Return the id of the space that a volume's folder is of."""
    return folder.name.partition(".")[0]


def volume_folders(path: Path, space_id: str | None = None) -> list[Path]:
    """Return the folders of a space's volumes, or of all spaces', the first one made first."""
    if not path.is_dir():
        return []
    folders = (child for child in path.iterdir() if child.is_dir() and not child.name.startswith(UNFINISHED))
    return sorted((one for one in folders if space_id in (None, space_of(one))), key=_place)


def next_folder(path: Path, space_id: str) -> Path:
    """Return the folder of the volume that is made next in a space."""
    there = volume_folders(path, space_id)
    return path / f"{space_id}.{_place(there[-1])[1] + 1}" if there else path / space_id


def _place(folder: Path) -> tuple[str, int]:
    number = folder.name.partition(".")[2]
    return space_of(folder), int(number) if number.isdecimal() else 1

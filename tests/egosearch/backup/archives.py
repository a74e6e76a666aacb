"""Exports to take apart: files of a folder, and what somebody who writes archives by hand may write."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from egosearch.backup import manifest as manifests
from egosearch.backup.archive import digest_of


def signed(folder: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """Write the manifest of an exported folder anew, for the files that are in it now, and return the folder."""
    path = folder / manifests.NAME
    values = json.loads(path.read_bytes())
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one != path)
    values["parts"] = [
        {"name": one.relative_to(folder).as_posix(), "size_bytes": one.stat().st_size, "sha256": digest_of(one)}
        for one in files
    ]
    if change is not None:
        change(values)
    path.write_text(json.dumps(values))
    return folder


def tar_of(folder: Path, target: Path, *extra: tuple[tarfile.TarInfo, bytes], skip: str = "") -> Path:
    """Write a folder as the tar that an export would be, with more members at its end."""
    names = [one["name"] for one in json.loads((folder / manifests.NAME).read_bytes())["parts"]]
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in (manifests.NAME, *names):
            if name != skip:
                tar.add(folder / name, name)
        for info, content in extra:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return target


def edit_lines(folder: Path, table: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change each row of a table."""
    path = folder / "catalogue" / f"{table}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        edit(row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

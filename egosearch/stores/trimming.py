"""Cut the zeros that an engine preallocates off the ends of its files while nobody has them open.

Qdrant Edge makes files of 32 MB of which a small library fills a few hundred kilobytes. The disk does not mind, since
the rest is a hole, but `cp`, backups, `du --apparent-size` and file managers see 70 MB for an empty library.

The order keeps every kill safe: the sizes are written down, durably, before the first file is cut, and forgotten only
after the last one has its size back. Restoring only ever lengthens a file, so doing it twice, or half, does no harm.
Zeros are found by reading and not by asking for holes (`SEEK_HOLE`): that holds on every file system and for copies
that filled the holes, costs 5 ms for 32 MB, and never cuts a byte that was not read as zero.
"""

import json
import os
from pathlib import Path

RECORD = "trimmed.json"
"""In the folder: the sizes that files had, by path below the folder."""
BLOCK_BYTES = 4096
"""Cuts fall on whole blocks: the last one costs its disk space anyhow."""
CHUNK_BYTES = 1 << 20
WORTHWHILE_BYTES = 16 << 10
"""Files that would shrink by less are left alone."""


def trim(folder: Path) -> None:
    """Cut the zero tails off the files below `folder`, which nobody has open.

    A folder that is trimmed already is left as it is.

    Raises:
        OSError: A file cannot be read or written; the folder can be restored all the same.
    """
    record = folder / RECORD
    if record.exists():
        return
    lengths = {path: trimmed_length(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    tails = {path: length for path, length in lengths.items() if path.stat().st_size - length >= WORTHWHILE_BYTES}
    if not tails:
        return
    write_record(record, {path.relative_to(folder).as_posix(): path.stat().st_size for path in tails})
    for path, length in tails.items():
        os.truncate(path, length)


def restore(folder: Path) -> None:
    """Give the files below `folder` the sizes they had before `trim`; without a record, do nothing.

    Raises:
        OSError: A file cannot be written.
    """
    record = folder / RECORD
    if not record.exists():
        return
    for name, size_bytes in json.loads(record.read_text(encoding="utf-8")).items():
        path = folder / name
        if path.stat().st_size < size_bytes:
            os.truncate(path, size_bytes)
    # Lengthening and unlinking are metadata of one file system, which journals them in this order.
    record.unlink()


def trimmed_length(path: Path) -> int:
    """Return the length of `path` up to the block with its last byte that is not zero; never more than its size."""
    size_bytes = path.stat().st_size
    buffer, zeros = bytearray(CHUNK_BYTES), bytes(CHUNK_BYTES)
    with path.open("rb", buffering=0) as file:
        for start in reversed(range(0, size_bytes, CHUNK_BYTES)):
            file.seek(start)
            length = file.readinto(buffer) or 0
            # Comparing is ten times as fast as stripping, and all but one chunk are zeros.
            if buffer[:length] != zeros[:length]:
                filled = start + len(buffer[:length].rstrip(b"\0"))
                return min(size_bytes, -(-filled // BLOCK_BYTES) * BLOCK_BYTES)
    return 0


def write_record(record: Path, sizes: dict[str, int]) -> None:
    """Write `sizes` so that a power failure leaves the whole record or none."""
    draft = record.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(sizes, file, indent=0)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(record)
    if hasattr(os, "O_DIRECTORY"):  # not on Windows, which has no way to ask for it
        handle = os.open(record.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

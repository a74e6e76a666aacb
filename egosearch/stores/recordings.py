"""Which recordings a shard has windows of: a window's id tells recordings apart, but does not spell their ids out.

A file in the shard's folder, a recording a line, that only grows: a recording that was removed stays in it. A line is
durable before the first window is written, so whatever a kill leaves, every window's recording is known. A line that
a kill left without its end was never used, and is cut off.
"""

import json
import os
import uuid
from contextlib import suppress
from pathlib import Path

from egosearch.errors import StoreError
from egosearch.stores.base import recording_key

LIST = "recordings.jsonl"
"""In the shard's folder: each line is a recording id, as a JSON string."""


class RecordingList:
    """The list in a folder that exists."""

    def __init__(self, folder: Path) -> None:
        """Read the list; a missing file is an empty one.

        Raises:
            OSError: It cannot be read.
            StoreError: It is damaged.
        """
        self._path = folder / LIST
        self._known: dict[bytes, str] = {}
        content = self._path.read_bytes() if self._path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self._path, len(whole))
        try:
            for line in whole.splitlines():
                recording_id = str(json.loads(line))
                self._known[recording_key(recording_id)] = recording_id
        except ValueError as error:
            raise StoreError(f"{self._path} is damaged ({error}); {_REMEDY}") from error

    def add(self, recording_id: str) -> None:
        """Make sure that a recording is in the list, durably.

        Raises:
            OSError: The list cannot be written.
        """
        key = recording_key(recording_id)
        if key in self._known:
            return
        length = self._path.stat().st_size if self._path.exists() else 0
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(json.dumps(recording_id) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                os.truncate(self._path, length)  # a piece of a line would spoil the next one
            raise
        self._known[key] = recording_id

    def names(self) -> list[str]:
        """Return the recordings in the list, in the order in which they were added."""
        return list(self._known.values())

    def __contains__(self, recording_id: str) -> bool:
        return recording_key(recording_id) in self._known

    def owner(self, point_id: uuid.UUID) -> str:
        """Return the recording that a window is of.

        Raises:
            StoreError: The list does not have it.
        """
        key = point_id.bytes[:-4]
        if key not in self._known:
            raise StoreError(f"{self._path} does not name the recording of a window; {_REMEDY}")
        return self._known[key]


_REMEDY = "restore the folder from a backup, or remove it and index again"

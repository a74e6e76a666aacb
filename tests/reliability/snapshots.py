"""All that a library promises to keep, as plain values: two libraries are equal where these are."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from egosearch.catalog import Catalog
from egosearch.library import Library
from egosearch.stores import EmbeddedStore, Filter
from egosearch.types import Query

QUERIES = ("blue", "a high tone", "red while there is a low tone", "silence", "yellow", "middle")


@dataclass(frozen=True)
class Snapshot:
    """What is in a library, without the times at which it came there."""

    recordings: dict[str, Any]
    """By id."""
    spaces: dict[str, bool]
    """By id: whether searches use it."""
    windows: dict[tuple[str, str], tuple[bytes, ...]]
    """By space and recording: numbers, times and quality."""
    levels: dict[str, bytes]
    utterances: dict[str, Any]
    failures: list[Path]
    removing: list[str]
    vectors: dict[tuple[str, str], tuple[bytes, bytes]]
    """By space and recording, as they are read back: numbers and values."""
    counted: dict[str, int]
    """By each space that the store has: all windows in it, whoever's they are."""
    answers: dict[str, Any]
    """By query."""
    findings: list[str]
    """What `Library.verify` finds amiss."""
    leftovers: list[str]
    """Files and folders that are only there while something is being written."""

    def differences(self, other: "Snapshot") -> list[str]:
        """Return what is not the same in both."""
        names = [field.name for field in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def snapshot(folder: Path) -> Snapshot:
    """Read a library that nobody has open; its search cache is brought up to date."""
    with Library.open(folder, read_only=True) as library:
        answers = {text: library.answer(Query(text, min_confidence=0)).moments for text in QUERIES}
        findings = [str(finding) for finding in library.verify().findings]
        said = {one.recording_id: library.transcript(one.recording_id) for one in library.recordings()}
    with (
        Catalog.open(folder / "catalog.duckdb", read_only=True) as catalog,
        EmbeddedStore(folder / "vectors") as store,
    ):
        known = {one.recording.recording_id: one for one in catalog.recordings()}
        spaces = catalog.spaces()
        default_ids = {space.id for space in catalog.default_spaces()}
        windows, vectors = {}, {}
        for space in spaces:
            for recording_id in known:
                found = catalog.windows(space.id, recording_id)
                quality = [getattr(found.quality, field.name) for field in fields(found.quality)]
                columns = (found.index, found.start_s, found.end_s, *quality)
                windows[space.id, recording_id] = tuple(column.tobytes() for column in columns)
                rows = store.scan(space, recording_id)
                if rows is not None:
                    vectors[space.id, recording_id] = (rows.index.tobytes(), rows.embeddings.dense().tobytes())
        stored = {space.id: space for space in spaces if space.id in store.spaces()}
        levels = {one: catalog.levels(one) for one in known}
        return Snapshot(
            {one: (kept.recording, kept.modified_at) for one, kept in known.items()},
            {space.id: space.id in default_ids for space in spaces},
            windows,
            {one: level.levels_db.tobytes() for one, level in levels.items() if level is not None},
            said,
            [failure.path for failure in catalog.failures()],
            catalog.removing(),
            vectors,
            {one: store.count(stored[one], where=Filter()) if one in stored else -1 for one in store.spaces()},
            answers,
            findings,
            sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if _is_leftover(path)),
        )


def _is_leftover(path: Path) -> bool:
    name = path.name
    is_aside = name.startswith((".new-", ".dropped-")) or name in {"temp_segments", "owner.json", "owner.sock"}
    return is_aside or name.endswith((".draft", ".partial", ".wal"))

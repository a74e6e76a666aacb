"""The catalogue's verbs.

Every write is one transaction: it is seen whole or not at all, whenever the process dies. Reads may come from any
thread, each through a cursor of its own; writes take turns.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from egosearch.catalog import feedback, rows
from egosearch.catalog.connection import open_current
from egosearch.catalog.levels import SoundLevels, decode_levels, encode_levels, join_levels
from egosearch.catalog.values import CatalogCounts, CatalogedRecording, CatalogedWindows, Failure, FileStamp
from egosearch.catalog.writes import add_space, insert_windows, upsert
from egosearch.types import Mark
from indexers.types import EmbeddingBatch, EmbeddingSpace, Recording, Slice, WindowQuality

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHORTEST_ID_PREFIX = 4
"""Fewer digits of a recording's id are not taken for one: `12` is more likely a slip."""
PER_RECORDING_TABLES = ("recordings", "slices", "windows", "levels", "feedback")
PER_SPACE_TABLES = ("spaces", "slices", "windows")


@dataclass
class _Read:
    """What every search asks, since the last write: nobody else writes while a catalogue is open.

    A write puts a new one in its place, so that what was read meanwhile is kept where nobody looks any more.
    """

    generation: str | None = None
    recordings: dict[str, CatalogedRecording] = field(default_factory=dict)


class Catalog:
    """An open catalogue; `Catalog.open` makes one."""

    def __init__(self, connection: "DuckDBPyConnection", path: Path, time_zone: tzinfo | None = None) -> None:
        self._connection = connection
        self._time_zone = time_zone
        self._writing = threading.Lock()
        self._read = _Read()
        self.path = path

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, time_zone: tzinfo | None = None) -> Self:
        """Open the catalogue at `path`, made where it is missing unless `read_only`.

        An older one is brought up to date. Recordings without a time zone of their own get `time_zone` (see
        `egosearch.timezones`), or this machine's.

        Raises:
            LibraryLockedError: Another process has it open for writing.
            CatalogError: It is damaged, newer than this egosearch, or `read_only` and missing; or it is older and may
                not be written.
        """
        return cls(open_current(path, read_only=read_only), path, time_zone)

    def close(self) -> None:
        """Release the file; closing twice is fine."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # Recordings

    def add_recording(self, recording: Recording, modified_at: datetime) -> None:
        """Add a recording, or update what is known of it: a moved file gets its new path.

        Args:
            recording: As probed.
            modified_at: The file's own time (`FileStamp`), by which the next run knows it unread.
        """
        with self._transaction() as cursor:
            upsert(cursor, "recordings", rows.recording_row(recording, modified_at, datetime.now(UTC)))

    def recording(self, recording_id: str) -> CatalogedRecording | None:
        """Return the recording with this id."""
        found = self.recordings([recording_id])
        return found[0] if found else None

    def recordings(self, ids: Iterable[str] | None = None) -> list[CatalogedRecording]:
        """Return the recordings with these ids that are there, or all; by wall-clock time, those without one last."""
        if ids is None:
            return self._recordings()
        wanted, known = set(ids), self._read.recordings
        if missing := sorted(wanted - known.keys()):
            marks = ", ".join("?" * len(missing))
            found = self._recordings(f"WHERE recording_id IN ({marks})", *missing)
            known |= {one.recording.recording_id: one for one in found}
        return rows.in_order(known[one] for one in wanted & known.keys())

    def find_recordings(self, text: str) -> list[CatalogedRecording]:
        """Return what a person means by `text`: the first of these that finds any.

        A path, as given or from the working directory; a whole id; a file name, with or without its suffix; the
        first digits of an id, at least four.
        """
        is_prefix = len(text) >= SHORTEST_ID_PREFIX
        return (
            self._recordings("WHERE path IN (?, ?)", text, str(Path(text).absolute()))
            or self._recordings("WHERE recording_id = lower(?)", text)
            or [found for found in self.recordings() if text in (found.recording.path.name, found.recording.path.stem)]
            or (self._recordings("WHERE starts_with(recording_id, lower(?))", text) if is_prefix else [])
        )

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        """Keep the IANA name of the zone that a recording was made in; None forgets it."""
        with self._transaction() as cursor:
            cursor.execute("UPDATE recordings SET time_zone = ? WHERE recording_id = ?", [zone, recording_id])

    def remove(self, recording_id: str) -> None:
        """Forget a recording with all its windows; forgetting what is not there is fine."""
        with self._transaction() as cursor:
            for table in PER_RECORDING_TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE recording_id = ?", [recording_id])  # noqa: S608

    # Spaces

    def add_space(self, space: EmbeddingSpace) -> None:
        """Add a space; adding it again changes nothing."""
        with self._transaction() as cursor:
            add_space(cursor, space)

    def spaces(self) -> list[EmbeddingSpace]:
        """Return the spaces in use, oldest first."""
        return [rows.space_from_row(row) for row in self._rows(rows.SELECT_SPACES)]

    def drop_space(self, space_id: str) -> None:
        """Forget a space with all its windows; forgetting what is not there is fine."""
        with self._transaction() as cursor:
            for table in PER_SPACE_TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE space_id = ?", [space_id])  # noqa: S608

    # Slices

    def commit_slice(self, piece: Slice, batches: Sequence[EmbeddingBatch], levels: SoundLevels | None = None) -> None:
        """Make a slice visible in the spaces of `batches`, in one transaction, replacing what was there.

        The vectors are in the store, flushed, before this is called. A space that is new is added.

        Args:
            piece: Of a recording that was added.
            batches: One for each space; an empty one says that there is nothing, and that is also an answer.
            levels: The slice's sound level; None leaves what was there.

        Raises:
            ValueError: The recording was not added, or a batch is of another.
        """
        recording_id = piece.recording.recording_id
        if any(batch.recording_id != recording_id for batch in batches):
            raise ValueError("a batch is of another recording than the slice")
        with self._transaction() as cursor:
            if not cursor.execute("SELECT 1 FROM recordings WHERE recording_id = ?", [recording_id]).fetchall():
                raise ValueError(f"recording {recording_id} has not been added")
            for batch in batches:
                add_space(cursor, batch.space)
                key = [recording_id, batch.space.id, piece.index]
                for table in ("slices", "windows"):
                    cursor.execute(
                        f"DELETE FROM {table} WHERE recording_id = ? AND space_id = ? AND slice_index = ?",  # noqa: S608
                        key,
                    )
                cursor.execute(
                    "INSERT INTO slices VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [*key, piece.start_s, piece.end_s, len(batch), datetime.now(UTC)],
                )
                insert_windows(cursor, key, batch)
            if levels is not None:
                key = [recording_id, piece.index]
                cursor.execute("DELETE FROM levels WHERE recording_id = ? AND slice_index = ?", key)
                data = encode_levels(levels.levels_db)
                cursor.execute("INSERT INTO levels VALUES (?, ?, ?, ?, ?)", [*key, levels.start_s, levels.hop_s, data])

    def committed_slices(self, recording_id: str, space_id: str) -> set[int]:
        """Return the numbers of the slices that are indexed."""
        query = "SELECT slice_index FROM slices WHERE recording_id = ? AND space_id = ?"
        return {row["slice_index"] for row in self._rows(query, recording_id, space_id)}

    def generation(self) -> str:
        """Return 12 hexadecimal digits that change whenever a slice is committed or removed: a cache's best before."""
        known = self._read
        if known.generation is None:
            line = "concat_ws('/', recording_id, space_id, slice_index, epoch_us(committed_at))"
            query = f"SELECT md5(coalesce(string_agg({line}, ' ' ORDER BY {line}), '')) AS digest FROM slices"  # noqa: S608
            known.generation = str(self._rows(query)[0]["digest"])[:12]
        return known.generation

    def slice_digests(self, space_id: str) -> dict[str, str]:
        """Return, for each recording with committed slices in a space, digits that change whenever those do."""
        line = "concat_ws('/', slice_index, windows, epoch_us(committed_at))"
        query = (
            f"SELECT recording_id, md5(string_agg({line}, ' ' ORDER BY {line})) AS digest FROM slices"  # noqa: S608
            " WHERE space_id = ? GROUP BY recording_id"
        )
        return {row["recording_id"]: str(row["digest"])[:12] for row in self._rows(query, space_id)}

    # Windows and levels

    def windows(self, space_id: str, recording_id: str) -> CatalogedWindows:
        """Return a recording's windows in a space, in time order; quality that was not measured is NaN."""
        query = (
            "SELECT window_index, start_s, end_s, loudness_db, snr_db, sharpness, exposure FROM windows"
            " WHERE recording_id = ? AND space_id = ? ORDER BY window_index"
        )
        with self._cursor() as cursor:
            columns = cursor.execute(query, [recording_id, space_id]).fetchnumpy()
        quality = {
            name: np.ma.filled(columns[name].astype(np.float32), np.nan)
            for name in ("loudness_db", "snr_db", "sharpness", "exposure")
        }
        return CatalogedWindows(
            columns["window_index"].astype(np.int64), columns["start_s"], columns["end_s"], WindowQuality(**quality)
        )

    def levels(self, recording_id: str) -> SoundLevels | None:
        """Return a recording's sound level from its start on, or None where it has no sound."""
        query = "SELECT * FROM levels WHERE recording_id = ? ORDER BY slice_index"
        return join_levels(
            [
                SoundLevels(row["hop_s"], decode_levels(row["levels_db"]), row["start_s"])
                for row in self._rows(query, recording_id)
            ]
        )

    def counts(self) -> CatalogCounts:
        """Return how much the library holds."""
        query = (
            "SELECT (SELECT count(*) FROM recordings) AS recordings,"
            " (SELECT coalesce(sum(duration_s), 0) FROM recordings) AS duration_s,"
            " (SELECT coalesce(sum(windows), 0)::BIGINT FROM slices) AS windows,"
            " (SELECT count(*) FROM failures) AS failures"
        )
        return CatalogCounts(**self._rows(query)[0])

    # Failures

    def add_failure(self, path: Path, reason: str, remedy: str, stamp: FileStamp) -> None:
        """Remember that a file could not be indexed; an earlier failure of it is replaced."""
        row = {
            "path": str(path),
            "reason": reason,
            "remedy": remedy,
            "size_bytes": stamp.size_bytes,
            "modified_at": stamp.modified_at,
            "failed_at": datetime.now(UTC),
        }
        with self._transaction() as cursor:
            upsert(cursor, "failures", row)

    def clear_failure(self, path: Path) -> None:
        """Forget that a file failed; forgetting what is not there is fine."""
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM failures WHERE path = ?", [str(path)])

    def failures(self) -> list[Failure]:
        """Return the files that could not be indexed, by path."""
        return [rows.failure_from_row(row) for row in self._rows(f"{rows.SELECT_FAILURES} ORDER BY path")]

    # Feedback

    def add_mark(self, mark: Mark) -> None:
        """Remember a judgement, in place of an earlier one of nearly the same span, for its query and session."""
        with self._transaction() as cursor:
            feedback.insert(cursor, mark)

    def unmark(self, mark: Mark) -> list[Mark]:
        """Forget what `add_mark` would replace, and return it; forgetting what is not there is fine."""
        with self._transaction() as cursor:
            return feedback.delete(cursor, mark)

    def marks(self, *, query: str | None = None, session: str | None = None) -> list[Mark]:
        """Return what was marked, oldest first; None for any query, any session."""
        with self._cursor() as cursor:
            return feedback.select(cursor, query=query, session=session)

    # Plumbing

    @contextmanager
    def _cursor(self) -> "Iterator[DuckDBPyConnection]":
        with self._connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def _transaction(self) -> "Iterator[DuckDBPyConnection]":
        with self._writing, self._cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
            self._read = _Read()

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self._cursor() as cursor:
            cursor.execute(query, list(values))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _recordings(self, where: str = "", *values: object) -> list[CatalogedRecording]:
        return rows.recordings_from_rows(self._rows(f"{rows.SELECT_RECORDINGS} {where}", *values), self._time_zone)

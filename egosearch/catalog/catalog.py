"""The catalogue's verbs.

Every write is one transaction: it is seen whole or not at all, whenever the process dies. Reads may come from any
thread, each through a cursor of its own; writes take turns.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Self

from egosearch.catalog import feedback, rows, statements
from egosearch.catalog.checks import Checks
from egosearch.catalog.copies import Copies
from egosearch.catalog.names import to_text
from egosearch.catalog.notes import Notes
from egosearch.catalog.opening import open_current
from egosearch.catalog.saved import SavedQueries
from egosearch.catalog.slices import Slices
from egosearch.catalog.spaces import Spaces
from egosearch.catalog.tables import Shared
from egosearch.catalog.transcripts import Transcripts
from egosearch.catalog.values import CatalogCounts, CatalogedRecording, Failure, FileStamp
from egosearch.catalog.writes import upsert
from egosearch.table import SqlLimits, Table
from egosearch.types import Mark
from indexers.types import Recording

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHORTEST_ID_PREFIX = 4
"""Fewer digits of a recording's id are not taken for one: `12` is more likely a slip."""
PER_RECORDING_TABLES = ("recordings", "slices", "windows", "levels", "transcripts", "feedback", "notes")
REMOVING = "removing/"
"""Begins the keys in `meta` of recordings that are forgotten here while their vectors may still be there."""


class Catalog(Spaces, Slices, Transcripts, Notes, SavedQueries, Checks, Copies):
    """An open catalogue; `Catalog.open` makes one."""

    def __init__(self, connection: "DuckDBPyConnection", path: Path, time_zone: tzinfo | None = None) -> None:
        self.path = path
        self._shared = Shared(connection)
        self._time_zone = time_zone
        self._chosen = None

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
        self._shared.connection.close()

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
            cursor.execute("DELETE FROM meta WHERE key = ?", [REMOVING + recording.recording_id])
            upsert(cursor, "recordings", rows.recording_row(recording, modified_at, datetime.now(UTC)))

    def recording(self, recording_id: str) -> CatalogedRecording | None:
        """Return the recording with this id."""
        found = self.recordings([recording_id])
        return found[0] if found else None

    def recordings(self, ids: Iterable[str] | None = None) -> list[CatalogedRecording]:
        """Return the recordings with these ids that are there, or all; by wall-clock time, those without one last."""
        read = self._shared.read
        if ids is None:
            if read.ordered is None:
                read.ordered = tuple(self._recordings())
            return list(read.ordered)
        wanted, known = set(ids), read.recordings
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
        kept = to_text(text)
        return (
            self._recordings("WHERE path IN (?, ?)", kept, to_text(str(Path(text).absolute())))
            or self._recordings("WHERE recording_id = lower(?)", kept)
            or [found for found in self.recordings() if text in (found.recording.path.name, found.recording.path.stem)]
            or (self._recordings("WHERE starts_with(recording_id, lower(?))", kept) if is_prefix else [])
        )

    def set_time_zone(self, recording_id: str, zone: str | None) -> None:
        """Keep the IANA name of the zone that a recording was made in; None forgets it."""
        with self._transaction() as cursor:
            cursor.execute("UPDATE recordings SET time_zone = ? WHERE recording_id = ?", [zone, recording_id])

    def remove(self, recording_id: str) -> None:
        """Forget a recording with all its windows; forgetting what is not there is fine.

        That its vectors are to go is remembered until `clear_removing`, so that a kill in between is made good.
        """
        with self._transaction() as cursor:
            for table in PER_RECORDING_TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE recording_id = ?", [recording_id])  # noqa: S608
            upsert(cursor, "meta", {"key": REMOVING + recording_id, "value": datetime.now(UTC).isoformat()})

    def removing(self) -> list[str]:
        """Return the ids of recordings that were removed, and whose vectors may still be there."""
        found = self._rows("SELECT key FROM meta WHERE starts_with(key, ?) ORDER BY key", REMOVING)
        return [row["key"].removeprefix(REMOVING) for row in found]

    def clear_removing(self, recording_ids: Iterable[str]) -> None:
        """Note that the vectors of removed recordings are gone, durably."""
        with self._transaction() as cursor:
            for recording_id in recording_ids:
                cursor.execute("DELETE FROM meta WHERE key = ?", [REMOVING + recording_id])

    # How much there is, and what failed

    def counts(self) -> CatalogCounts:
        """Return how much the library holds."""
        query = (
            "SELECT (SELECT count(*) FROM recordings) AS recordings,"
            " (SELECT coalesce(sum(duration_s), 0) FROM recordings) AS duration_s,"
            " (SELECT coalesce(sum(windows), 0)::BIGINT FROM slices) AS windows,"
            " (SELECT count(*) FROM failures) AS failures"
        )
        return CatalogCounts(**self._rows(query)[0])

    def add_failure(self, path: Path, reason: str, remedy: str, stamp: FileStamp) -> None:
        """Remember that a file could not be indexed; an earlier failure of it is replaced."""
        row = {
            "path": to_text(str(path)),
            "reason": to_text(reason),
            "remedy": to_text(remedy),
            "size_bytes": stamp.size_bytes,
            "modified_at": stamp.modified_at,
            "failed_at": datetime.now(UTC),
        }
        with self._transaction() as cursor:
            upsert(cursor, "failures", row)

    def clear_failure(self, path: Path) -> None:
        """Forget that a file failed; forgetting what is not there is fine."""
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM failures WHERE path = ?", [to_text(str(path))])

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

    # The owner's own SQL

    def read_sql(self, text: str, limits: SqlLimits) -> Table:
        """Return what a statement answers that changes nothing, see `statements.read`."""
        with self._cursor() as cursor:
            return statements.read(cursor, text, limits)

    def write_sql(self, text: str) -> Table:
        """Run statements in one transaction, see `statements.write`."""
        with self._transaction() as cursor:
            return statements.write(cursor, text)

    def _recordings(self, where: str = "", *values: object) -> list[CatalogedRecording]:
        return rows.recordings_from_rows(self._rows(f"{rows.SELECT_RECORDINGS} {where}", *values), self._time_zone)

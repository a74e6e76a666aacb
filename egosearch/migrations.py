"""How a catalogue of any earlier version becomes today's: numbered, named steps, each in a transaction.

A step that has been released is never edited; a change of mind is a new step. What each does is in `egosearch.schema`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from egosearch.errors import CatalogError
from egosearch.schema import (
    ADD_CHECKSUMS,
    ADD_TIME_ZONE,
    CHOOSE_SPACES,
    COUNT_DEFAULTS,
    CREATE_FEEDBACK,
    CREATE_FORGOTTEN,
    CREATE_NOTES,
    CREATE_SAVED_QUERIES,
    CREATE_TABLES,
    CREATE_TRANSCRIPTS,
    CREATE_VIEWS,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Migration:
    """One step; `sql` may hold several statements."""

    number: int
    """Counted from 1, without gaps."""
    name: str
    sql: str


MIGRATIONS = (
    Migration(1, "recordings, spaces, windows", CREATE_TABLES),
    Migration(2, "overviews for the owner", CREATE_VIEWS),
    Migration(3, "feedback", CREATE_FEEDBACK),
    Migration(4, "time zones of recordings", ADD_TIME_ZONE),
    Migration(5, "several spaces a modality", CHOOSE_SPACES),
    Migration(6, "transcripts", CREATE_TRANSCRIPTS),
    Migration(7, "overviews of what is searched", COUNT_DEFAULTS),
    Migration(8, "checksums of vectors", ADD_CHECKSUMS),
    Migration(9, "what is forgotten", CREATE_FORGOTTEN),
    Migration(10, "notes", CREATE_NOTES),
    Migration(11, "saved queries", CREATE_SAVED_QUERIES),
)


def applied_version(connection: "DuckDBPyConnection") -> int:
    """Return the number of the last migration applied; 0 for an empty database."""
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'migrations'").fetchone()
    if found is None:
        return 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    return 0 if row is None else int(row[0])


def check_not_newer(applied: int, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Refuse a catalogue that this version does not know.

    Raises:
        CatalogError: It was written by a newer egosearch.
    """
    if applied > migrations[-1].number:
        raise CatalogError(
            f"the catalogue has version {applied} and this egosearch knows {migrations[-1].number} at most,"
            " because a newer egosearch wrote it; upgrade egosearch"
        )


def is_current(connection: "DuckDBPyConnection") -> bool:
    """Whether all of today's migrations are applied.

    Raises:
        CatalogError: The catalogue was written by a newer egosearch.
    """
    applied = applied_version(connection)
    check_not_newer(applied)
    return applied == MIGRATIONS[-1].number


def migrate(connection: "DuckDBPyConnection", migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Apply the migrations that are missing, in order.

    Returns:
        How many were applied.

    Raises:
        CatalogError: The catalogue is newer than `migrations`.
    """
    applied = applied_version(connection)
    check_not_newer(applied, migrations)
    missing = [migration for migration in migrations if migration.number > applied]
    for migration in missing:
        connection.execute("BEGIN")
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations"
                " (number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
            )
            connection.execute(migration.sql)
            connection.execute("INSERT INTO migrations VALUES (?, ?, now())", [migration.number, migration.name])
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    return len(missing)

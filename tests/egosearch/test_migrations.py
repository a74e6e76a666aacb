from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from egosearch.catalog import Catalog
from egosearch.errors import CatalogError
from egosearch.migrations import MIGRATIONS, Migration, applied_version, migrate
from egosearch.types import Mark
from indexers.types import Span
from tests.egosearch.catalog_samples import KITCHEN, MODIFIED

STEPS = (
    Migration(1, "a table", "CREATE TABLE one (x INTEGER); INSERT INTO one VALUES (1);"),
    Migration(2, "a column", "ALTER TABLE one ADD COLUMN y INTEGER; UPDATE one SET y = x + 1;"),
    Migration(3, "a mistake", "CREATE TABLE three (x INTEGER); SELECT * FROM nowhere;"),
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_the_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert len({migration.name for migration in MIGRATIONS}) == len(MIGRATIONS)


def test_only_what_is_missing_is_applied(connection: duckdb.DuckDBPyConnection) -> None:
    assert applied_version(connection) == 0
    assert migrate(connection, STEPS[:1]) == 1
    assert migrate(connection, STEPS[:2]) == 1
    assert migrate(connection, STEPS[:2]) == 0
    assert applied_version(connection) == 2
    assert connection.execute("SELECT x, y FROM one").fetchall() == [(1, 2)]
    assert connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall() == [
        (1, "a table"),
        (2, "a column"),
    ]


def test_a_migration_that_fails_leaves_nothing_of_itself(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.CatalogException, match="nowhere"):
        migrate(connection, STEPS)
    assert applied_version(connection) == 2
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'three'").fetchall() == [(0,)]


def test_a_newer_catalogue_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    Catalog.open(path).close()
    with duckdb.connect(path) as connection:
        connection.execute("INSERT INTO migrations VALUES (99, 'from the future', now())")
    for read_only in (False, True):
        with pytest.raises(CatalogError, match=r"version 99 .* upgrade egosearch"):
            Catalog.open(path, read_only=read_only)
    with duckdb.connect(path) as connection:
        assert applied_version(connection) == 99


def test_an_older_catalogue_is_brought_up_to_date_by_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    with duckdb.connect(path) as connection:
        migrate(connection, MIGRATIONS[:1])
    with Catalog.open(path, read_only=True) as catalog:
        assert catalog.recordings() == []
    with duckdb.connect(path, read_only=True) as connection:
        assert applied_version(connection) == MIGRATIONS[-1].number


def test_a_catalogue_from_before_feedback_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    with duckdb.connect(path) as connection:
        migrate(connection, MIGRATIONS[:2])
        connection.execute("INSERT INTO meta VALUES ('kept', 'yes')")
    with Catalog.open(path) as catalog:
        assert catalog.marks() == []
    with duckdb.connect(path) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'kept'").fetchall() == [("yes",)]
        assert connection.execute("SELECT * FROM feedback_overview").fetchall() == []


def test_the_owner_sees_marks_with_their_files(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    with Catalog.open(path) as catalog:
        catalog.add_recording(KITCHEN, MODIFIED)
        catalog.add_mark(Mark("the timer", KITCHEN.recording_id, Span(12.5, 14.4), True, "evening", MODIFIED))
    with duckdb.connect(path, read_only=True) as owner:
        seen = owner.execute("SELECT query, is_right, path, start_s, end_s, session FROM feedback_overview").fetchall()
    assert seen == [("the timer", True, "/films/kitchen.mp4", 12.5, 14.4, "evening")]

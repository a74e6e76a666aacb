from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from egosearch.catalog import Catalog
from egosearch.errors import CatalogError
from egosearch.migrations import MIGRATIONS, Migration, applied_version, migrate

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


def test_an_older_catalogue_is_not_read_before_it_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalog.duckdb"
    with duckdb.connect(path) as connection:
        migrate(connection, MIGRATIONS[:1])
    with pytest.raises(CatalogError, match="has version 1, this egosearch reads"):
        Catalog.open(path, read_only=True)
    with Catalog.open(path) as catalog:
        assert catalog.recordings() == []
    with Catalog.open(path, read_only=True) as catalog:
        assert catalog.recordings() == []

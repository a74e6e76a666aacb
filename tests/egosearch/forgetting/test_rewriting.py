"""The catalogue's file, written anew without what is forgotten."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from egosearch.forgetting.rewriting import rewrite
from egosearch.library import Library


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows and all that describes them, by table."""
    with duckdb.connect(path, read_only=True) as connection:
        asked = {
            table: f"SELECT * FROM {table}"  # noqa: S608
            for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        asked["what describes tables"] = "SELECT table_name, sql, comment FROM duckdb_tables()"
        asked["what describes views"] = "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal"
        asked["what describes columns"] = "SELECT table_name, column_name, comment FROM duckdb_columns()"
        return {name: sorted(connection.execute(query).fetchall(), key=str) for name, query in asked.items()}


def test_a_rewritten_catalogue_is_the_same_one(filled: Library) -> None:
    path = filled.path / "catalog.duckdb"
    filled.close()
    before, number = everything(path), path.stat().st_ino
    with Catalog.open(path) as catalog:
        rewrite(catalog, lambda: None)
        assert len(catalog.recordings()) == 2
        catalog.clear_failure(Path("/nowhere"))  # it can be written to
    assert everything(path) == before
    assert path.stat().st_ino != number
    assert sorted(one.name for one in path.parent.glob("catalog*")) == ["catalog.duckdb"]


def test_a_rewriting_that_fails_leaves_the_old_one(filled: Library) -> None:
    path = filled.path / "catalog.duckdb"

    def fail() -> None:
        raise LibraryError("no")

    with pytest.raises(LibraryError, match="no"):
        rewrite(filled._catalog, fail)
    assert len(filled.recordings()) == 2
    assert sorted(one.name for one in path.parent.glob("catalog*draft*")) == []


def test_nobody_else_gets_in_meanwhile(filled: Library) -> None:
    path = filled.path / "catalog.duckdb"
    code = f"import duckdb\ntry:\n    duckdb.connect({str(path)!r})\nexcept duckdb.IOException:\n    print('locked')"
    said = []

    def ask() -> None:
        said.append(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    rewrite(filled._catalog, ask)
    assert said == ["locked\n"]
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "locked\n"

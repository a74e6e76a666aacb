"""The catalogue's verbs about copies of it: all tables as they are at one moment, as lines of JSON and back.

JSON, because DuckDB writes and reads it without touching a file, which our connections may not (`connection.CONFIG`),
and because whoever reads a copy in twenty years needs no DuckDB for it. Numbers come back to the last bit.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.tables import Tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS_AT_ONCE = 50_000
"""Lines in memory: 12 MB of windows, which are nearly all rows."""
ABOUT_ITSELF = "migrations"
"""The table that says which tables there are, and no content."""


class Copies(Tables):
    """The part of `Catalog` about copies of it."""

    @contextmanager
    def snapshot(self) -> "Iterator[Snapshot]":
        """Yield all tables as they are now, whatever is written while the `with` lasts."""
        with self._cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            try:
                cursor.execute("SELECT count(*) FROM recordings").fetchall()  # from here on nothing changes
                yield Snapshot(cursor)
            finally:
                cursor.execute("ROLLBACK")


@dataclass(frozen=True)
class Snapshot:
    """All tables as they were at one moment."""

    cursor: "DuckDBPyConnection"

    def version(self) -> int:
        """Return the number of the last migration."""
        return int(self._one("SELECT max(number) FROM migrations"))

    def recordings(self) -> int:
        """Return how many recordings there are."""
        return int(self._one("SELECT count(*) FROM recordings"))

    def tables(self) -> list[str]:
        """Return the tables that hold anything of the library's, sorted."""
        return sorted(columns_by_table(self.cursor))

    def lines(self, table: str) -> Iterator[str]:
        """Yield the rows of a table, each as an object in JSON on one line, oldest first."""
        columns = columns_by_table(self.cursor)[table]
        selected = ", ".join(
            f'to_base64("{n}") AS "{n}"' if kind == "BLOB" else f'"{n}"' for n, kind in columns.items()
        )
        last = int(self._one(f'SELECT coalesce(max(rowid), -1) FROM "{table}"'))  # noqa: S608 - of the catalogue's own
        for first in range(0, last + 1, ROWS_AT_ONCE):
            self.cursor.execute(
                f"SELECT to_json(one)::VARCHAR FROM (SELECT {selected} FROM"  # noqa: S608
                f' (SELECT rowid AS place, * FROM "{table}" WHERE rowid >= ? AND rowid < ?) ORDER BY place) AS one',
                [first, first + ROWS_AT_ONCE],
            )
            for (line,) in self.cursor.fetchall():
                yield str(line)

    def recordings_of(self, space_id: str) -> list[str]:
        """Return the recordings that have slices in a space, sorted."""
        query = "SELECT DISTINCT recording_id FROM slices WHERE space_id = ? ORDER BY recording_id"
        return [str(row[0]) for row in self.cursor.execute(query, [space_id]).fetchall()]

    def window_numbers(self, space_id: str, recording_id: str) -> NDArray[np.int64]:
        """Return the numbers of a recording's windows in a space, ascending, shape (n,)."""
        query = "SELECT window_index FROM windows WHERE space_id = ? AND recording_id = ? ORDER BY window_index"
        found = self.cursor.execute(query, [space_id, recording_id]).fetchnumpy()
        return np.asarray(found["window_index"], np.int64)

    def _one(self, query: str) -> int:
        row = self.cursor.execute(query).fetchone()
        return 0 if row is None else row[0]


def columns_by_table(cursor: "DuckDBPyConnection") -> dict[str, dict[str, str]]:
    """Return the types of each table's columns, by table and name; the table about migrations left out."""
    found: dict[str, dict[str, str]] = {}
    query = (
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal AND table_name IN"
        " (SELECT table_name FROM duckdb_tables()) ORDER BY table_name, column_index"
    )
    for table, column, kind in cursor.execute(query).fetchall():
        if table != ABOUT_ITSELF:
            found.setdefault(table, {})[column] = kind
    return found


def insert_lines(cursor: "DuckDBPyConnection", table: str, lines: Iterable[list[str]]) -> None:
    """Write rows that `Snapshot.lines` gave, some at a time, into a table of the same columns.

    Raises:
        duckdb.Error: A line is no row of this table.
    """
    columns = columns_by_table(cursor)[table]
    form = json.dumps({name: "VARCHAR" if kind == "BLOB" else kind for name, kind in columns.items()})
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(
        f'from_base64(one."{name}")' if kind == "BLOB" else f'one."{name}"' for name, kind in columns.items()
    )
    quoted = form.replace("'", "''")
    for some in lines:
        cursor.register("new_lines", {"line": np.array(some, object)})
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM'  # noqa: S608 - names and types of the catalogue's own
            f" (SELECT from_json_strict(line, '{quoted}') AS one FROM new_lines)"
        )
        cursor.unregister("new_lines")

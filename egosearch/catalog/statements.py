"""SQL that the library's owner has written.

Reading changes nothing, by three walls: of statements, only SELECT and EXPLAIN are run; they run in a transaction that
is for reading only, since a SELECT may hold a DELETE (`WITH gone AS (DELETE ... RETURNING *) SELECT ...`); and
`connection.CONFIG` lets DuckDB open no other file than the catalogue, load no extension and reach no other machine,
which a SELECT could otherwise do (`read_csv`, `glob`). The last wall stands for writing too.
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from egosearch.catalog.names import from_text, to_text
from egosearch.errors import QueryError
from egosearch.table import Column, SqlLimits, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

READS = ("SELECT", "EXPLAIN")
"""Statement types by DuckDB's names; SHOW, DESCRIBE, SUMMARIZE, FROM, VALUES and WITH are SELECT to it."""
TRANSACTION = "TRANSACTION"
_ONLY_READS = "without --write only SELECT and its like are answered; add it to let SQL change the catalogue"
PATIENCE_S = 0.05
"""Between two times of telling DuckDB to stop."""
MOST_NAMED = 200
"""Characters of DuckDB's own words in an error."""


def read(cursor: "DuckDBPyConnection", text: str, limits: SqlLimits) -> Table:
    """Return what one statement answers.

    Args:
        cursor: One of its own, without a transaction.
        text: The statement.
        limits: What it may take.

    Raises:
        QueryError: DuckDB cannot answer it, it is not one that only reads, or it takes too much.
    """
    with _explained():
        kinds = _kinds(cursor, text)
        if len(kinds) > 1:
            raise QueryError(f"these are {len(kinds)} statements; ask one at a time")
        if kinds[0] not in READS:
            raise QueryError(_ONLY_READS)
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        try:
            return _asked(cursor, text, limits)
        finally:
            cursor.execute("ROLLBACK")


def write(cursor: "DuckDBPyConnection", text: str) -> Table:
    """Run statements, of whatever kind, and return what the last one answers; a table without columns for nothing.

    Args:
        cursor: In a transaction, which is the caller's to end.
        text: The statements, separated by semicolons.

    Raises:
        QueryError: DuckDB cannot run one; the transaction is to be rolled back.
    """
    with _explained():
        if TRANSACTION in _kinds(cursor, text):
            raise QueryError("all that is written is one transaction already; leave BEGIN and COMMIT out")
        return _asked(cursor, text, SqlLimits())


def _kinds(cursor: "DuckDBPyConnection", text: str) -> list[str]:
    kinds = [statement.type.name for statement in cursor.extract_statements(to_text(text))]
    if not kinds:
        raise QueryError('there is no SQL to run; `egosearch sql "SHOW TABLES"` lists what can be asked for')
    return kinds


def _asked(cursor: "DuckDBPyConnection", text: str, limits: SqlLimits) -> Table:
    """Return the answer, or stop DuckDB: after the time that it may take, and when somebody presses Ctrl-C."""
    # In a thread of its own: DuckDB is deaf to signals while it works.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sql") as pool:
        asked = pool.submit(lambda: _table(cursor.query(to_text(text)), limits))
        try:
            return asked.result(limits.seconds)
        except BaseException as error:
            while not asked.done():  # one that has not begun would not notice
                cursor.interrupt()
                wait([asked], PATIENCE_S)
            if not isinstance(error, TimeoutError):
                raise
            raise QueryError(
                f"the answer takes longer than {limits.seconds:g} s, the most while another process has the library;"
                " ask for less, or again when that has ended"
            ) from error


def _table(relation: "DuckDBPyRelation | None", limits: SqlLimits) -> Table:
    """Return what a relation holds, as text: Python needs a package that we do not carry to hold DuckDB's times."""
    if relation is None:
        return Table((), ())
    columns = tuple(
        Column(name, str(kind)) for name, kind in zip(_apart(relation.columns), relation.types, strict=True)
    )
    texts = relation.project(
        ", ".join(
            f"{'to_json(' if column.is_nested else '('}#{place})::VARCHAR"
            for place, column in enumerate(columns, start=1)
        )
    )
    if limits.values is None:
        rows = texts.fetchall()
    else:
        most = limits.values // len(columns)
        rows = texts.limit(most + 1).fetchall()
        if len(rows) > most:
            raise QueryError(
                f"the answer has more than {most:,} rows, the most while another process has the library; add a LIMIT,"
                " or ask again when that has ended"
            )
    return Table(columns, tuple(tuple(None if one is None else from_text(one) for one in row) for row in rows))


def _apart(names: Iterable[str]) -> list[str]:
    """Return names of which no two are the same, as DuckDB numbers them in a subquery: a, a_1."""
    found: list[str] = []
    for name in names:
        numbers = (f"{name}_{number}" for number in count(1))
        found.append(name if name not in found else next(one for one in numbers if one not in found))
    return found


@contextmanager
def _explained() -> Iterator[None]:
    """Turn DuckDB's errors into sentences."""
    import duckdb

    try:
        yield
    except duckdb.PermissionException as error:
        raise QueryError(
            "SQL reaches nothing outside the catalogue: no other files, extensions or machines;"
            " to write a file, send the output of --csv to one"
        ) from error
    except (duckdb.IOException, duckdb.FatalException):
        raise  # of the disk, and not of the statement
    except duckdb.Error as error:
        if "read-only mode" in str(error):  # a SELECT that holds a DELETE, or EXPLAIN ANALYZE of one
            raise QueryError(_ONLY_READS) from error
        raise QueryError(
            f'DuckDB refuses this: {_words(error)}; `egosearch sql "SHOW TABLES"` lists what there is'
        ) from error


def _words(error: Exception) -> str:
    r"""Return what DuckDB says, without its kind of error and its drawing of the place.

    >>> _words(Exception('Catalog Error: No table "x"!\nDid you mean "y"?\n\nLINE 1: FROM x\n             ^'))
    'No table "x"! Did you mean "y"?'
    """
    said = re.split(r"\n\n|\nLINE ", str(error), maxsplit=1)[0]
    text = " ".join(re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", said).split()).rstrip(".!")
    return text if len(text) <= MOST_NAMED else f"{text[: MOST_NAMED - 1]}…"

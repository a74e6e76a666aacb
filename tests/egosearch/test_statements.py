"""SQL of the library's owner: what it answers, and what it cannot do."""

import doctest
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.catalog import Catalog, statements
from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.table import Column, SqlLimits, Table
from tests.media import make_recording

NO_LIMITS = SqlLimits()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.duckdb") as catalog:
        yield catalog


def test_every_value_comes_as_text_with_its_type(catalog: Catalog) -> None:
    text = (
        "SELECT 0.1::FLOAT AS a, 2::HUGEINT AS b, true AS c, NULL::VARCHAR AS d, TIMESTAMPTZ '2026-11-21 14:02:31+00'"
        ' AS e, [{x: 1, y: \'z\'}] AS "odd ""name""", 5 AS a, -- the end;\n 6 AS a;'
    )
    answer = catalog.read_sql(text, NO_LIMITS)
    kinds = ["FLOAT", "HUGEINT", "BOOLEAN", "VARCHAR", "TIMESTAMP WITH TIME ZONE"]
    assert [(one.name, one.kind) for one in answer.columns[:5]] == list(zip("abcde", kinds, strict=True))
    assert [one.name for one in answer.columns[5:]] == ['odd "name"', "a_1", "a_2"]
    assert answer.rows == (("0.1", "2", "true", None, "2026-11-21 14:02:31+00", '[{"x":1,"y":"z"}]', "5", "6"),)


@pytest.mark.parametrize(
    "text",
    [
        "SHOW TABLES",
        "DESCRIBE recordings",
        "SUMMARIZE recordings",
        "FROM meta",
        "VALUES (1)",
        "EXPLAIN SELECT 1",
        "WITH one AS (SELECT 1) FROM one",
        "TABLE recordings_overview",
        "SELECT * FROM duckdb_columns()",
    ],
)
def test_what_reads_is_answered(catalog: Catalog, text: str) -> None:
    assert catalog.read_sql(text, NO_LIMITS).columns


WRITES = (
    "DELETE FROM meta",
    "INSERT INTO meta VALUES ('a', 'b')",
    "UPDATE meta SET value = 'x'",
    "DROP TABLE meta",
    "CREATE TABLE mine (x INTEGER)",
    "CREATE TEMP TABLE mine (x INTEGER)",
    "ALTER TABLE meta ADD COLUMN x INTEGER",
    "WITH gone AS (DELETE FROM meta RETURNING *) SELECT * FROM gone",
    "EXPLAIN ANALYZE DELETE FROM meta",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "CHECKPOINT",
    "VACUUM",
    "PRAGMA memory_limit = '1GB'",
    "SET memory_limit = '1GB'",
    "SET enable_external_access = true",
    "PREPARE x AS DELETE FROM meta",
    "USE memory",
    "ATTACH ':memory:' AS other",
)
OUTSIDE = (
    "COPY meta TO '{outside}'",
    "EXPORT DATABASE '{outside}'",
    "ATTACH '{outside}'",
    "COPY meta FROM '{inside}'",
    "CREATE TABLE mine AS FROM read_text('{inside}')",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{inside}'",
    "CREATE SECRET (TYPE http, BEARER_TOKEN 'x')",
)
READS_OUTSIDE = (
    "FROM read_csv('{inside}')",
    "FROM read_text('{inside}')",
    "FROM read_blob('{inside}')",
    "FROM glob('{folder}/*')",
    "FROM '{inside}'",
    "FROM read_csv('http://127.0.0.1:9/x.csv')",
    "FROM parquet_scan('s3://bucket/x')",
    "SELECT getenv('HOME')",
)


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Return paths of a file that is there, and of one that is not."""
    (tmp_path / "inside.csv").write_text("secret\n1\n")
    return {"folder": str(tmp_path), "inside": str(tmp_path / "inside.csv"), "outside": str(tmp_path / "outside")}


@pytest.mark.parametrize("text", [*WRITES, *OUTSIDE, *READS_OUTSIDE, "SELECT 1; DELETE FROM meta", "", "-- nothing"])
@pytest.mark.parametrize("read_only", [True, False])
def test_reading_changes_nothing_and_reaches_nothing(
    catalog: Catalog, places: dict[str, str], text: str, read_only: bool
) -> None:
    catalog.write_sql("INSERT INTO meta VALUES ('planted', 'here')")
    if read_only:
        catalog.close()
    with Catalog.open(catalog.path, read_only=True) if read_only else catalog as opened:
        with pytest.raises(QueryError) as caught:
            opened.read_sql(text.format(**places), NO_LIMITS)
        assert "\n" not in str(caught.value)
        assert opened.read_sql("SELECT value FROM meta WHERE key = 'planted'", NO_LIMITS).rows == (("here",),)
        assert opened.read_sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mine'", NO_LIMITS).rows == (
            ("0",),
        )
    assert not Path(places["outside"]).exists()


@pytest.mark.parametrize("text", [*OUTSIDE, *READS_OUTSIDE])
def test_writing_reaches_nothing_outside_either(catalog: Catalog, places: dict[str, str], text: str) -> None:
    with pytest.raises(QueryError):
        catalog.write_sql(text.format(**places))
    assert not Path(places["outside"]).exists()


def test_several_statements_are_written_all_or_none(catalog: Catalog) -> None:
    assert catalog.write_sql("INSERT INTO meta VALUES ('a', '1'); SELECT value FROM meta WHERE key = 'a'").rows == (
        ("1",),
    )
    for last in ("INSERT INTO nowhere VALUES (1)", "COMMIT", "ROLLBACK"):
        with pytest.raises(QueryError):
            catalog.write_sql("; ".join(("DELETE FROM meta WHERE key = 'a'", last)))
        assert catalog.read_sql("SELECT count(*) FROM meta WHERE key = 'a'", NO_LIMITS).rows == (("1",),)


ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 9"


def test_an_owner_is_not_kept_busy_for_long(catalog: Catalog) -> None:
    with pytest.raises(QueryError, match=r"takes longer than 0\.2 s"):
        catalog.read_sql(ENDLESS, SqlLimits(seconds=0.2))
    assert catalog.read_sql("SELECT 1", SqlLimits(seconds=5.0)).rows == (("1",),)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_ends_it(catalog: Catalog) -> None:
    timer = threading.Timer(0.3, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        catalog.read_sql(ENDLESS, NO_LIMITS)
    timer.join()
    assert catalog.read_sql("SELECT 1", NO_LIMITS).rows == (("1",),)


def test_an_owner_sends_no_more_than_a_reply_holds(catalog: Catalog) -> None:
    limits = SqlLimits(values=20)
    assert len(catalog.read_sql("SELECT range, range FROM range(10)", limits).rows) == 10
    with pytest.raises(QueryError, match="more than 10 rows"):
        catalog.read_sql("SELECT range, range FROM range(11)", limits)


def test_reading_sees_what_is_committed_while_it_writes(catalog: Catalog) -> None:
    with catalog._transaction() as cursor:
        cursor.execute("INSERT INTO meta VALUES ('half', 'done')")
        assert catalog.read_sql("SELECT count(*) FROM meta WHERE key = 'half'", NO_LIMITS).rows == (("0",),)
    assert catalog.read_sql("SELECT count(*) FROM meta WHERE key = 'half'", NO_LIMITS).rows == (("1",),)


def test_the_librarys_verbs(library: Library, tmp_path: Path, toy: IndexOptions) -> None:
    library.index([make_recording(tmp_path / "a.mp4")], options=replace(toy, jobs=1))
    assert library.sql("SELECT audio_windows > 0 AS heard FROM recordings_overview") == Table(
        (Column("heard", "BOOLEAN"),), (("true",),)
    )
    library.write_sql("UPDATE recordings SET device = 'glasses'")
    assert library.recordings()[0].device == "glasses"  # though it was read before
    library.close()
    with Library.open(library.path, read_only=True) as reading, pytest.raises(LibraryError, match="reading only"):
        reading.write_sql("DELETE FROM recordings")


def test_the_examples_in_docstrings() -> None:
    assert doctest.testmod(statements).failed == 0

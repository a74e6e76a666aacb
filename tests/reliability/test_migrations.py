"""Catalogues of every earlier version, filled and brought up to date: nothing is lost, and what was is kept."""

import os
import random
import shutil
import stat
import sys
from pathlib import Path

import duckdb
import pytest

from egosearch import room
from egosearch.catalog import Catalog
from egosearch.catalog.connection import CONFIG
from egosearch.catalog.opening import copy_of
from egosearch.errors import CatalogError, LibraryError, LibraryLockedError
from egosearch.migrations import MIGRATIONS, applied_version, migrate
from tests.reliability.harness import run_command

NEWEST = MIGRATIONS[-1].number
EARLIER = range(1, NEWEST)
FILLS = {
    1: """
INSERT INTO meta VALUES ('kept', 'yes');
INSERT INTO spaces VALUES
    ('s1', 'audio', 'toy', 'w', 'p', 1.0, 0.5, 6, 'dense', 'cosine', '2026-01-01 00:00:00+00'),
    ('s2', 'visual', 'toy', 'w', 'p', 1.0, 1.0, 8, 'sparse', 'dot', '2026-01-01 00:00:01+00');
INSERT INTO recordings
    (recording_id, path, size_bytes, modified_at, duration_s, recorded_at, recorded_at_utc_offset_s, recorded_at_source,
        indexed_at)
    SELECT 'r' || i, '/films/' || i || '.mp4', 1000 + i, '2026-01-01 00:00:00+00', 60.0 + i,
        '2026-01-02 00:00:00+00'::TIMESTAMPTZ + to_hours(i), 3600, 'container', '2026-01-03 00:00:00+00'
    FROM range(3) t(i);
INSERT INTO slices SELECT 'r' || i, s, 0, 0.0, 60.0, 100, '2026-01-03 00:00:00+00'
    FROM range(3) t(i), (VALUES ('s1'), ('s2')) u(s);
INSERT INTO windows SELECT 'r' || i, s, 0, j, j * 0.5, j * 0.5 + 1, -20.5, 3.25, 1.5, 0.5
    FROM range(3) t(i), (VALUES ('s1'), ('s2')) u(s), range(100) v(j);
INSERT INTO levels SELECT 'r' || i, 0, 0.0, 0.02, repeat('\\x10', 50)::BLOB FROM range(3) t(i);
INSERT INTO failures VALUES ('/films/x.mp4', 'it is empty', 'remove it', 0, '2026-01-01', '2026-01-03');
""",
    3: """
INSERT INTO feedback VALUES
    ('the timer', 'r1', 1.0, 2.0, true, '', '2026-01-04 00:00:00+00'),
    ('the timer', 'r2', 3.0, 4.0, false, 'evening', '2026-01-04 00:00:00+00');
""",
    4: "UPDATE recordings SET time_zone = 'Asia/Tokyo' WHERE recording_id = 'r1';",
    5: """
INSERT INTO spaces SELECT 's3', modality, 'other', weights_digest, preprocessing, window_s, hop_s, dim, layout,
    distance, created_at, false FROM spaces WHERE space_id = 's1';
""",
    6: """
INSERT INTO transcripts VALUES ('r0', 's1', 0, 1.0, 2.0, 'hello there',
    [{'start_s': 1.0, 'end_s': 1.5, 'text': 'hello', 'probability': 0.5}], 'en', 0.75);
""",
    8: "UPDATE slices SET checksum = [1.5, -2.0, 0.0, 1e6] WHERE recording_id = 'r1';",
}
"""What a version can hold that the one before could not, written as its egosearch wrote it."""


def make(path: Path, version: int) -> dict[str, list[tuple[object, ...]]]:
    """Make a catalogue as a version left it, and return what is in its tables."""
    with duckdb.connect(path, config=CONFIG) as connection:
        for number in range(1, version + 1):
            migrate(connection, MIGRATIONS[:number])
            connection.execute(FILLS.get(number, "SELECT 1"))
        return tables(connection)


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables, sorted, with the columns' names."""
    names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name <> 'migrations'").fetchall()
    found: dict[str, list[tuple[object, ...]]] = {}
    for (name,) in names:
        rows = connection.execute(f"FROM {name} ORDER BY ALL")
        columns = tuple(column[0] for column in rows.description)
        found[name] = [columns, *rows.fetchall()]
    return found


def read(path: Path) -> tuple[int, dict[str, list[tuple[object, ...]]]]:
    with duckdb.connect(path, read_only=True, config=CONFIG) as connection:
        return applied_version(connection), tables(connection)


def assert_kept(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> None:
    """Check that each table has all that it had: columns may have been added, at the end."""
    for name, (columns, *rows) in before.items():
        now, *found = after[name]
        assert now[: len(columns)] == columns
        assert [row[: len(columns)] for row in found] == rows


@pytest.mark.parametrize("version", EARLIER)
@pytest.mark.parametrize("read_only", [False, True])
def test_every_earlier_version_is_brought_up_to_date(tmp_path: Path, version: int, read_only: bool) -> None:
    path = tmp_path / "catalog.duckdb"
    before = make(path, version)
    with Catalog.open(path, read_only=read_only) as catalog:
        assert len(catalog.recordings()) == 3
        assert [len(catalog.windows("s1", f"r{i}")) for i in range(3)] == [100] * 3
        assert catalog.counts().windows == 600
        assert [(space.modality, space.model) for space in catalog.default_spaces()] == [
            ("audio", "toy"),
            ("visual", "toy"),
        ]
        assert len(catalog.marks()) == (2 if version >= 3 else 0)
        assert [one.path.name for one in catalog.failures()] == ["x.mp4"]
    applied, after = read(path)
    assert applied == NEWEST
    assert_kept(before, after)
    if version >= 4:
        assert [row[-1] for row in after["recordings"][1:]].count("Asia/Tokyo") == 1


@pytest.mark.parametrize("version", EARLIER)
def test_what_was_is_kept_beside_it(tmp_path: Path, version: int) -> None:
    path = tmp_path / "catalog.duckdb"
    before = make(path, version)
    (tmp_path / "catalog.duckdb.before-2").write_bytes(b"of long ago")
    Catalog.open(path).close()
    kept = copy_of(path)
    assert kept.name == f"catalog.duckdb.before-{NEWEST}"
    assert sorted(tmp_path.iterdir()) == [path, kept, tmp_path / "logs"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert read(kept) == (version, before)
    content = kept.read_bytes()
    Catalog.open(path).close()
    assert kept.read_bytes() == content, "nothing was to be done"


ENDING_EARLY = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("INSERT INTO meta VALUES ('late', 'in the log')")
os._exit(0)
"""


def test_what_the_log_beside_it_holds_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    make(path, 3)
    assert run_command(sys.executable, "-c", ENDING_EARLY, str(path)).code == 0
    assert path.with_name("catalog.duckdb.wal").exists(), "if DuckDB wrote it at once, there is nothing to test"
    Catalog.open(path).close()
    alone = Path(shutil.copy(copy_of(path), tmp_path / "alone.duckdb"))
    assert ("late", "in the log") in read(alone)[1]["meta"]


def test_a_new_catalogue_keeps_no_copy(tmp_path: Path) -> None:
    Catalog.open(tmp_path / "catalog.duckdb").close()
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.duckdb"]


def test_a_copy_of_an_interrupted_attempt_is_the_one_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    before = make(path, 3)
    shutil.copy(path, copy_of(path))
    with duckdb.connect(path, config=CONFIG) as connection:
        migrate(connection, MIGRATIONS[:5])  # and then it was killed
    Catalog.open(path).close()
    assert read(copy_of(path)) == (3, before)


@pytest.mark.parametrize("stale", [b"not a catalogue", b""])
def test_a_copy_that_is_none_is_replaced(tmp_path: Path, stale: bytes) -> None:
    path = tmp_path / "catalog.duckdb"
    before = make(path, 3)
    copy_of(path).write_bytes(stale)
    Catalog.open(path).close()
    assert read(copy_of(path)) == (3, before)


def test_without_room_for_a_copy_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalog.duckdb"
    before = make(path, 3)
    with monkeypatch.context() as patch:
        patch.setattr(room, "free_bytes", lambda folder: room.FLOOR_BYTES)
        with pytest.raises(LibraryError, match=r"nearly full .* make room"):
            Catalog.open(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _fail)
        with pytest.raises(CatalogError, match=r"kept as it was .* No space left .* make room on the disk"):
            Catalog.open(path)
    assert [one.name for one in tmp_path.iterdir()] == ["catalog.duckdb"]
    assert read(path) == (3, before)


def test_what_another_process_writes_meanwhile_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalog.duckdb"
    make(path, 3)

    def copy(source: Path, kept: Path) -> None:
        with duckdb.connect(source, config=CONFIG) as other:
            other.execute("INSERT INTO meta VALUES ('from', 'another')")

    with monkeypatch.context() as patch:
        patch.setattr("egosearch.catalog.opening._copy", copy)
        with pytest.raises(LibraryLockedError, match="another process just now; try again"):
            Catalog.open(path)
    with Catalog.open(path):
        pass
    assert ("from", "another") in read(copy_of(path))[1]["meta"]


LOCKED = """
import sys
from pathlib import Path
from egosearch.catalog import Catalog
from egosearch.errors import LibraryLockedError
try:
    Catalog.open(Path(sys.argv[1]))
except LibraryLockedError:
    sys.exit(7)
"""


def test_after_a_migration_the_catalogue_is_locked_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "catalog.duckdb"
    make(path, 3)
    with Catalog.open(path):
        assert run_command(sys.executable, "-c", LOCKED, str(path)).code == 7
    assert run_command(sys.executable, "-c", LOCKED, str(path)).code == 0


def _fail(handle: int) -> None:
    raise OSError(28, "No space left on device")


OPENING = """
import os, signal, sys
from pathlib import Path
from tests.reliability.doomed import Doom
from egosearch.catalog import Catalog

doom = Doom(int(sys.argv[1]))
sys.setprofile(doom.watch)
Catalog.open(Path(sys.argv[2])).close()
sys.setprofile(None)
Path(sys.argv[3]).write_text(str(doom.steps))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as on Unix")
def test_a_kill_at_any_step_leaves_a_catalogue_of_some_version(tmp_path: Path) -> None:
    base, path, told = tmp_path / "base.duckdb", tmp_path / "library" / "catalog.duckdb", tmp_path / "steps"
    before = make(base, 1)

    def fresh() -> None:
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        shutil.copy(base, path)

    fresh()
    assert run_command(sys.executable, "-c", OPENING, "0", str(path), str(told)).code == 0
    steps = int(told.read_text())
    for step in sorted(random.Random(1).sample(range(1, steps + 1), 10)):
        fresh()
        done = run_command(sys.executable, "-c", OPENING, str(step), str(path), str(told))
        assert done.code == -9, done.complaints
        with Catalog.open(path) as catalog:
            assert len(catalog.recordings()) == 3
        applied, after = read(path)
        assert applied == NEWEST
        assert_kept(before, after)
        kept = copy_of(path)
        left = {one.name for one in path.parent.iterdir()} - {path.name, kept.name, "logs"}
        assert left == set()
        if kept.exists():
            assert read(kept) == (1, before), f"step {step} of {steps}"
        else:
            assert step > 0.9 * steps, "it was killed when all was done"

"""The catalogue as a file: kills, locks, damage, threads, and the owner who looks in."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from egosearch.catalog import Catalog, FileStamp
from egosearch.errors import CatalogError, LibraryLockedError
from tests.egosearch.catalog_samples import AUDIO, KITCHEN, MODIFIED, VISUAL, WALK, batch, piece


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.duckdb"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with Catalog.open(path) as opened:
        opened.add_recording(KITCHEN, MODIFIED)
        yield opened


def test_failures_are_kept_until_cleared(catalog: Catalog) -> None:
    stamp = FileStamp(17, MODIFIED)
    for reason in ("it is empty", "it is cut short"):
        catalog.add_failure(Path("/films/b.mp4"), reason, "copy it again", stamp)
    catalog.add_failure(Path("/films/a.mp4"), "it is empty", "copy it again", stamp)
    first, second = catalog.failures()
    assert (first.path, second.path) == (Path("/films/a.mp4"), Path("/films/b.mp4"))
    assert (second.reason, second.remedy, second.stamp) == ("it is cut short", "copy it again", stamp)
    catalog.clear_failure(Path("/films/b.mp4"))
    catalog.clear_failure(Path("/films/none.mp4"))
    assert catalog.failures() == [first]


def test_the_overviews_read_well(path: Path, catalog: Catalog) -> None:
    catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9), batch(VISUAL, 0, 4)])
    catalog.commit_slice(piece(1), [batch(AUDIO, 9, 3)])
    catalog.add_recording(WALK, MODIFIED)
    catalog.close()
    with duckdb.connect(path, read_only=True) as owner:
        overview = owner.execute("SELECT path, audio_windows, visual_windows, speech_windows FROM recordings_overview")
        assert overview.fetchall() == [("/films/kitchen.mp4", 12, 4, 0), ("/films/walk.wav", 0, 0, 0)]
        assert owner.execute("SELECT modality, recordings, windows FROM spaces_overview").fetchall() == [
            ("audio", 1, 12),
            ("visual", 1, 4),
        ]
        seen = owner.execute("SELECT epoch(max(seen_at)) FROM windows_overview WHERE modality = 'visual'").fetchone()
        assert KITCHEN.recorded_at is not None
        assert seen == (KITCHEN.recorded_at.timestamp() + 3.0,)
        uncommented = "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL AND table_name <> 'migrations'"
        assert owner.execute(uncommented).fetchall() == []


def test_a_kill_before_the_commit_leaves_nothing(path: Path, catalog: Catalog) -> None:
    catalog.close()
    code = f"""
import os, signal
from pathlib import Path
from egosearch.catalog import Catalog
from egosearch.catalog import slices as module
from tests.egosearch.catalog_samples import AUDIO, VISUAL, batch, piece
catalog = Catalog.open(Path({str(path)!r}))
catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9)])
insert = module.insert_windows
def killed(cursor, key, rows):
    insert(cursor, key, rows)
    if rows.space == VISUAL:
        os.kill(os.getpid(), signal.SIGKILL)
module.insert_windows = killed
catalog.commit_slice(piece(1), [batch(AUDIO, 9, 9), batch(VISUAL, 0, 9)])
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    with Catalog.open(path) as again:
        assert again.committed_slices(KITCHEN.recording_id, AUDIO.id) == {0}
        assert again.counts().windows == 9
        assert again.spaces() == [AUDIO]


def test_a_second_process_is_told_who_has_the_catalogue(path: Path, catalog: Catalog) -> None:
    code = f"""
import os
from pathlib import Path
from egosearch.catalog import Catalog
from egosearch.errors import LibraryLockedError
for read_only in (False, True):
    try:
        Catalog.open(Path({str(path)!r}), read_only=read_only)
    except LibraryLockedError as error:
        print(os.getppid(), error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        holder, message = line.split(" ", 1)
        assert f"in use by process {holder}," in message
        assert "wait until it ends, or end it" in message


def test_readers_may_share_and_cannot_write(path: Path, catalog: Catalog) -> None:
    catalog.close()
    with Catalog.open(path, read_only=True) as one, Catalog.open(path, read_only=True) as two:
        assert one.recordings() == two.recordings()
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            one.remove(KITCHEN.recording_id)
        with pytest.raises(LibraryLockedError, match="already in this process"):
            Catalog.open(path)


def test_a_missing_catalogue_is_not_made_for_reading(path: Path) -> None:
    with pytest.raises(CatalogError, match="does not exist; index something"):
        Catalog.open(path, read_only=True)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"\0" * 40_000, b"short"])
def test_a_damaged_catalogue_is_one_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=r"cannot be read as a catalogue .*restore it from a backup") as caught:
        Catalog.open(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_threads_read_while_one_writes(catalog: Catalog) -> None:
    problems: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                assert len(catalog.windows(AUDIO.id, KITCHEN.recording_id)) % 9 == 0
                assert len(catalog.recordings()) == 1
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for index in range(10):
        catalog.commit_slice(piece(index), [batch(AUDIO, 9 * index, 9)])
    for thread in threads:
        thread.join()
    assert problems == []


def test_closing_twice_is_fine(catalog: Catalog) -> None:
    catalog.close()
    catalog.close()

"""Disks that are full, files that may not grow, folders that may not be written: one sentence, and nothing is lost."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.catalog import Catalog
from egosearch.errors import CatalogError
from egosearch.library import Library
from egosearch.types import Query
from tests.egosearch.catalog_samples import AUDIO, KITCHEN, MODIFIED, batch, piece
from tests.reliability.disks import FILL, allow, disk, fill_to_the_floor, forbid, obeying, remount
from tests.reliability.harness import PROGRAM, Done, index, index_arguments, make_recordings, run, run_command
from tests.reliability.snapshots import Snapshot, snapshot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="disks are filled and limits set as on Unix")

MB = 1_000_000
BLUE_THINGS = Query("blue", min_confidence=0)
LIBRARY = 4


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_recordings(tmp_path_factory.mktemp("made") / "recordings", 4)


@pytest.fixture(scope="module")
def undisturbed(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of all recordings."""
    folder = tmp_path_factory.mktemp("undisturbed") / "library"
    assert index(folder, recordings, jobs=1).code == 0
    return folder


@pytest.fixture(scope="module")
def expected(undisturbed: Path) -> Snapshot:
    return snapshot(undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disk(tmp_path / "disk", 400 * MB) as mounted:
        yield mounted


def assert_refused(done: Done, *words: str) -> None:
    assert done.code == LIBRARY, done.complaints
    (line,) = done.complaints.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line


def assert_completed(library: Path, recordings: Path, expected: Snapshot) -> None:
    """Check that the next run makes what an undisturbed one would have made."""
    done = index(library, recordings, jobs=1)
    assert done.code == 0, done.complaints
    assert snapshot(library).differences(expected) == []


ACCIDENT = """
import sys
from egosearch.catalog import Catalog
from egosearch.cli import main
from tests.reliability import disks

accident, commit = getattr(disks, sys.argv[1]), Catalog.commit_slice

def commit_and_go_wrong(self, *given, **named):
    commit(self, *given, **named)
    Catalog.commit_slice = commit
    accident(self.path.parent)

Catalog.commit_slice = commit_and_go_wrong
sys.argv = ["egosearch", *sys.argv[2:]]
main()
"""
"""Runs the program and lets something happen to its library once the first slice is committed."""


def test_a_disk_that_fills_up_stops_the_run_in_time(small_disk: Path, recordings: Path, expected: Snapshot) -> None:
    library = small_disk / "library"
    arguments = index_arguments(library, recordings, jobs=1)
    done = run_command(sys.executable, "-c", ACCIDENT, "fill_to_the_floor", *arguments)
    assert_refused(done, "nearly full", str(library), "make room and run the same command again")
    with Library.open(library, read_only=True) as opened:
        assert len(opened.recordings()) == 1, "what was committed stays"
    fill_to_the_floor(library)
    assert_refused(run("remove", "0.mp4", "--yes", "--library", library), "nearly full")
    (library / FILL).unlink()
    assert run("index", recordings / "0.mp4", "--library", library).code == 0
    assert_completed(library, recordings, expected)


UNGUARDED = """
import sys
from egosearch import room
room.FLOOR_BYTES = -(1 << 40)
from egosearch.cli import app
app(sys.argv[1:], prog_name="egosearch")
"""


@pytest.mark.parametrize("size_bytes", [100_000, 400_000, 700_000])
def test_a_disk_that_others_fill_in_the_wrong_moment_loses_nothing(
    tmp_path: Path, recordings: Path, expected: Snapshot, size_bytes: int
) -> None:
    with disk(tmp_path / "disk", size_bytes) as mounted:
        library = mounted / "library"
        done = run_command(sys.executable, "-c", UNGUARDED, *index_arguments(library, recordings, jobs=1))
        assert done.code != 0
        remount(mounted, f"size={400 * MB}")
        assert_completed(library, recordings, expected)


def commit_thousand(catalog: Catalog, number: int) -> bool:
    """Commit a slice of a thousand windows, and return whether the disk had room for it."""
    try:
        catalog.commit_slice(piece(number), [batch(AUDIO, 1000 * number, 1000)])
    except CatalogError as error:
        return "catalog.duckdb cannot be written, because the disk is full; make room" not in str(error)
    return True


def test_a_full_disk_undoes_a_transaction_and_says_so(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", 600_000) as mounted:
        path = mounted / "catalog.duckdb"
        committed = 0
        with Catalog.open(path) as catalog:
            catalog.add_recording(KITCHEN, MODIFIED)
            while commit_thousand(catalog, committed):
                committed += 1
            assert committed > 0
            assert catalog.committed_slices(KITCHEN.recording_id, AUDIO.id) == set(range(committed))
        remount(mounted, f"size={20 * MB}")
        with Catalog.open(path) as again:
            assert again.committed_slices(KITCHEN.recording_id, AUDIO.id) == set(range(committed))
            assert len(again.windows(AUDIO.id, KITCHEN.recording_id)) == 1000 * committed
            again.commit_slice(piece(committed), [batch(AUDIO, 1000 * committed, 1000)])


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from egosearch.cli import app
app(sys.argv[2:], prog_name="egosearch")
"""


@pytest.mark.parametrize("size_bytes", [20_000, 1_000_000])
def test_files_that_may_not_grow_are_one_sentence(
    tmp_path: Path, recordings: Path, expected: Snapshot, size_bytes: int
) -> None:
    library = tmp_path / "library"
    arguments = index_arguments(library, recordings, jobs=1)
    done = run_command(sys.executable, "-c", LIMITED, str(size_bytes), *arguments)
    assert_refused(done, "may not grow so large", "ulimit -f")
    assert_completed(library, recordings, expected)


def test_a_disk_that_may_not_be_written_is_searched_all_the_same(
    small_disk: Path, undisturbed: Path, recordings: Path
) -> None:
    library = small_disk / "library"
    shutil.copytree(undisturbed, library)
    with Library.open(library, read_only=True) as opened:
        answer = opened.answer(BLUE_THINGS)
    remount(small_disk, "ro")
    try:
        assert_refused(index(library, recordings, jobs=1), "read-only", "make it writable")
        assert_refused(run("remove", "0.mp4", "--yes", "--library", library), "read-only")
        assert_refused(index(small_disk / "other", recordings), "Read-only file system", "you may write to")
        with Library.open(library, read_only=True) as opened:
            assert opened.answer(BLUE_THINGS) == answer
    finally:
        remount(small_disk, "rw")


def test_a_folder_that_is_lost_in_the_middle_of_a_run(tmp_path: Path, recordings: Path, expected: Snapshot) -> None:
    library = tmp_path / "library"
    arguments = index_arguments(library, recordings, jobs=1)
    done = run_command(*obeying(), sys.executable, "-c", ACCIDENT, "forbid", *arguments)
    assert_refused(done, str(library), "make it writable for this user")
    allow(library)
    assert_completed(library, recordings, expected)


def test_a_folder_that_may_not_be_written(tmp_path: Path, recordings: Path, undisturbed: Path) -> None:
    library = Path(shutil.copytree(undisturbed, tmp_path / "library"))
    shutil.rmtree(library / "scan")
    forbid(library)
    try:
        done = run_command(*obeying(), *PROGRAM, *index_arguments(library, recordings, jobs=1))
        assert_refused(done, "permission was denied", str(library / "catalog.duckdb"))
        done = run_command(*obeying(), *PROGRAM, "query", "blue", "--library", str(library))
        assert_refused(done, "search it once with permission to write")
    finally:
        allow(library)


def test_a_search_cache_that_cannot_be_written_is_held_in_memory(
    tmp_path: Path, undisturbed: Path, expected: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    library = Path(shutil.copytree(undisturbed, tmp_path / "library"))
    shutil.rmtree(library / "scan")
    (library / "scan").write_bytes(b"a file in its place")
    with Library.open(library) as opened:
        answers = [opened.answer(BLUE_THINGS).moments for _ in range(2)]
        assert [moment.span for moment in answers[0]] == [moment.span for moment in expected.answers["blue"]]
        assert answers[0] == answers[1]
        opened.remove(answers[0][0].recording_id)
        assert answers[0][0].recording_id not in {one.recording_id for one in opened.answer(BLUE_THINGS).moments}
    assert len([one for one in caplog.messages if "is held in memory" in one]) == 2, "once a change, not once a search"
    done = run("query", "blue", "--min-confidence", 0, "--library", library)
    assert done.code == 0
    assert "is held in memory" in done.complaints


def test_a_search_cache_on_a_full_disk_leaves_nothing_behind(tmp_path: Path, undisturbed: Path) -> None:
    library = Path(shutil.copytree(undisturbed, tmp_path / "library"))
    shutil.rmtree(library / "scan")
    with disk(library / "scan", 16_384) as mounted:
        done = run("query", "blue", "--min-confidence", 0, "--library", library)
        assert done.code == 0
        assert "No space left on device" in done.complaints
        assert list(mounted.iterdir()) == []

"""What only the embedded store promises: its folder, its lock, and what a kill leaves."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from egosearch.errors import LibraryLockedError, StoreError
from egosearch.stores import EmbeddedStore, Filter, WindowRows
from egosearch.stores.locking import LOCK
from egosearch.stores.recordings import LIST
from indexers.embeddings import SparseRows
from indexers.types import EmbeddingSpace, Modality

SPACE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 1.0, 50, "sparse", "dot")
EVERYTHING = Filter()


def windows(recording_id: str, n: int) -> WindowRows:
    rng = np.random.default_rng(n)
    values = np.where(rng.random((n, SPACE.dim)) < 0.2, rng.random((n, SPACE.dim)), 0).astype(np.float32)
    return WindowRows(recording_id, np.arange(n), SparseRows.from_dense(values, above=0))


def owners(store: EmbeddedStore) -> set[str]:
    """Return the recordings of all windows that share an entry with everything."""
    query = SparseRows.from_dense(np.ones((1, SPACE.dim), dtype=np.float32), above=0)
    return {hit.recording_id for hit in store.search(SPACE, query, where=EVERYTHING, limit=10_000)}


def run_and_kill(code: str) -> None:
    """Run `code`, with an open store at hand, in a process that then kills itself."""
    setup = """
import os, signal
from pathlib import Path
from egosearch.stores import EmbeddedStore
from tests.egosearch.test_embedded_store import SPACE, windows
"""
    whole = setup + code + "\nos.kill(os.getpid(), signal.SIGKILL)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", whole], check=False, cwd=root).returncode == -9


def apparent_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_closed_library_is_small_and_opens_unchanged(tmp_path: Path) -> None:
    rows = windows("a", 300)
    for round_ in range(4):
        with EmbeddedStore(tmp_path) as store:
            store.upsert(SPACE, windows(f"other {round_}", 100))
            store.upsert(SPACE, rows)
            if round_ == 2:
                store.remove("other 0")
                store.compact()
            found = store.scan(SPACE, "a")
            assert found is not None
            assert found.embeddings.dense().tobytes() == rows.embeddings.dense().tobytes()
            assert apparent_bytes(tmp_path) > 50e6  # what makes trimming worth it; if this fails, drop it
        assert apparent_bytes(tmp_path) < 2e6
    with EmbeddedStore(tmp_path) as store:
        assert store.count(SPACE, where=EVERYTHING) == 600


def test_a_window_takes_little_more_than_its_vector(tmp_path: Path) -> None:
    n, slices = 300, 40
    with EmbeddedStore(tmp_path) as store:
        for k in range(slices):
            store.upsert(SPACE, windows(f"recording {k}", n))
            store.flush()
        store.compact()
    # 10 entries a window, of 4 bytes a value and 1 to 2 an index. A point for each would take 100 more.
    assert apparent_bytes(tmp_path) / (n * slices) < 75


def test_a_copy_of_a_closed_library_is_a_library(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "one") as store:
        store.upsert(SPACE, windows("a", 30))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with EmbeddedStore(tmp_path / "two") as store:
        assert store.count(SPACE, where=EVERYTHING) == 30


def test_a_second_process_is_told_who_has_the_library(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from egosearch.errors import LibraryLockedError
from egosearch.stores import EmbeddedStore
try:
    EmbeddedStore(Path({str(tmp_path)!r})).remove("a")
except LibraryLockedError as error:
    print(error)
"""

    def ask() -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPACE, windows("a", 3))
        holder = (tmp_path / LOCK).read_text()
        answer = ask()
        assert f"in use by process {holder}" in answer
        assert "wait until it ends" in answer
    assert ask() == ""
    with EmbeddedStore(tmp_path) as store:
        assert store.count(SPACE, where=EVERYTHING) == 0  # the second process removed it


def test_a_second_opener_in_this_process_is_refused(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPACE, windows("a", 3))
        with pytest.raises(LibraryLockedError), EmbeddedStore(tmp_path) as other:
            other.count(SPACE, where=EVERYTHING)


def test_what_was_flushed_survives_a_kill(tmp_path: Path) -> None:
    run_and_kill(f"""
store = EmbeddedStore(Path({str(tmp_path)!r}))
store.upsert(SPACE, windows("flushed", 200))
store.flush()
store.upsert(SPACE, windows("not flushed", 200))
""")
    with EmbeddedStore(tmp_path) as store:
        assert {"flushed"} <= owners(store) <= {"flushed", "not flushed"}
        rows = store.scan(SPACE, "flushed")
        assert rows is not None
        assert rows.embeddings.dense().tobytes() == windows("flushed", 200).embeddings.dense().tobytes()
        store.upsert(SPACE, windows("not flushed", 200))
        assert store.count(SPACE, where=EVERYTHING) == 400
        assert owners(store) == {"flushed", "not flushed"}


def test_hits_name_their_recordings_after_reopening(tmp_path: Path) -> None:
    names = ["cd" * 16, "küche\n1", 'a "quoted" one', ""]
    for name in names:
        with EmbeddedStore(tmp_path) as store:
            store.upsert(SPACE, windows(name, 5))
    with EmbeddedStore(tmp_path) as store:
        assert owners(store) == set(names)
        store.remove(names[0])
        store.upsert(SPACE, windows(names[1], 7))
        assert owners(store) == set(names[1:])
    assert len((tmp_path / SPACE.id / LIST).read_text().splitlines()) == len(names)


@pytest.mark.parametrize("moment", ["before the list is written", "half way", "before the first window"])
def test_a_kill_around_the_list_of_recordings_is_mended(tmp_path: Path, moment: str) -> None:
    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPACE, windows("old", 50))
    run_and_kill(f"""
from egosearch.stores import volume
def add(self, recording_id):
    if {moment!r} == "half way":
        with self._path.open("a") as file:
            file.write('"ne')
    elif {moment!r} == "before the first window":
        append(self, recording_id)
    os.kill(os.getpid(), signal.SIGKILL)
append, volume.RecordingList.add = volume.RecordingList.add, add
EmbeddedStore(Path({str(tmp_path)!r})).upsert(SPACE, windows("new", 50))
""")
    with EmbeddedStore(tmp_path) as store:
        assert owners(store) == {"old"}
        assert store.scan(SPACE, "new") is None
        store.upsert(SPACE, windows("new", 50))
        assert owners(store) == {"old", "new"}
    with EmbeddedStore(tmp_path) as store:
        assert owners(store) == {"old", "new"}


def test_a_lost_list_of_recordings_is_said(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPACE, windows("a", 5))
    path = tmp_path / SPACE.id / LIST
    path.unlink()
    with EmbeddedStore(tmp_path) as store, pytest.raises(StoreError, match=f"{LIST} does not name .*index again"):
        owners(store)
    path.write_bytes(b"\xff\n")
    with EmbeddedStore(tmp_path) as store, pytest.raises(StoreError, match=f"{LIST} is damaged .*index again"):
        owners(store)


def test_what_a_kill_left_unfinished_is_swept(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPACE, windows("a", 3))
    leftovers = [tmp_path / ".new-0123", tmp_path / ".dropped-4567", tmp_path / SPACE.id / "temp_segments"]
    for folder in leftovers:
        (folder / "segment").mkdir(parents=True)
    with EmbeddedStore(tmp_path) as store:
        assert store.spaces() == [SPACE.id]
        assert store.count(SPACE, where=EVERYTHING) == 3
        assert not any(folder.exists() for folder in leftovers)


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        store.upsert(SPACE, windows("a", 3))
    for config in (tmp_path / SPACE.id).rglob("segment.json"):
        config.write_text("not json")
    with EmbeddedStore(tmp_path) as store, pytest.raises(StoreError, match=f"{SPACE.id} cannot be used .*restore"):
        store.count(SPACE, where=EVERYTHING)

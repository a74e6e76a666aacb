"""What is removed goes from the catalogue first: that its vectors follow is remembered, whatever happens in between."""

import os
from pathlib import Path

import pytest

from egosearch import room
from egosearch.catalog import Catalog
from egosearch.errors import LibraryError, StoreError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.stores import EmbeddedStore, Filter
from egosearch.stores.locking import LOCK, FolderLock
from egosearch.stores.recordings import LIST, RecordingList
from tests.media import BLUE, RED, RecordingOptions, make_recording

EVERYTHING = Filter()


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    colours = {"red.mp4": (RED,), "blue.mp4": (BLUE,)}
    return [
        make_recording(tmp_path / name, RecordingOptions(seconds=3, colours=shown)) for name, shown in colours.items()
    ]


def owners(folder: Path) -> set[str]:
    """Return the recordings that any vector in a library is of."""
    with Catalog.open(folder / "catalog.duckdb") as catalog, EmbeddedStore(folder / "vectors") as store:
        found = {
            one
            for space in catalog.spaces()
            for one in store.recordings(space.id)
            if store.count(space, where=Filter(frozenset({one})))
        }
        assert catalog.removing() == []
        return found


@pytest.fixture
def half_removed(
    tmp_path: Path, recordings: list[Path], toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """Return a library with vectors of a recording that its catalogue has forgotten, and the recording's id."""

    def killed(self: EmbeddedStore, recording_id: str) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "library"
    with Library.open(folder) as library:
        library.index(recordings, options=toy)
        doomed = library.find("red.mp4").recording_id
        with monkeypatch.context() as patch:
            patch.setattr(EmbeddedStore, "remove", killed)
            with pytest.raises(KeyboardInterrupt):
                library.remove(doomed)
        assert [one.path.name for one in library.recordings()] == ["blue.mp4"]
    return folder, doomed


def test_vectors_of_what_was_removed_go_with_the_next_run(half_removed: tuple[Path, str], toy: IndexOptions) -> None:
    folder, doomed = half_removed
    with Library.open(folder) as library:
        library.index([], options=toy)
        (kept,) = library.recordings()
    assert owners(folder) == {kept.recording_id}
    assert doomed != kept.recording_id


def test_removing_another_removes_them_too(half_removed: tuple[Path, str]) -> None:
    folder, _ = half_removed
    with Library.open(folder) as library:
        library.remove(library.find("blue.mp4").recording_id)
    assert owners(folder) == set()


def test_what_is_indexed_again_stays(half_removed: tuple[Path, str], recordings: list[Path], toy: IndexOptions) -> None:
    folder, doomed = half_removed
    with Library.open(folder) as library:
        library.index(recordings, options=toy)
    with Library.open(folder) as library:
        library.index([], options=toy)
        assert {one.path.name for one in library.recordings()} == {"red.mp4", "blue.mp4"}
    assert doomed in owners(folder)


def test_without_room_nothing_is_removed(
    tmp_path: Path, recordings: list[Path], toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path / "library") as library:
        library.index(recordings, options=toy)
        red = library.find("red.mp4")
        monkeypatch.setattr(room, "free_bytes", lambda folder: 0)
        with pytest.raises(LibraryError, match="nearly full"):
            library.remove(red.recording_id)
        with pytest.raises(LibraryError, match="nearly full"):
            library.index(recordings, options=toy)
        assert library.find("red.mp4") == red


def fail(handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_line_that_cannot_be_written_spoils_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RecordingList(tmp_path).add("ab" * 16)
    written = (tmp_path / LIST).read_bytes()
    listed = RecordingList(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            listed.add("cd" * 16)
    assert (tmp_path / LIST).read_bytes() == written
    listed.add("cd" * 16)
    assert RecordingList(tmp_path).names() == ["ab" * 16, "cd" * 16]


def test_a_lock_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        lock = FolderLock(tmp_path)
    with pytest.raises(LibraryError, match="in use by another process"):
        FolderLock(tmp_path)
    lock.release()
    FolderLock(tmp_path).release()
    assert (tmp_path / LOCK).read_bytes() == str(os.getpid()).encode()


def test_an_engine_that_finds_no_room_is_one_sentence(tmp_path: Path) -> None:
    from egosearch.stores.explaining import explained

    message = "Service runtime error: Failed to flush: IO Error: failed to write: No space left on device (os error 28)"
    with pytest.raises(StoreError, match="cannot be written, because the disk is full; make room"), explained(tmp_path):
        raise Exception(message)

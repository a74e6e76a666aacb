"""How much room there is, and what is said and done where there is none: without a disk that is full."""

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from egosearch import room
from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from egosearch.stores import EmbeddedStore, WindowRows
from indexers.embeddings import DenseRows
from indexers.types import EmbeddingSpace, Modality

SPACE = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 1.0, 8, "dense", "cosine")


def directions(seed: int, n: int = 2000) -> DenseRows:
    return DenseRows(np.random.default_rng(seed).normal(size=(n, SPACE.dim)).astype(np.float32))


def test_without_room_for_a_copy_nothing_is_compacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with EmbeddedStore(tmp_path / "vectors") as store:
        for name in ("a", "b"):
            store.upsert(SPACE, WindowRows(name, np.arange(2000), directions(1)))
        store.remove("a")
        taken = room.taken_bytes(store.path / SPACE.id)
        monkeypatch.setattr(room, "free_bytes", lambda folder: room.FLOOR_BYTES + taken - 1)
        store.compact()
        assert "is not compacted" in caplog.text
        assert store.scan(SPACE, "b") is not None
        monkeypatch.setattr(room, "free_bytes", lambda folder: room.FLOOR_BYTES - 1)
        with pytest.raises(LibraryError, match=r"128.0 MB are free, .* below 128.0 MB\); make room"):
            store.upsert(SPACE, WindowRows("c", np.arange(2000), directions(2)))
        assert store.scan(SPACE, "c") is None


def test_closing_closes_all_shards_though_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(SPACE, model="other")
    with EmbeddedStore(tmp_path / "vectors") as store:
        for space in (SPACE, other):
            store.upsert(space, WindowRows("a", np.arange(2000), directions(1)))
    opened = EmbeddedStore(tmp_path / "vectors")
    for space in (SPACE, other):
        opened.scan(space, "a")

    def fail(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("egosearch.stores.volume.trim", fail)
    opened.close()
    with EmbeddedStore(tmp_path / "vectors") as again:
        assert [len(again.scan(space, "a") or ()) for space in (SPACE, other)] == [2000, 2000]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('Could not set lock on file "x": Conflicting lock is held in python (PID 17)', "in use by process 17"),
        ('Could not read block 3 of file "x": Input/output error', "cannot be read as a catalogue"),
        ('Could not write file "x.wal": No space left on device', "because the disk is full; make room"),
        ('Cannot open file "x": Permission denied', "permission was denied; check who owns it"),
    ],
)
def test_why_a_catalogue_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException(f"IO Error: {message}")

    monkeypatch.setattr(duckdb, "connect", fail)
    with pytest.raises(LibraryError, match=told):
        Catalog.open(tmp_path / "catalog.duckdb")


def test_room_is_looked_for_where_a_folder_is_to_be(tmp_path: Path) -> None:
    assert room.free_bytes(tmp_path / "not" / "yet") == room.free_bytes(tmp_path)
    assert room.has_room(tmp_path)
    assert not room.has_room(tmp_path, 1 << 60)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("IO Error: failed to write to file `x`: No space left on device (os error 28)", "full"),
        ('Could not write file "/a": Disk quota exceeded', "full"),
        ("failed to set length of file `x`: File too large (os error 27)", "ulimit"),
        ("Read-only file system (os error 30)", "writable"),
    ],
)
def test_what_an_engine_says_of_the_disk_is_understood(message: str, word: str) -> None:
    found = room.obstacle(message)
    assert found is not None
    assert word in found
    assert room.obstacle("segment.json is not JSON") is None

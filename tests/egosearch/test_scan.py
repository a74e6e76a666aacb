import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.query.sounds import SoundEvents, find_sound_events
from egosearch.scan import Scan, ScanCache
from indexers.types import Modality
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording


def films(folder: Path, *names: str) -> list[Path]:
    options = RecordingOptions(seconds=6, colours=(RED, BLUE), tones=(Tone(2, 3, 400),))
    made = []
    for i, name in enumerate(names):
        made.append(make_recording(folder / name, RecordingOptions(**{**vars(options), "seconds": 6.0 + i})))
    return made


def same(one: Scan, other: Scan) -> None:
    assert one.durations_s == other.durations_s
    assert one.events.table.tolist() == other.events.table.tolist()
    for sense, matrix in one.matrices.items():
        twin = other.matrices[sense]
        assert matrix.recording_ids == twin.recording_ids
        np.testing.assert_array_equal(matrix.offsets, twin.offsets)
        np.testing.assert_array_equal(matrix.start_s, twin.start_s)
        np.testing.assert_array_equal(matrix.clarity, twin.clarity)
        np.testing.assert_array_equal(matrix.rows.dense(), twin.rows.dense())
        np.testing.assert_array_equal(matrix.background.mean, twin.background.mean)
        np.testing.assert_array_equal(matrix.background.deviation, twin.background.deviation)
        asked = np.arange(matrix.space.dim, dtype=np.float32)
        np.testing.assert_array_equal(matrix.similarities(asked), twin.similarities(asked))


def load(where: Path) -> Scan:
    with Catalog.open(where / "catalog.duckdb", read_only=True) as catalog:
        return ScanCache(where / "scan").load(catalog)


def test_what_was_reused_equals_what_is_read_afresh(tmp_path: Path, toy: IndexOptions) -> None:
    first, second, third = films(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    where = tmp_path / "library"
    with Library.open(where) as library:
        library.index([first, second], options=toy)
        library.index([third], options=toy)
        library.remove(library.find("b.mp4").recording_id)
        library.search("blue")
    grown = load(where)
    assert [len(matrix.recording_ids) for matrix in grown.matrices.values()] == [2, 2]
    shutil.move(where / "scan", tmp_path / "grown")  # moved, not deleted: `grown` still reads from it
    with Library.open(where) as library:
        library.search("blue")
    same(grown, load(where))


def test_the_sound_of_what_did_not_change_is_not_gone_through_again(
    tmp_path: Path, toy: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []

    def find(recording_id: str, *args: Any, **more: Any) -> SoundEvents:
        searched.append(recording_id)
        return find_sound_events(recording_id, *args, **more)

    monkeypatch.setattr("egosearch.scan.build.find_sound_events", find)
    first, second = films(tmp_path, "a.mp4", "b.mp4")
    with Library.open(tmp_path / "library") as library:
        library.index([first], options=toy)
        library.index([second], options=toy)
        ids = [library.find(name).recording_id for name in ("a.mp4", "b.mp4")]
    assert searched == ids


def test_windows_are_in_time_order_and_carry_their_clarity(tmp_path: Path, toy: IndexOptions) -> None:
    with Library.open(tmp_path / "library") as library:
        library.index(films(tmp_path, "a.mp4"), options=toy)
    scan = load(tmp_path / "library")
    heard, seen = scan.matrices[Modality.AUDIO], scan.matrices[Modality.VISUAL]
    assert (np.diff(heard.start_s) > 0).all()
    assert seen.start_s.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.isfinite(heard.clarity).all()
    assert np.isfinite(seen.clarity).all()


def test_a_stale_cache_is_told_from_a_current_one(tmp_path: Path, toy: IndexOptions) -> None:
    with Library.open(tmp_path / "library") as library:
        library.index(films(tmp_path, "a.mp4"), options=toy)
        recording_id = library.find("a.mp4").recording_id
    cache = ScanCache(tmp_path / "library" / "scan")
    with Catalog.open(tmp_path / "library" / "catalog.duckdb") as catalog:
        assert cache.is_current(catalog)
        catalog.remove(recording_id)
        assert not cache.is_current(catalog)
        with pytest.raises(LibraryError, match="cannot be read"):
            cache.load(catalog)


def test_a_file_that_a_full_disk_left_empty_is_told(tmp_path: Path, toy: IndexOptions) -> None:
    with Library.open(tmp_path / "library") as library:
        library.index(films(tmp_path, "a.mp4"), options=toy)
    emptied = next((tmp_path / "library" / "scan").glob("*/*.arrays"))
    emptied.write_bytes(b"")
    with pytest.raises(LibraryError, match="delete it"):
        load(tmp_path / "library")

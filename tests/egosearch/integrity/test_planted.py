"""Every inconsistency that is planted is found, told with what to do, and mended where nothing has to be decided."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from egosearch.integrity import Kind
from egosearch.library import Library
from egosearch.scan import bundle
from egosearch.stores import WindowRows
from egosearch.stores.recordings import LIST
from indexers.embeddings import DenseRows, SparseRows
from indexers.types import Modality
from tests.egosearch.whole import Bench, answers, told

SEEN, HEARD = "visual (toy)", "audio (toy)"


def sql(bench: Bench, statement: str, *values: object) -> None:
    with duckdb.connect(bench.paths.catalog) as connection:
        connection.execute(statement, list(values))


def lose_vectors(bench: Bench) -> None:
    with bench.store() as store:
        store.discard(bench.space(Modality.VISUAL), {bench.recording_id(bench.walk): np.array([1, 4])})


def lose_all_vectors(bench: Bench) -> None:
    shutil.rmtree(bench.paths.vectors / bench.space(Modality.VISUAL).id)


def alter_a_vector(bench: Bench) -> None:
    space, recording_id = bench.space(Modality.VISUAL), bench.recording_id(bench.walk)
    with bench.store() as store:
        rows = store.scan(space, recording_id)
        assert rows is not None
        dense = rows.embeddings.dense()
        dense[2, 0] += 2**-10  # the last bit but two of a number near 1
        store.upsert(space, WindowRows(recording_id, rows.index, SparseRows.from_dense(dense, above=0)))


def swap_two_vectors(bench: Bench) -> None:
    space, recording_id = bench.space(Modality.VISUAL), bench.recording_id(bench.walk)
    with bench.store() as store:
        rows = store.scan(space, recording_id)
        assert rows is not None
        order = np.array([0, 2, 1, 3, 4, 5])
        store.upsert(space, WindowRows(recording_id, rows.index, rows.embeddings.take(order)))


def add_vectors(bench: Bench) -> None:
    with bench.store() as store:
        space = bench.space(Modality.VISUAL)
        rows = SparseRows.from_dense(np.ones((3, space.dim), np.float32), above=0)
        store.upsert(space, WindowRows(bench.recording_id(bench.walk), np.array([100, 101, 102]), rows))


def add_a_recordings_vectors(bench: Bench) -> None:
    with bench.store() as store:
        space = bench.space(Modality.VISUAL)
        rows = SparseRows.from_dense(np.ones((2, space.dim), np.float32), above=0)
        store.upsert(space, WindowRows("ef" * 16, np.arange(2), rows))


def add_a_space(bench: Bench) -> None:
    with bench.store() as store:
        space = bench.space(Modality.VISUAL)
        other = type(space)(**{**vars(space), "model": "gone", "layout": "dense", "dim": 2})
        store.upsert(other, WindowRows("ef" * 16, np.arange(2), DenseRows(np.ones((2, 2), np.float32))))


def forget_whose_vectors(bench: Bench) -> None:
    (bench.paths.vectors / bench.space(Modality.VISUAL).id / LIST).write_bytes(b"")


def lose_windows(bench: Bench) -> None:
    window = bench.space(Modality.VISUAL).id, bench.recording_id(bench.walk)
    sql(bench, "DELETE FROM windows WHERE window_index = 2 AND space_id = ? AND recording_id = ?", *window)


def lose_a_slice(bench: Bench) -> None:
    """What is said, and its words."""
    spaces = [bench.space(Modality.SPEECH, model).id for model in ("toy", "bm25")]
    talk = bench.recording_id(bench.talk)
    sql(bench, "DELETE FROM slices WHERE recording_id = ? AND list_contains(?, space_id)", talk, spaces)


def lose_a_recording(bench: Bench) -> None:
    sql(bench, "DELETE FROM recordings WHERE recording_id = ?", bench.recording_id(bench.walk))


def damage_the_cache(bench: Bench) -> None:
    (cached,) = bench.paths.scan.glob("*/scan.json")
    cached.write_text("{")


def alter_the_cache(bench: Bench) -> None:
    (cached,) = bench.paths.scan.glob(f"*/{bench.space(Modality.VISUAL).id}.arrays")
    description, arrays = bundle.read(cached)
    arrays = {name: array.copy() for name, array in arrays.items()}  # the file that they lie in is written over
    arrays["values"][:2] *= np.float16(0.5)
    bundle.write(cached, description, arrays)


def lose_a_failed_file(bench: Bench) -> None:
    (bench.walk.parent / "broken.mp4").unlink()


def leave_drafts(bench: Bench) -> None:
    (bench.folder / "egosearch.draft").write_text("half")
    (bench.paths.vectors / ".new-0123456789ab").mkdir(exist_ok=True)
    (bench.paths.scan / "4-0123456789ab.partial").mkdir(exist_ok=True)


def open_to_others(bench: Bench) -> None:
    bench.folder.chmod(0o755)


PLANTED: list[tuple[Callable[[Bench], None], dict[Kind, list[tuple[str, int]]]]] = [
    (lose_vectors, {Kind.MISSING_VECTORS: [(f"walk.mp4: {SEEN}", 2)]}),
    (lose_all_vectors, {Kind.MISSING_VECTORS: [(f"talk.mp4: {SEEN}", 8), (f"walk.mp4: {SEEN}", 6)]}),
    (alter_a_vector, {Kind.ALTERED_VECTORS: [(f"walk.mp4: {SEEN}", 6)]}),
    (swap_two_vectors, {Kind.ALTERED_VECTORS: [(f"walk.mp4: {SEEN}", 6)]}),
    (add_vectors, {Kind.ORPHAN_VECTORS: [(f"walk.mp4: {SEEN}", 3)]}),
    (add_a_recordings_vectors, {Kind.ORPHAN_VECTORS: [(f"the recording {'ef' * 16}: {SEEN}", 2)]}),
    (add_a_space, {Kind.ORPHAN_VECTORS: [("the space ", 1)]}),
    (forget_whose_vectors, {Kind.UNLISTED_VECTORS: [(f"talk.mp4: {SEEN}", 8), (f"walk.mp4: {SEEN}", 6)]}),
    (
        lose_windows,
        {Kind.INCOMPLETE_SLICES: [(f"walk.mp4: {SEEN}", 1)], Kind.ORPHAN_VECTORS: [(f"walk.mp4: {SEEN}", 1)]},
    ),
    (
        lose_a_slice,
        {
            Kind.STRAY_ROWS: [("the table windows", 4), ("the table transcripts", 2)],
            Kind.ORPHAN_VECTORS: [("talk.mp4: speech (toy)", 2), ("talk.mp4: speech (bm25)", 2)],
        },
    ),
    (damage_the_cache, {Kind.DAMAGED_CACHE: [("scan", 1)]}),
    (alter_the_cache, {Kind.DAMAGED_CACHE: [("scan", 2)]}),
    (lose_a_failed_file, {Kind.GONE_FAILURE: [("broken.mp4", 1)]}),
    (
        leave_drafts,
        {Kind.LEFTOVER: [("egosearch.draft", 1), (".new-0123456789ab", 1), ("4-0123456789ab.partial", 1)]},
    ),
]


def assert_told(found: dict[Kind, list[tuple[str, int]]], expected: dict[Kind, list[tuple[str, int]]]) -> None:
    assert found.keys() == expected.keys()
    for kind, some in expected.items():
        assert len(found[kind]) == len(some)
        for part, count in some:
            assert any(part in about and count == n for about, n in found[kind]), (part, found[kind])


def test_nothing_is_found_in_a_healthy_library(bench: Bench) -> None:
    report = bench.verify(deep=True)
    assert report.findings == ()
    assert (report.recordings, report.is_sound) == (2, True)
    with bench.catalog() as catalog:
        assert report.windows == catalog.counts().windows > 0


@pytest.mark.parametrize(("plant", "expected"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_what_is_planted_is_found_and_mended(
    bench: Bench, plant: Callable[[Bench], None], expected: dict[Kind, list[tuple[str, int]]]
) -> None:
    plant(bench)
    before = bench.verify()
    assert_told(told(before.findings), expected)
    assert not before.is_sound
    assert all(one.remedy and not one.is_mended for one in before.findings)
    if plant is leave_drafts:  # the store has swept its own when it was opened for reading
        plant(bench)
    after = bench.repair()
    assert_told(told(after.findings), expected)
    assert after.is_sound
    assert answers(bench.folder) == bench.made.answers


def test_a_recording_that_is_lost_from_the_catalogue_leaves_nothing_behind(bench: Bench) -> None:
    gone = bench.recording_id(bench.walk)
    lose_a_recording(bench)
    assert set(bench.found()) == {Kind.STRAY_ROWS, Kind.ORPHAN_VECTORS}
    assert bench.repair().is_sound
    assert bench.found() == {}
    with bench.store() as store:
        assert store.scan(bench.space(Modality.VISUAL), gone) is None


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
def test_a_library_that_others_may_read_is_closed_to_them(bench: Bench) -> None:
    for path in bench.folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert bench.found() == {}  # nobody gets in
    open_to_others(bench)
    (found,) = bench.found()[Kind.OPEN_TO_OTHERS]
    assert found == (str(bench.folder), 1 + sum(1 for _ in bench.folder.rglob("*")))
    assert bench.repair().is_sound
    assert bench.folder.stat().st_mode & 0o777 == 0o700
    assert bench.paths.catalog.stat().st_mode & 0o777 == 0o600


def test_a_missing_file_is_told_and_nothing_of_it_is_forgotten(bench: Bench) -> None:
    bench.walk.unlink()
    assert bench.found() == {Kind.MISSING_FILE: [(str(bench.walk), 1)]}
    after = bench.repair()
    assert not after.is_sound
    assert "bring it back" in after.findings[0].remedy
    with bench.catalog() as catalog:
        assert len(catalog.recordings()) == 2


def test_what_is_lost_of_a_missing_file_is_told_and_the_rest_is_kept(bench: Bench) -> None:
    lose_vectors(bench)
    windows = bench.verify().windows
    bench.walk.unlink()
    after = bench.repair()
    assert told(after.findings).keys() == {Kind.MISSING_FILE, Kind.MISSING_VECTORS}
    assert not after.is_sound
    assert bench.verify().windows == windows


@pytest.mark.parametrize("deep", [False, True])
def test_a_file_with_other_content_is_told(bench: Bench, deep: bool) -> None:
    times = bench.walk.stat()
    content = bytearray(bench.walk.read_bytes())
    content[-100:] = bytes(100)
    bench.walk.write_bytes(content)
    if deep:  # as a careless copy leaves it: nobody sees without reading
        os.utime(bench.walk, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert bench.found() == {}
    assert bench.found(deep=deep) == {Kind.CHANGED_FILE: [(str(bench.walk), 1)]}


def test_a_file_that_was_only_touched_is_the_same(bench: Bench) -> None:
    os.utime(bench.walk, (1, 1))
    assert bench.found(deep=True) == {}


def test_what_cannot_be_made_anew_at_once_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_vectors(bench)
    times = bench.walk.stat()
    bench.walk.write_bytes(bytes(times.st_size))
    os.utime(bench.walk, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = bench.repair()
    assert not after.is_sound
    assert "egosearch index" in after.findings[0].remedy


def test_slices_of_before_checksums_are_counted_and_not_compared(bench: Bench) -> None:
    sql(bench, "UPDATE slices SET checksum = NULL")
    shutil.rmtree(bench.paths.scan)
    assert bench.found() == {}
    alter_a_vector(bench)
    assert bench.found() == {}
    lose_vectors(bench)
    assert bench.found().keys() == {Kind.MISSING_VECTORS}


def test_a_shard_that_cannot_be_read_is_told(bench: Bench) -> None:
    (bench.paths.vectors / bench.space(Modality.VISUAL).id / "edge_config.json").write_bytes(b"{")
    found = bench.found()
    assert found.keys() == {Kind.UNREADABLE_VECTORS}
    assert "cannot be used" in found[Kind.UNREADABLE_VECTORS][0][0]


def test_a_stale_cache_is_no_damage(bench: Bench) -> None:
    with Library.open(bench.folder) as library:
        library.index([make_one_more(bench.walk.parent)])
        shutil.rmtree(bench.paths.scan)
    assert bench.found() == {}


def make_one_more(folder: Path) -> Path:
    from tests.media import RecordingOptions, make_recording

    return make_recording(folder / "more.mp4", RecordingOptions(seconds=3))

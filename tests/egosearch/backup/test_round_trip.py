"""What is exported and imported is the same library."""

import shutil
import sys
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from egosearch.backup.importing import import_library
from egosearch.catalog import Catalog
from egosearch.catalog.copies import columns_by_table
from egosearch.config import Config, LibraryPaths, read_config
from egosearch.errors import LibraryError
from egosearch.indexing.pool import Outcome
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from egosearch.stores import EmbeddedStore
from indexers.slices import Plan
from indexers.types import Modality, Slice
from tests.egosearch.backup.archives import edit_lines, signed
from tests.egosearch.servers import FakeClient, servers
from tests.egosearch.whole import TOYS, Bench, Made, answers
from tests.media import RecordingOptions, make_recording

THERE = "http://one:6333"


def tables(folder: Path) -> dict[str, list[str]]:
    """Return every row of the catalogue."""
    with Catalog.open(LibraryPaths(folder).catalog) as catalog, catalog.snapshot() as snapshot:
        return {table: list(snapshot.lines(table)) for table in snapshot.tables()}


def vectors(folder: Path) -> dict[tuple[str, str], bytes]:
    found = {}
    with Catalog.open(LibraryPaths(folder).catalog) as catalog, EmbeddedStore(LibraryPaths(folder).vectors) as store:
        for space in catalog.spaces():
            for known in catalog.recordings():
                rows = store.scan(space, known.recording.recording_id)
                if rows is not None:
                    found[space.model, known.recording.recording_id] = (
                        rows.index.tobytes() + rows.embeddings.dense().tobytes()
                    )
    return found


def kept(folder: Path) -> Config:
    return replace(read_config(LibraryPaths(folder).config), library_id="")


def export(bench: Bench, target: Path) -> Path:
    with Library.open(bench.folder, read_only=True) as library:
        report = library.export(target)
    assert (report.path, report.recordings, report.missing) == (target, 2, 0)
    return target


@pytest.fixture(scope="module")
def grown(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library with another encoder for sound, which searches use."""
    folder = shutil.copytree(made.folder / "kept" / "library", tmp_path_factory.mktemp("grown") / "library")
    with Library.open(folder) as library:
        library.index([made.folder / "films"], options=IndexOptions(encoders={Modality.AUDIO: "toy:other"}, jobs=1))
        library.use_space("toy:other")
    return folder


@pytest.mark.parametrize("name", ["backup.tar.gz", "backup.tar", "a folder [of *] mine"])
def test_everything_comes_back(grown: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with Library.open(grown, read_only=True) as library:
        report = library.export(target)
    assert (report.path, report.recordings, report.missing) == (target, 2, 0)
    assert target.stat().st_mode & 0o077 == 0
    copy = import_library(target, tmp_path / "new [library]")
    assert (copy.path, copy.recordings, copy.vectors) == (tmp_path / "new [library]", 2, report.vectors)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert tables(copy.path) == tables(grown)
    assert vectors(copy.path) == vectors(grown)
    assert kept(copy.path) == kept(grown)
    assert read_config(LibraryPaths(copy.path).config).library_id != read_config(LibraryPaths(grown).config).library_id


def test_the_copy_is_a_library_like_the_other(grown: Path, tmp_path: Path, made: Made) -> None:
    with Library.open(grown, read_only=True) as library:
        library.export(tmp_path / "backup.tgz")
        expected = [library.transcript(one.recording_id) for one in library.recordings()]
    with Library.open(import_library(tmp_path / "backup.tgz", tmp_path / "new").path) as copy:
        assert copy.verify().findings == ()
        assert [copy.transcript(one.recording_id) for one in copy.recordings()] == expected
        assert any(expected)
        assert copy.marks()[0].session == "evening"
        assert [failed.path.name for failed in copy.failures()] == ["broken.mp4"]
        assert copy.encoders == {Modality.AUDIO: "toy:other", Modality.VISUAL: "toy", Modality.SPEECH: "toy"}
        again = copy.index([made.folder / "films"])
        assert (again.indexed, again.unchanged) == (0, 2)


def test_it_answers_alike(bench: Bench, tmp_path: Path) -> None:
    report = import_library(export(bench, tmp_path / "backup.tar.gz"), tmp_path / "new")
    assert answers(report.path) == bench.made.answers


def test_vectors_that_are_compared_by_cosine_come_back_to_the_last_bit(tmp_path: Path) -> None:
    """They are scaled to length 1 and rounded once more on their way, which changes nothing any more."""
    from egosearch.stores import WindowRows
    from indexers.embeddings import DenseRows
    from indexers.types import EmbeddingSpace

    space = EmbeddingSpace(Modality.VISUAL, "toy", "0", "none-1", 1.0, 1.0, 64, "dense", "cosine")
    with EmbeddedStore(tmp_path / "vectors") as store:
        values = np.random.default_rng(0).normal(size=(500, 64)).astype(np.float32)
        store.upsert(space, WindowRows("ab" * 16, np.arange(500), DenseRows(values)))
        first = store.scan(space, "ab" * 16)
        assert first is not None
        store.upsert(space, WindowRows("cd" * 16, first.index, first.embeddings))
        second = store.scan(space, "cd" * 16)
        assert second is not None
        assert np.array_equal(first.embeddings.values, second.embeddings.values)


def test_from_a_server_into_a_folder(tmp_path: Path) -> None:
    film = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=3))
    with servers({THERE: FakeClient()}), Library.open(tmp_path / "library", qdrant_url=THERE) as library:
        library.index([film], options=TOYS)
        library.export(tmp_path / "backup.tar")
    report = import_library(tmp_path / "backup.tar", tmp_path / "new")
    with Library.open(report.path) as copy:
        assert read_config(LibraryPaths(report.path).config).qdrant_url is None
        assert copy.search("green", min_confidence=0)
        assert copy.verify().findings == ()


def test_windows_without_vectors_are_counted_and_everything_else_is_saved(bench: Bench, tmp_path: Path) -> None:
    space = bench.space(Modality.VISUAL)
    with bench.store() as store:
        store.discard(space, {bench.recording_id(bench.walk): np.array([1, 2])})
    with Library.open(bench.folder) as library:
        assert library.export(tmp_path / "backup.tar").missing == 2
    assert import_library(tmp_path / "backup.tar", tmp_path / "new").missing == 2
    with Library.open(tmp_path / "new") as copy:
        assert not copy.verify().is_sound
        assert copy.repair().is_sound


def test_what_is_written_is_of_one_moment(bench: Bench) -> None:
    with bench.catalog() as catalog, catalog.snapshot() as snapshot:
        catalog.remove(bench.recording_id(bench.walk))
        assert snapshot.recordings() == 2
        assert len(list(snapshot.lines("recordings"))) == 2
        assert len(snapshot.window_numbers(bench.space(Modality.VISUAL).id, bench.recording_id(bench.walk))) == 6
    with bench.catalog() as catalog, catalog.snapshot() as snapshot:
        assert snapshot.recordings() == 1


def test_an_export_of_an_earlier_version_is_brought_up_to_date(bench: Bench, tmp_path: Path) -> None:
    """As version 7 wrote it: slices had no checksums."""
    folder = export(bench, tmp_path / "old")
    edit_lines(folder, "slices", lambda row: row.pop("checksum"))
    later = {path.stem for path in (folder / "catalogue").iterdir()} - {
        "failures",
        "feedback",
        "levels",
        "meta",
        "recordings",
        "slices",
        "spaces",
        "transcripts",
        "windows",
    }
    for table in later:
        (folder / "catalogue" / f"{table}.jsonl").unlink()
    report = import_library(signed(folder, lambda values: values.update(catalogue=7)), tmp_path / "new")
    with Catalog.open(LibraryPaths(report.path).catalog) as catalog:
        records = catalog.slice_records(bench.space(Modality.VISUAL).id)
        assert {one.checksum for some in records.values() for one in some} == {None}
    assert answers(report.path) == bench.made.answers


@pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")
def test_while_another_process_indexes(bench: Bench, tmp_path: Path) -> None:
    film = make_recording(tmp_path / "more.mp4", RecordingOptions(seconds=2))

    def meanwhile(pieces: Iterable[Slice], plan: Plan, should_stop: object) -> Generator[Outcome, None, None]:
        with open_library(bench.folder) as asking:
            assert asking.is_remote
            assert asking.export(tmp_path / "backup.tar.gz").recordings == 2
        yield from ()

    with own_library(bench.folder) as owner:
        owner.index([film], executor=meanwhile)
    report = import_library(tmp_path / "backup.tar.gz", tmp_path / "new")
    assert answers(report.path) == bench.made.answers


@pytest.mark.parametrize(
    ("name", "reason"),
    [("there.tar", "is there already"), ("library/backup.tar", "own folder"), ("backup.zip", "not written here")],
)
def test_where_it_cannot_be_written(bench: Bench, tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "there.tar").write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    with Library.open(bench.folder, read_only=True) as library, pytest.raises(LibraryError, match=reason):
        library.export(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "there.tar").read_bytes() == b"mine"


def test_every_table_is_in_an_export(bench: Bench, tmp_path: Path) -> None:
    folder = export(bench, tmp_path / "backup")
    with bench.catalog() as catalog, catalog.snapshot() as snapshot:
        expected = set(columns_by_table(snapshot.cursor))
    assert {path.stem for path in (folder / "catalogue").iterdir()} == expected
    assert {"recordings", "windows", "transcripts", "feedback", "failures", "levels"} <= expected

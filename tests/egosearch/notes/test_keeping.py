"""Notes go where their recordings go: out of the library, off the disk, into copies, through owners."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from egosearch.backup.importing import import_library
from egosearch.catalog import Catalog
from egosearch.clips.types import Cut
from egosearch.config import LibraryPaths
from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.pool import index_here
from egosearch.integrity import Kind
from egosearch.library import Library
from egosearch.migrations import MIGRATIONS, migrate
from egosearch.moving import move_vectors
from egosearch.owner.opening import open_library, own_library
from egosearch.types import Place, Query, Where
from indexers.types import Span
from tests.egosearch.notes.films import SIGHTS
from tests.egosearch.servers import FakeClient, servers

WRITTEN = "the safe behind the old picture opens with 4711"


@pytest.fixture(scope="module")
def kept(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "library"
    with Library.open(folder) as library:
        library.index([film], options=SIGHTS, executor=index_here)
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """Return the folder of a library of one's own, with two notes."""
    copy = Path(shutil.copytree(kept, tmp_path / "library"))
    with Library.open(copy) as library:
        (recording,) = library.recordings()
        library.note(Cut(recording.recording_id, Span(10, 14)), WRITTEN, ["safe"])
        library.note(Cut(recording.recording_id, Span(100, 104)), "a whistle", ["sound"])
    return copy


def texts(library: Library) -> list[str]:
    return [note.text for note in library.notes()]


def in_bytes(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_removed_recording_takes_its_notes_along(folder: Path) -> None:
    with Library.open(folder) as library:
        library.remove(library.recordings()[0].recording_id)
        assert library.notes() == []
        assert library.answer(Query("whistle")).moments == ()
        assert library.verify().findings == ()


def test_a_forgotten_span_takes_its_notes_off_the_disk(folder: Path) -> None:
    assert in_bytes(folder, WRITTEN), "what is not there cannot be looked for"
    with Library.open(folder) as library:
        where = Where(recording_ids=frozenset({library.recordings()[0].recording_id}))
        (doomed,) = library.to_forget(where, Span(13.5, 20)).doomed
        assert doomed.notes == 1
        library.forget(where, Span(13.5, 20))
        assert texts(library) == ["a whistle"]
        assert not any(note.tags == ("safe",) for note in library.notes())
    assert not in_bytes(folder, WRITTEN)
    assert not in_bytes(folder, WRITTEN[:20])


def test_a_forgotten_recording_leaves_no_note(folder: Path) -> None:
    with Library.open(folder) as library:
        library.forget(Where(recording_ids=frozenset({library.recordings()[0].recording_id})))
        assert library.notes() == []
    assert not in_bytes(folder, WRITTEN)


@pytest.mark.parametrize("where", [Where(tags=frozenset({"safe"})), Where(noted="safe"), Where(tags=frozenset())])
def test_what_is_noted_does_not_tell_what_to_forget(folder: Path, where: Where) -> None:
    with Library.open(folder) as library:
        with pytest.raises(QueryError, match="what is said or noted does not tell when to forget"):
            library.to_forget(where)
        with pytest.raises(QueryError, match="what is said or noted"):
            library.forget(where)
        assert len(texts(library)) == 2


def test_notes_are_in_copies(folder: Path, tmp_path: Path) -> None:
    with Library.open(folder, read_only=True) as library:
        library.export(tmp_path / "backup.tar.gz")
        notes = library.notes()
    with Library.open(import_library(tmp_path / "backup.tar.gz", tmp_path / "new").path) as copy:
        assert copy.notes() == notes
        assert copy.search("safe picture opens")[0].notes == (notes[0],)
        assert copy.verify().findings == ()


def test_notes_of_no_recording_are_found_and_mended(folder: Path) -> None:
    with duckdb.connect(LibraryPaths(folder).catalog) as connection:
        connection.execute("UPDATE notes SET recording_id = ? WHERE start_s = 10", ["ef" * 16])
    with Library.open(folder) as library:
        (finding,) = library.verify().findings
        assert (finding.kind, finding.about, finding.count) == (Kind.STRAY_ROWS, "the table notes", 1)
        assert texts(library) == ["a whistle"]
        assert library.repair().is_sound
        assert library.verify().findings == ()


def test_a_library_whose_vectors_move_to_a_server_keeps_its_notes(folder: Path) -> None:
    with servers({"http://one:6333": FakeClient()}):
        move_vectors(folder, "http://one:6333")
        with Library.open(folder) as library:
            assert len(texts(library)) == 2
            assert library.search("safe picture opens")[0].notes
            found = library.search("blue", where=Where(tags=frozenset({"safe"})), min_confidence=0)
            assert [round(one.span.start_s) for one in found if not one.notes] == [8]


@pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")
def test_notes_through_the_owner_are_those_of_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_library(folder) as owned, open_library(folder, read_only=True) as shared:
        assert shared.is_remote
        recording_id = shared.recordings()[0].recording_id
        made = [
            shared.note(Cut(recording_id, Span(50, 54)), "cake", ["b", "a"]),
            shared.note(Place(recording_id, 60), "bell", length_s=3),
            shared.note(shared.search("whistle")[0], tags=["loud"]),
        ]
        assert {note.note_id for note in made} < {note.note_id for note in owned.notes()}
        assert shared.notes() == owned.notes()
        assert shared.notes(Where(noted="cake")) == [made[0]]
        assert shared.notes(within=Span(61, 62)) == [made[1]]
        monkeypatch.chdir(owned.recordings()[0].path.parent)
        assert len(shared.notes(Where(folder=Path()))) == 5, "the folder of who asks, not of the owner"
        query = Query("cake", where=Where(tags=frozenset({"a"})))
        assert shared.answer(query) == owned.answer(query)
        assert shared.answer(query).moments[0].notes == (made[0],)
        assert set(shared.unnote([note.note_id for note in made])) == set(made)
        assert shared.notes() == owned.notes()
        with pytest.raises(QueryError, match="the note is empty"):
            shared.note(Place(recording_id, 1), " ")


def test_what_is_still_being_recorded_cannot_be_noted_yet(folder: Path) -> None:
    with own_library(folder) as owned:
        recording = owned._catalog.recordings()[0].recording
        owned.tail.begin(replace(recording, recording_id="ab" * 16))
        with pytest.raises(LibraryError, match=r"film.mp4 is still being recorded; write the note when it is indexed"):
            owned.note(Place("ab" * 16, 1), "cake")


def test_a_catalogue_from_before_notes_gets_them(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "catalog.duckdb") as connection:
        migrate(connection, MIGRATIONS[:9])
    with Catalog.open(tmp_path / "catalog.duckdb") as catalog:
        assert catalog.notes() == ()

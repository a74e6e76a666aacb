"""The verbs of a library through its owner are those of the library itself, and owners may come and go."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from egosearch.errors import LibraryError, LibraryLockedError, QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.connection import Connection
from egosearch.owner.opening import answering, open_library, own_library
from egosearch.owner.owned import OwnedLibrary
from egosearch.owner.server import Server
from egosearch.owner.shared import SharedLibrary
from egosearch.types import Place, Query, Where
from indexers.types import Modality, Span
from tests.egosearch.cli.fake_library import BEEP
from tests.egosearch.owner.answering import TableOwner
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")

COLOURS = (RED, RED, RED, BLUE, BLUE, BLUE, GREEN, GREEN, GREEN)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a recording and a library of it, once."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "films").mkdir()
    options = RecordingOptions(seconds=9, colours=COLOURS, tones=(Tone(1.0, 2.0),))
    film = make_recording(folder / "films" / "kitchen.mp4", options)
    encoders = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
    with Library.open(folder / "library") as library:
        library.index([film], options=IndexOptions(encoders=encoders, jobs=1))
    return folder


@pytest.fixture
def film(made: Path) -> Path:
    return made / "films" / "kitchen.mp4"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return the folder of a library of one film."""
    return Path(shutil.copytree(made / "library", tmp_path / "library"))


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """Return an empty folder for films that are not indexed."""
    (tmp_path / "more").mkdir()
    return tmp_path / "more"


@pytest.fixture
def owned(folder: Path) -> Iterator[OwnedLibrary]:
    with own_library(folder) as library:
        yield library


@pytest.fixture
def shared(owned: OwnedLibrary) -> Iterator[SharedLibrary]:
    with open_library(owned.path, read_only=True) as library:
        assert library.is_remote
        yield library


def test_searching(owned: OwnedLibrary, shared: SharedLibrary) -> None:
    query = Query("blue", min_confidence=0)
    answer = shared.answer(query)
    assert answer == owned.answer(query)
    assert answer.moments[0].span.start_s == pytest.approx(3, abs=1)
    assert shared.search("blue", min_confidence=0) == list(answer.moments)
    recording_id = answer.moments[0].recording_id
    assert shared.curves(query, recording_id) == owned.curves(query, recording_id)
    with pytest.raises(QueryError, match="the query is empty"):
        shared.search("")


def test_what_is_there(owned: OwnedLibrary, shared: SharedLibrary, film: Path) -> None:
    assert shared.path == owned.path
    assert shared.encoders == owned.encoders == {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
    assert shared.recordings() == owned.recordings()
    assert shared.failures() == owned.failures() == []
    assert shared.stats().windows == owned.stats().windows
    recording_id = shared.recordings()[0].recording_id
    heard, known = shared.sound_levels(recording_id), owned.sound_levels(recording_id)
    assert heard is not None
    assert known is not None
    np.testing.assert_array_equal(heard.levels_db, known.levels_db)
    assert shared.sound_levels("0" * 32) is None
    assert shared.spaces() == owned.spaces()
    assert shared.find_space("audio=toy") == owned.find_space("audio=toy")
    with pytest.raises(LibraryError, match="without speech"):
        shared.transcript(recording_id)
    picture = shared.picture(recording_id, 4.0)
    assert picture is not None
    np.testing.assert_array_equal(picture, owned.picture(recording_id, 4.0))
    spectrum, known_spectrum = (one.spectrum(recording_id, Span(0.0, 2.0)) for one in (shared, owned))
    assert spectrum is not None
    assert known_spectrum is not None
    np.testing.assert_array_equal(spectrum.levels_db, known_spectrum.levels_db)
    with pytest.raises(LibraryError, match="no recording has the id"):
        shared.picture("0" * 32, 4.0)


def test_paths_mean_what_they_mean_here(shared: SharedLibrary, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    ask = Connection.ask

    def note(connection: Connection, verb: str, **arguments: object) -> object:
        asked.append(arguments)
        return ask(connection, verb, **arguments)

    monkeypatch.setattr(Connection, "ask", note)
    monkeypatch.chdir(film.parent)
    assert shared.find("kitchen.mp4").path == film
    assert asked == [{"text": str(film)}]
    assert shared.find("kitchen").path == film
    with pytest.raises(LibraryError, match="no recording matches 'cellar'"):
        shared.find("cellar")
    query = Query("blue", min_confidence=0, where=Where(folder=Path()))
    answer = shared.answer(query)
    assert len(answer.moments) > 0
    assert answer.query == query, "as it was asked"
    with pytest.raises(QueryError, match="absent"):
        shared.answer(Query(image=Path("absent.jpg")))
    sent = asked[-1]["query"]
    assert isinstance(sent, Query)
    assert sent.image == film.parent / "absent.jpg"


def test_writing_while_somebody_else_owns(owned: OwnedLibrary, shared: SharedLibrary) -> None:
    (recording,) = shared.recordings()
    place = Place(recording.recording_id, 4.0)
    mark = shared.mark(place, "blue", is_right=True, session="s", length_s=1.5)
    assert owned.marks("s") == shared.marks() == [mark]
    assert shared.unmark(place, "blue", session="s") == [mark]
    shared.set_time_zone(recording.recording_id, "Asia/Tokyo")
    changed = owned.recordings()[0].recorded_at
    assert changed is not None
    assert changed.utcoffset() == (shared.recordings()[0].recorded_at or changed).utcoffset()
    shared.remove(recording.recording_id)
    assert shared.recordings() == owned.recordings() == []
    assert not shared.answer(Query("blue", min_confidence=0)).matched


def test_nothing_is_removed_while_it_is_indexed_into(
    owned: OwnedLibrary, shared: SharedLibrary, more: Path, toy: IndexOptions
) -> None:
    refused: list[str] = []
    make_recording(more / "hall.mp4", RecordingOptions(seconds=3))

    def remove(_: object) -> None:
        with pytest.raises(LibraryLockedError, match="being indexed into") as raised:
            shared.remove(shared.find("kitchen.mp4").recording_id)
        refused.append(str(raised.value))

    owned.index([more], options=toy, on_progress=remove)
    assert len(refused) == 1
    assert len(shared.recordings()) == 2


def test_what_was_just_committed_is_found(
    owned: OwnedLibrary, shared: SharedLibrary, more: Path, toy: IndexOptions
) -> None:
    shared.search("blue")
    found: list[set[str]] = []
    for number in range(3):
        make_recording(more / f"{number}.mp4", RecordingOptions(seconds=3 + number, colours=(BLUE,)))

    def search(_: object) -> None:
        deadline = time.monotonic() + 10
        committed = {one.recording_id for one in shared.recordings()}
        while (
            seen := {one.recording_id for one in shared.search("blue", min_confidence=0)}
        ) != committed and time.monotonic() < deadline:
            time.sleep(0.05)
        found.append(seen)

    owned.index([more], options=toy, on_progress=search)
    assert [len(seen) for seen in found] == [2, 3, 4]


def test_searches_go_on_whatever_is_committed_meanwhile(
    owned: OwnedLibrary, shared: SharedLibrary, more: Path, toy: IndexOptions
) -> None:
    for number in range(5):
        make_recording(more / f"{number}.mp4", RecordingOptions(seconds=2 + number, colours=(BLUE, GREEN)))
    is_over = threading.Event()
    answered: list[int] = []

    def search() -> None:
        with open_library(owned.path, read_only=True) as library:
            while not is_over.is_set():
                answered.append(len(library.search("blue", min_confidence=0)))

    searching = threading.Thread(target=search)
    searching.start()
    owned.index([more], options=toy)
    is_over.set()
    searching.join(10)
    assert not searching.is_alive()
    assert len(answered) > 3
    assert min(answered) >= 1


def test_without_an_owner_readers_open_the_library_side_by_side(folder: Path) -> None:
    with SharedLibrary(folder, read_only=True) as library, SharedLibrary(folder, read_only=True) as another:
        assert not library.is_remote
        assert library.answer(Query("blue", min_confidence=0)).matched
        assert another.recordings() == library.recordings() != []


def test_an_owner_that_ends_is_replaced_by_the_library(folder: Path, film: Path) -> None:
    with own_library(folder):
        shared = open_library(folder, read_only=True)
        assert shared.is_remote
    with shared:
        assert [one.path for one in shared.recordings()] == [film]
        assert not shared.is_remote


def test_a_library_that_nobody_answers_for_is_waited_for_and_then_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def refuse(folder: Path, *, read_only: bool) -> Library:
        tries.append(folder)
        raise LibraryLockedError("in use by process 7; wait until it ends")

    monkeypatch.setattr("egosearch.owner.patience.PATIENCE_S", 0.1)
    monkeypatch.setattr(Library, "open", refuse)
    with pytest.raises(LibraryLockedError, match="in use by process 7"):
        open_library(library.path, read_only=True)
    assert len(tries) > 2


def test_a_request_that_kills_owners_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = TableOwner()
    server = Server(owner, tmp_path)

    def die(connection: Connection, verb: str, **arguments: object) -> object:
        raise ConnectionResetError("gone")

    monkeypatch.setattr(Connection, "ask", die)
    with SharedLibrary(tmp_path, read_only=True) as library, pytest.raises(LibraryError, match="ended while they were"):
        library.recordings()
    server.close()


def test_a_removal_that_was_an_owner_s_last_deed_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = TableOwner()
    server = Server(owner, tmp_path)
    ask = Connection.ask
    removed: list[str] = []

    def remove_and_die(connection: Connection, verb: str, **arguments: object) -> object:
        if verb != "remove":
            return ask(connection, verb, **arguments)
        if removed:
            raise LibraryError("no recording has the id")
        removed.append(str(arguments["recording_id"]))
        raise ConnectionResetError("gone")

    monkeypatch.setattr(Connection, "ask", remove_and_die)
    with SharedLibrary(tmp_path, read_only=True) as library:
        library.remove("0" * 32)
        assert removed == ["0" * 32]
        with pytest.raises(LibraryError, match="no recording has"):
            library.remove("0" * 32)
    server.close()


def test_an_idle_library_is_let_go_and_opened_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    path = library.path
    library.close()
    with open_library(path, read_only=True, idle_s=0.05) as shared:
        assert shared.recordings() == []
        deadline = time.monotonic() + 5
        while shared._library is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        with own_library(path):
            assert shared.recordings() == []
            assert shared.is_remote


def test_one_process_answers_at_a_time(owned: OwnedLibrary, caplog: pytest.LogCaptureFixture) -> None:
    with answering(owned):
        assert "answered for already" in caplog.text
    with open_library(owned.path) as shared:
        assert shared.search("blue", min_confidence=0)


def test_answers_of_a_table(tmp_path: Path) -> None:
    server = Server(TableOwner(), tmp_path)
    with open_library(tmp_path) as library:
        assert library.search("the timer") == [BEEP]
    server.close()

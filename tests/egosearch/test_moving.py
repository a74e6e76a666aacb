"""Vectors move to a server and back, equal, and nothing is lost on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths, read_config
from egosearch.errors import LibraryError, StoreError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.moving import LOCAL, MoveProgress, move_vectors
from egosearch.stores import EmbeddedStore, Filter, ServerStore, VectorStore, WindowRows
from egosearch.types import Query
from indexers.types import Modality
from tests.contracts.stored import assert_same_rows
from tests.egosearch.servers import FakeClient, servers
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

HERE, THERE = "http://one:6333", "http://other:6333"


@pytest.fixture
def clients() -> Iterator[dict[str, FakeClient]]:
    known = {HERE: FakeClient(), THERE: FakeClient()}
    with servers(known):
        yield known


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    return [
        make_recording(tmp_path / f"{name}.mp4", RecordingOptions(seconds=6, colours=colours))
        for name, colours in (("a", (RED, RED, RED, BLUE, BLUE, BLUE)), ("b", (GREEN, GREEN, GREEN, RED, RED, RED)))
    ]


@pytest.fixture
def folder(tmp_path: Path, films: list[Path], toy: IndexOptions) -> Path:
    """Return a library with its own vectors."""
    with Library.open(tmp_path / "library") as library:
        library.index(films, options=toy)
    return tmp_path / "library"


def rows_of(folder: Path, store: VectorStore) -> dict[tuple[str, str], WindowRows]:
    """Return everything that a library should have, from a store."""
    with Catalog.open(LibraryPaths(folder).catalog, read_only=True) as catalog:
        found = {
            (space.id, known.recording.recording_id): store.scan(space, known.recording.recording_id)
            for space in catalog.spaces()
            for known in catalog.recordings()
        }
    return {key: rows for key, rows in found.items() if rows is not None}


def local_rows(folder: Path) -> dict[tuple[str, str], WindowRows]:
    with EmbeddedStore(LibraryPaths(folder).vectors) as store:
        return rows_of(folder, store)


def server_rows(folder: Path, url: str) -> dict[tuple[str, str], WindowRows]:
    prefix = f"egosearch-{read_config(LibraryPaths(folder).config).library_id}"
    return rows_of(folder, ServerStore.connect(url, prefix=prefix))


def assert_equal(found: dict[tuple[str, str], WindowRows], expected: dict[tuple[str, str], WindowRows]) -> None:
    assert found.keys() == expected.keys()
    for key, rows in expected.items():
        assert_same_rows(found[key], rows)


def best(folder: Path) -> tuple[str, float]:
    with Library.open(folder, read_only=True) as library:
        moment = library.answer(Query("green", min_confidence=0)).moments[0]
        return moment.path.name, round(moment.span.start_s, 1)


def test_there_and_back_again(folder: Path, clients: dict[str, FakeClient]) -> None:
    before, answer = local_rows(folder), best(folder)
    assert len(before) == 4
    steps: list[MoveProgress] = []
    report = move_vectors(folder, HERE, remove_old=True, on_progress=steps.append)
    total = sum(len(rows) for rows in before.values())
    assert (report.vectors, report.copied, report.removed, report.left) == (total, total, (LOCAL,), ())
    assert (steps[-1].vectors_done, steps[-1].vectors_total, len(steps)) == (total, total, 4)
    assert local_rows(folder) == {}
    assert_equal(server_rows(folder, HERE), before)
    assert best(folder) == answer

    report = move_vectors(folder, LOCAL)
    assert (report.copied, report.left) == (total, (HERE,))
    assert_equal(local_rows(folder), before)
    assert_equal(server_rows(folder, HERE), before)
    assert best(folder) == answer

    assert move_vectors(folder, LOCAL, remove_old=True).removed == (HERE,)
    assert server_rows(folder, HERE) == {}
    assert_equal(local_rows(folder), before)


def test_every_space_is_moved(folder: Path, films: list[Path], clients: dict[str, FakeClient]) -> None:
    with Library.open(folder) as library:
        library.index(films, options=IndexOptions(encoders={Modality.VISUAL: "toy:other"}, jobs=1))
    before = local_rows(folder)
    assert len({space_id for space_id, _ in before}) == 3
    move_vectors(folder, HERE)
    assert_equal(server_rows(folder, HERE), before)
    with Library.open(folder) as library:
        assert [one.size_bytes for one in library.spaces()] == [None] * 3, "a server does not say"
        chosen = Query("green", min_confidence=0, encoders={Modality.VISUAL: "toy:other"})
        assert library.answer(chosen).moments[0].path.name == "b.mp4"
        library.drop_space("toy:other")
    left = {key: rows for key, rows in before.items() if key[0] in {space_id for space_id, _ in local_rows(folder)}}
    assert_equal(server_rows(folder, HERE), left)


def test_indexing_goes_on_in_the_new_place(
    folder: Path, clients: dict[str, FakeClient], films: list[Path], tmp_path: Path, toy: IndexOptions
) -> None:
    move_vectors(folder, HERE)
    with Library.open(folder) as library:
        library.index([make_recording(tmp_path / "c.mp4", RecordingOptions(seconds=3, colours=(BLUE,)))], options=toy)
        library.remove(library.find("a.mp4").recording_id)
    on_server = server_rows(folder, HERE)
    assert len(on_server) == 4
    # What stayed behind has a recording that is removed since, and lacks one.
    move_vectors(folder, LOCAL)
    assert_equal(local_rows(folder), on_server)
    with EmbeddedStore(LibraryPaths(folder).vectors) as store, Catalog.open(LibraryPaths(folder).catalog) as catalog:
        held = sum(store.count(space, where=Filter()) for space in catalog.spaces())
    assert held == sum(len(rows) for rows in on_server.values())


class Killed(BaseException):
    """As `kill -9` would: nothing catches it."""


@pytest.mark.parametrize("after", range(0, 60, 4))
def test_a_kill_at_any_moment_loses_nothing(folder: Path, clients: dict[str, FakeClient], after: int) -> None:
    before, left = local_rows(folder), [after]

    def kill(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    clients[HERE].before = kill
    try:
        move_vectors(folder, HERE, remove_old=True)
    except Killed:
        # It was killed on its way there, or while nothing was removed yet: one place has everything.
        config = read_config(LibraryPaths(folder).config)
        assert config.qdrant_url is None
        assert_equal(local_rows(folder), before)
        clients[HERE].before = lambda _: None
        move_vectors(folder, HERE, remove_old=True)
    clients[HERE].before = lambda _: None
    assert_equal(server_rows(folder, HERE), before)
    assert local_rows(folder) == {}


def test_a_second_attempt_copies_what_is_missing(folder: Path, clients: dict[str, FakeClient]) -> None:
    def kill(step: MoveProgress) -> None:
        if step.vectors_done > 5:
            raise Killed

    with pytest.raises(Killed):
        move_vectors(folder, HERE, on_progress=kill)
    report = move_vectors(folder, HERE)
    assert 0 < report.copied < report.vectors


def test_a_server_that_changes_what_it_is_given_is_found_out(
    folder: Path, clients: dict[str, FakeClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = ServerStore.scan

    def scan(store: ServerStore, space: object, recording_id: str) -> WindowRows | None:
        rows = true(store, space, recording_id)  # type: ignore[arg-type]
        if rows is not None:
            rows.embeddings.values[0] += 0.01
        return rows

    monkeypatch.setattr(ServerStore, "scan", scan)
    with pytest.raises(StoreError, match="do not come back from the new place as they were sent; the library stays"):
        move_vectors(folder, HERE, remove_old=True)
    assert read_config(LibraryPaths(folder).config).qdrant_url is None
    assert len(local_rows(folder)) == 4


def test_a_library_with_holes_is_not_moved(folder: Path, clients: dict[str, FakeClient]) -> None:
    with Library.open(folder, read_only=True) as library:
        lost = library.find("b.mp4").recording_id
    with EmbeddedStore(LibraryPaths(folder).vectors) as store:
        store.remove(lost)
    with pytest.raises(LibraryError, match=r"of .*b\.mp4 are missing where .* `egosearch remove` and index it again"):
        move_vectors(folder, HERE)
    assert read_config(LibraryPaths(folder).config).qdrant_url is None


def test_one_server_under_two_names_is_not_emptied(folder: Path, clients: dict[str, FakeClient]) -> None:
    clients[THERE] = clients[HERE]
    before = local_rows(folder)
    move_vectors(folder, HERE, remove_old=True)
    report = move_vectors(folder, THERE, remove_old=True)
    assert (report.copied, report.removed) == (0, ())
    assert_equal(server_rows(folder, THERE), before)


def test_between_two_servers(folder: Path, clients: dict[str, FakeClient]) -> None:
    before = local_rows(folder)
    move_vectors(folder, HERE)
    report = move_vectors(folder, THERE, remove_old=True)
    assert report.removed == (HERE, LOCAL)
    assert_equal(server_rows(folder, THERE), before)
    assert server_rows(folder, HERE) == local_rows(folder) == {}


def test_an_empty_library_only_remembers(tmp_path: Path, clients: dict[str, FakeClient]) -> None:
    Library.open(tmp_path / "new").close()
    assert move_vectors(tmp_path / "new", HERE).vectors == 0
    assert read_config(LibraryPaths(tmp_path / "new").config).qdrant_url == HERE
    with pytest.raises(LibraryError, match="there is no library at"):
        move_vectors(tmp_path / "nowhere", HERE)

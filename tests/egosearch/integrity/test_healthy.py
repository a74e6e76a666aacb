"""Nothing is found where nothing is wrong: after everything that libraries go through."""

import sys
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from egosearch.errors import LibraryError, LibraryLockedError
from egosearch.indexing.pool import Outcome
from egosearch.indexing.types import IndexOptions, IndexProgress
from egosearch.integrity import Kind
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from egosearch.stores import ServerStore
from indexers.slices import Plan
from indexers.types import Modality, Slice
from tests.egosearch.servers import FakeClient, servers
from tests.egosearch.whole import TOYS, Bench
from tests.media import RecordingOptions, make_recording

THERE = "http://one:6333"


def test_after_removing_and_indexing_again(bench: Bench) -> None:
    with Library.open(bench.folder) as library:
        library.remove(bench.recording_id(bench.walk))
        assert library.verify().findings == ()
        library.index([bench.walk])
        assert library.verify().findings == ()


def test_after_a_run_that_was_interrupted(library: Library, tmp_path: Path) -> None:
    for seconds in (2, 3):
        make_recording(tmp_path / f"{seconds}.mp4", RecordingOptions(seconds=seconds))
    seen: list[IndexProgress] = []
    report = library.index([tmp_path], options=TOYS, on_progress=seen.append, should_stop=lambda: bool(seen))
    assert report.interrupted
    assert library.verify().findings == ()


def test_with_several_encoders_for_a_sense(bench: Bench) -> None:
    with Library.open(bench.folder) as library:
        library.index([bench.walk], options=IndexOptions(encoders={Modality.AUDIO: "toy:other"}, jobs=1))
        report = library.verify()
    assert report.findings == ()
    with bench.catalog() as catalog:
        assert report.windows == catalog.counts().windows


def test_of_a_library_that_is_read_only_nothing_is_mended(bench: Bench) -> None:
    with Library.open(bench.folder, read_only=True) as library:
        assert library.verify().is_sound
        with pytest.raises(LibraryError, match="open for reading only"):
            library.repair()


@pytest.fixture
def client() -> Iterator[FakeClient]:
    known = FakeClient()
    with servers({THERE: known}):
        yield known


def test_on_a_server(client: FakeClient, tmp_path: Path) -> None:
    film = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=3))
    with Library.open(tmp_path / "library", qdrant_url=THERE) as library:
        library.index([film], options=TOYS)
        library.search("green")
        assert library.verify().findings == ()
        space = next(one for one in library._catalog.spaces() if one.modality is Modality.VISUAL)
        prefix = f"egosearch-{library._config.library_id}"
        with ServerStore.connect(THERE, prefix=prefix) as store:
            store.discard(space, {library.recordings()[0].recording_id: np.array([1])})
        assert [one.kind for one in library.verify().findings] == [Kind.MISSING_VECTORS]
        assert library.repair().is_sound
        assert library.verify().findings == ()


@pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")
def test_the_owner_checks_for_others_unless_it_indexes(bench: Bench) -> None:
    film = make_recording(bench.folder.parent / "more.mp4", RecordingOptions(seconds=2))
    refused: list[str] = []

    def meanwhile(pieces: Iterable[Slice], plan: Plan, should_stop: object) -> Generator[Outcome, None, None]:
        with open_library(bench.folder) as asking, pytest.raises(LibraryLockedError) as error:
            asking.verify()
        refused.append(str(error.value))
        yield from ()

    with own_library(bench.folder) as owner:
        with open_library(bench.folder) as asking:
            assert asking.is_remote
            report = asking.verify(deep=True)
            assert (report.recordings, report.is_sound) == (2, True)
        owner.index([film], executor=meanwhile)
    assert "cannot be checked; wait until that ends" in refused[0]

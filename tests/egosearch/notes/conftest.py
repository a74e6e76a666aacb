"""Libraries of one film, each test with none but its own notes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.indexing.pool import index_here
from egosearch.library import Library
from tests.egosearch.notes.films import FILM, SIGHTS, TALK
from tests.media import make_recording


@pytest.fixture(scope="package")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_recording(tmp_path_factory.mktemp("films") / "film.mp4", FILM)


@pytest.fixture(scope="package", params=[SIGHTS, TALK], ids=["sights", "speech"])
def filmed(request: pytest.FixtureRequest, film: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("filmed") / "library") as library:
        library.index([film], options=request.param, executor=index_here)
        yield library


@pytest.fixture
def library(filmed: Library) -> Iterator[Library]:
    """Return the filmed library, and leave it without notes."""
    yield filmed
    filmed.unnote([note.note_id for note in filmed.notes()])
    assert filmed.notes() == []


@pytest.fixture
def film_id(filmed: Library) -> str:
    return filmed.recordings()[0].recording_id

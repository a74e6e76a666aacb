"""A library of two films for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.forgetting import erasing
from egosearch.indexing.pool import index_here
from egosearch.library import Library
from tests.egosearch.forgetting.films import HALL, KITCHEN, TOY
from tests.media import make_recording


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [make_recording(folder / "kitchen.mp4", KITCHEN), make_recording(folder / "hall.mp4", HALL)]


@pytest.fixture(scope="session")
def indexed(films: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("libraries") / "library"
    with Library.open(folder) as library:
        library.index(films, options=TOY, executor=index_here)
    return folder


@pytest.fixture
def filled(indexed: Path, tmp_path: Path) -> Iterator[Library]:
    shutil.copytree(indexed, tmp_path / "filled")
    with Library.open(tmp_path / "filled") as library:
        yield library


@pytest.fixture
def noted(filled: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return a library in which forgetting ends after its transaction, as a kill would end it: all is on the disk."""
    monkeypatch.setattr(erasing.Erasure, "run", lambda _: None)
    return filled

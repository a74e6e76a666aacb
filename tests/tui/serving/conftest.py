"""One server for all the tests here."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality
from tests.media import make_recording
from tests.tui.serving.client import Served, serving

TOY = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library with a name that a shell would trip over."""
    folder = tmp_path_factory.mktemp("served") / "it's; exit $(id) \"&"
    with Library.open(folder) as library:
        library.index([make_recording(folder.parent / "one.mp4")], options=TOY)
    return folder


@pytest.fixture(scope="package")
def served(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve it, from a folder with a file that must not be taken for a module of ours."""
    hostile = tmp_path_factory.mktemp("hostile")
    (hostile / "egosearch.py").write_text("raise SystemExit('the folder was believed')")
    with serving(folder, cwd=hostile) as served:
        yield served


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session

"""A whole library to take apart: two recordings, three senses, marks, a time zone, and a file that failed."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.indexing.types import IndexOptions
from egosearch.integrity import Finding, IntegrityReport, Kind
from egosearch.library import Library
from egosearch.stores import EmbeddedStore
from egosearch.types import Place, Query
from indexers.types import EmbeddingSpace, Modality
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

TOYS = IndexOptions(encoders=dict.fromkeys(Modality, "toy"), jobs=1)


@dataclass(frozen=True)
class Bench:
    """A library in a folder, closed."""

    folder: Path
    talk: Path
    walk: Path
    made: "Made"

    @property
    def paths(self) -> LibraryPaths:
        return LibraryPaths(self.folder)

    def verify(self, *, deep: bool = False) -> IntegrityReport:
        with Library.open(self.folder, read_only=True) as library:
            return library.verify(deep=deep)

    def repair(self) -> IntegrityReport:
        with Library.open(self.folder) as library:
            return library.repair()

    def found(self, *, deep: bool = False) -> dict[Kind, list[tuple[str, int]]]:
        return told(self.verify(deep=deep).findings)

    def catalog(self) -> Catalog:
        return Catalog.open(self.paths.catalog)

    def store(self) -> EmbeddedStore:
        return EmbeddedStore(self.paths.vectors)

    def space(self, modality: Modality, model: str = "toy") -> EmbeddingSpace:
        return next(one for one in self.made.spaces if (one.modality, one.model) == (modality, model))

    def recording_id(self, path: Path) -> str:
        return self.made.recording_ids[path]


@dataclass(frozen=True)
class Made:
    """What every bench is a copy of."""

    folder: Path
    """Has `films`, which the library is of, and as they were at first `kept/films` and `kept/library`."""
    spaces: list[EmbeddingSpace]
    recording_ids: dict[Path, str]
    answers: list[tuple[str, float, float]]


def answers(folder: Path) -> list[tuple[str, float, float]]:
    with Library.open(folder) as library:
        return [
            (one.path.name, one.span.start_s, round(one.score, 6))
            for text in ("green", "a high tone", "low low high")
            for one in library.answer(Query(text, min_confidence=0)).moments
        ]


def told(findings: tuple[Finding, ...]) -> dict[Kind, list[tuple[str, int]]]:
    kinds: dict[Kind, list[tuple[str, int]]] = {}
    for one in findings:
        kinds.setdefault(one.kind, []).append((one.about, one.count))
    return kinds


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("integrity")
    films, kept = folder / "films", folder / "kept"
    films.mkdir()
    tones = (Tone(1, 3, 200), Tone(3, 4, 1200), Tone(6, 7, 400))
    make_recording(films / "talk.mp4", RecordingOptions(seconds=8, tones=tones))
    make_recording(films / "walk.mp4", RecordingOptions(seconds=6, colours=(RED, RED, GREEN, BLUE)))
    (films / "broken.mp4").write_bytes(b"no recording")
    with Library.open(kept / "library") as library:
        library.index([films], options=TOYS)
        ids = {one.path: one.recording_id for one in library.recordings()}
        library.mark(Place(ids[films / "walk.mp4"], 2.5), "green", is_right=True, session="evening")
        library.set_time_zone(ids[films / "walk.mp4"], "Asia/Tokyo")
    expected = answers(kept / "library")
    with Catalog.open(LibraryPaths(kept / "library").catalog) as catalog:
        spaces = catalog.spaces()
    shutil.copytree(films, kept / "films")
    return Made(folder, spaces, ids, expected)


@pytest.fixture
def bench(tmp_path: Path, made: Made) -> Bench:
    """Return a copy of the library, with the recordings as they were."""
    films, kept = made.folder / "films", made.folder / "kept"
    shutil.rmtree(films)
    shutil.copytree(kept / "films", films)  # with their times
    shutil.copytree(kept / "library", tmp_path / "library")
    return Bench(tmp_path / "library", films / "talk.mp4", films / "walk.mp4", made)

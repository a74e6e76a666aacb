"""The day of a library: what was recorded on it, and what of it stands out."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egosearch.day import Day
from egosearch.day.types import query_for
from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from egosearch.scan import SpaceMatrix
from egosearch.stores import ServerStore
from indexers.types import Modality, Span
from tests.egosearch.cli.fake_library import BEEP, FAINT
from tests.egosearch.owner.travelling import there_and_back
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

SIGHTS = IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1)
SENSES = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _flat_pictures_can_be_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of one colour is empty, and would not be."""

    def clear(matrix: SpaceMatrix, windows: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.ones(len(windows), np.float32)

    monkeypatch.setattr("egosearch.day.highlights.clarity_of_windows", clear)


def film(path: Path, began: str, *seconds: tuple[tuple[int, int, int], int]) -> Path:
    """Make a recording that shows colours for so many seconds each."""
    colours = tuple(colour for colour, count in seconds for _ in range(count))
    options = RecordingOptions(
        seconds=len(colours), colours=colours, tones=(Tone(1, 2),), metadata={"creation_time": began}
    )
    return make_recording(path, options)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [
        film(folder / "friday.mp4", "2026-11-20T10:00:00Z", (RED, 40)),
        film(folder / "saturday.mp4", "2026-11-21T09:00:00Z", (RED, 10), (BLUE, 6), (RED, 10)),
        film(folder / "night.mp4", "2026-11-21T23:59:50Z", (GREEN, 10), (YELLOW, 10)),
    ]


def told(day: Day) -> list[tuple[str, str, float, float]]:
    return [(one.evidence[0].words[0], one.path.name, one.span.start_s, one.span.end_s) for one in day.moments]


def test_a_day_has_its_recordings_and_its_sights(library: Library, films: list[Path]) -> None:
    library.index(films, options=SIGHTS)
    day = library.day(SATURDAY)
    assert [part.path.name for part in day.parts] == ["saturday.mp4", "night.mp4"]
    assert day.parts[1].span == Span(0, 10)
    assert (day.parts[1].started_at, day.parts[1].ended_at) == (
        datetime(2026, 11, 21, 23, 59, 50, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),
    )
    blue = next(one for one in day.moments if one.evidence[0].words[0] == "blue")
    assert (blue.path.name, blue.span) == ("saturday.mp4", Span(10, 16))
    assert blue.recorded_at == datetime(2026, 11, 21, 9, 0, 10, tzinfo=UTC)
    assert blue.evidence[0].similarity == pytest.approx(1, abs=0.1)
    assert blue.confidence > 0.5
    assert ("green", "night.mp4", 0.0, 10.0) in told(day)
    assert all(one.span.start_s < 10 for one in day.moments if one.path.name == "night.mp4"), "yellow is of Sunday"


def test_over_midnight_the_next_day_has_the_rest(library: Library, films: list[Path]) -> None:
    library.index(films, options=SIGHTS)
    day = library.day(SUNDAY)
    assert [(part.path.name, part.span.start_s) for part in day.parts] == [("night.mp4", 10.0)]
    assert [one[:3] for one in told(day)] == [("yellow", "night.mp4", 10.0)]


def test_what_other_days_have_too_stands_out_less(library: Library, films: list[Path]) -> None:
    library.index(films[:2], options=SIGHTS)
    scores = {one.evidence[0].words[0]: one.score for one in library.day(SATURDAY).moments}
    assert scores["blue"] > scores["red"]
    (alone,) = library.day(FRIDAY).moments
    assert alone.evidence[0].words[0] == "red"


def test_in_a_library_of_one_recording_the_clearest_is_shown(library: Library, films: list[Path]) -> None:
    library.index(films[1:2], options=SIGHTS)
    day = library.day(SATURDAY)
    assert {one.evidence[0].words[0] for one in day.moments} == {"red", "blue"}
    assert [one.recorded_at for one in day.moments] == sorted(
        one.recorded_at for one in day.moments if one.recorded_at is not None
    )
    assert len(library.day(SATURDAY, limit=1).moments) == 1


def test_a_day_without_recordings_is_empty(library: Library, films: list[Path]) -> None:
    assert library.day(SATURDAY) == Day(SATURDAY, (), (), ())
    library.index(films[:1], options=SIGHTS)
    for empty in (date(2026, 1, 1), date.min, date.max):
        assert library.day(empty) == Day(empty, (), (), ())
    with pytest.raises(QueryError, match="the limit is 0"):
        library.day(FRIDAY, limit=0)


def test_a_sense_without_names_is_said(library: Library, films: list[Path]) -> None:
    library.index(films[1:2], options=SENSES)
    day = library.day(SATURDAY)
    assert day.nameless == (Modality.AUDIO,)
    assert {one.evidence[0].modality for one in day.moments} == {Modality.VISUAL}


def test_concepts_beside_an_encoder_without_names_are_used(library: Library, films: list[Path]) -> None:
    library.index(films[1:2], options=IndexOptions(encoders={Modality.AUDIO: "toy"}, jobs=1))
    assert library.day(SATURDAY).nameless == (Modality.AUDIO,)
    library.index(films[1:2], options=IndexOptions(encoders={Modality.AUDIO: "concepts"}, jobs=1))
    assert library.encoders[Modality.AUDIO] == "toy"
    day = library.day(SATURDAY)
    assert day.nameless == ()
    assert day.moments, "a tone is heard"


def test_what_is_removed_is_on_no_day(library: Library, films: list[Path]) -> None:
    library.index(films[:2], options=SIGHTS)
    library.remove(library.find("saturday.mp4").recording_id)
    assert library.day(SATURDAY) == Day(SATURDAY, (), (), ())


def test_a_query_for_a_moment_of_the_day_finds_it(library: Library, films: list[Path]) -> None:
    library.index(films[:2], options=SIGHTS)
    blue = next(one for one in library.day(SATURDAY).moments if one.evidence[0].words[0] == "blue")
    query = query_for(blue)
    assert (query.text, query.modalities) == ("blue", frozenset({Modality.VISUAL}))
    assert library.search(query.text, min_confidence=0, limit=1)[0].path.name == "saturday.mp4"
    with pytest.raises(ValueError, match="nothing names the moment at 61 s"):
        query_for(FAINT)


def test_a_library_on_a_server_has_the_same_day(films: list[Path], tmp_path: Path) -> None:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerStore, "connect", lambda url, key, *, prefix, **_: ServerStore(client, prefix))
        patch.setattr("egosearch.scan.SAMPLE", 60)  # of 86 windows
        days = []
        for name, url in (("server", "http://nowhere"), ("own", None)):
            with Library.open(tmp_path / name, qdrant_url=url) as library:
                library.index(films, options=SIGHTS)
                days.append(told(library.day(SATURDAY)))
    assert days[0] == days[1] != []


@pytest.fixture
def kept(films: list[Path], tmp_path: Path) -> Path:
    with Library.open(tmp_path / "library") as library:
        library.index(films, options=SIGHTS)
    return tmp_path / "library"


@pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")
def test_an_owner_says_the_same(kept: Path) -> None:
    with own_library(kept) as owned, open_library(kept, read_only=True) as shared:
        assert shared.is_remote
        assert shared.day(SATURDAY, limit=2) == owned.day(SATURDAY, limit=2)
        chosen = shared.find("saturday.mp4").recording_id
        assert shared.neighbours(chosen) == owned.neighbours(chosen)
        with pytest.raises(LibraryError, match="no recording has the id 'gone'"):
            shared.neighbours("gone")


def test_recordings_follow_each_other(kept: Path) -> None:
    with Library.open(kept, read_only=True) as library:
        around = library.neighbours(library.find("saturday.mp4").recording_id)
    assert around.before is not None
    assert around.after is not None
    assert (around.before.recording.path.name, around.after.recording.path.name) == ("friday.mp4", "night.mp4")
    assert around.after.gap_s == pytest.approx(14 * 3600 + 59 * 60 + 50 - 26, abs=0.1)


def test_a_day_travels() -> None:
    day = Day(SATURDAY, (), (BEEP,), (Modality.VISUAL,))
    assert there_and_back(day, Day) == day

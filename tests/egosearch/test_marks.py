"""Marking moments through the library, over a film whose answers a reader can tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path

import pytest

from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Moment, Place
from indexers.types import Modality, Span
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording

COLOURS = (*[RED] * 8, *[BLUE] * 5, *[RED] * 17)
OPTIONS = RecordingOptions(seconds=30, colours=COLOURS, tones=(Tone(20.4, 22.4, 2500),))
TEXT = "a whistle"


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Blue from 8 to 13 s, a whistle from 20.4 to 22.4 s."""
    folder = tmp_path_factory.mktemp("marks")
    film = make_recording(folder / "film.mp4", OPTIONS)
    with Library.open(folder / "library") as library:
        library.index([film], options=IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1))
        yield library


@pytest.fixture
def library(filmed: Library) -> Iterator[Library]:
    """Return the filmed library, and leave it without marks."""
    yield filmed
    for mark in filmed.marks():
        filmed.unmark(Place(mark.recording_id, mark.span.start_s), mark.query, session=mark.session)
    assert filmed.marks() == []


@pytest.fixture
def film_id(filmed: Library) -> str:
    return filmed.recordings()[0].recording_id


@pytest.fixture
def whistle(filmed: Library) -> Moment:
    return filmed.search(TEXT, min_confidence=0)[0]


def test_a_moment_is_marked_as_it_is(library: Library, whistle: Moment) -> None:
    mark = library.mark(whistle, TEXT, is_right=True, session="evening")
    assert (mark.recording_id, mark.span, mark.is_right) == (whistle.recording_id, whistle.span, True)
    assert (mark.query, mark.session) == (TEXT, "evening")
    assert abs(mark.marked_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert library.marks() == library.marks("evening") == [mark]
    assert library.marks("morning") == []


@pytest.mark.parametrize("time_s", [20, 21.0, 22.3])
def test_at_a_place_it_is_the_moment_that_the_query_finds_there(
    library: Library, film_id: str, whistle: Moment, time_s: float
) -> None:
    assert whistle.span.start_s == pytest.approx(20.4, abs=0.1), "shown as 0:20, which is before it begins"
    assert library.mark(Place(film_id, time_s), TEXT, is_right=True).span == whistle.span


def test_two_seconds_where_the_query_finds_nothing(library: Library, film_id: str) -> None:
    assert library.mark(Place(film_id, 16.5), "magenta", is_right=False).span == Span(15.5, 17.5)
    assert library.mark(Place(film_id, 0), "magenta", is_right=False).span == Span(0, 1)


def test_a_length_says_it_all(library: Library, film_id: str) -> None:
    assert library.mark(Place(film_id, 20.5), TEXT, is_right=True, length_s=0.5).span == Span(20.5, 21)
    end_s = library.recordings()[0].duration_s
    assert library.mark(Place(film_id, 25), TEXT, is_right=True, length_s=600).span == Span(25, end_s)


def test_changing_one_s_mind(library: Library, film_id: str) -> None:
    first = library.mark(Place(film_id, 20.5), TEXT, is_right=True, length_s=4, session="evening")
    second = library.mark(Place(film_id, 20.5), "A  Whistle", is_right=False, session="evening")
    assert second.span == first.span, "the moment that was marked, not the one that is found"
    assert library.marks() == [second]


def test_taking_a_mark_back(library: Library, film_id: str, whistle: Moment) -> None:
    mark = library.mark(whistle, TEXT, is_right=True, session="evening")
    assert library.unmark(Place(film_id, 20), TEXT) == [], "another session's"
    assert library.unmark(Place(film_id, 20), "blue", session="evening") == []
    assert library.unmark(Place(film_id, 5), TEXT, session="evening") == []
    assert library.unmark(Place(film_id, 20), "A whistle", session="evening") == [mark]
    again = library.mark(whistle, TEXT, is_right=True)
    assert library.unmark(whistle, TEXT) == [again]
    assert library.marks() == []


@pytest.mark.parametrize(
    ("time_s", "text", "length_s", "message"),
    [
        (30.5, TEXT, None, r"film.mp4 goes from 0 to 30.0 s, 30.5 s is not in it; name a time within it"),
        (-1, TEXT, None, "is not in it"),
        (nan, TEXT, 2, "is not in it"),
        (5, " ", None, "is empty"),
        (5, "x" * 10_000, 2, "10000 characters"),
        (5, TEXT, 0, "name one above 0"),
        (5, TEXT, nan, "name one above 0"),
        (5, TEXT, inf, "name one above 0"),
    ],
)
def test_what_cannot_be_marked(
    library: Library, *, time_s: float, text: str, length_s: float | None, message: str
) -> None:
    place = Place(library.recordings()[0].recording_id, time_s)
    with pytest.raises(QueryError, match=message):
        library.mark(place, text, is_right=True, length_s=length_s)
    assert library.marks() == []


def test_a_stranger_is_refused(library: Library) -> None:
    with pytest.raises(LibraryError, match="no recording has the id"):
        library.mark(Place("ff" * 16, 1), TEXT, is_right=True)
    with pytest.raises(LibraryError, match="no recording has the id"):
        library.unmark(Moment("ff" * 16, Path("/gone.mp4"), Span(1, 2), None, 1.0, 0.5, ()), TEXT)


def test_reading_only_lists_and_marks_nothing(tmp_path: Path, toy: IndexOptions) -> None:
    with Library.open(tmp_path / "library") as writable:
        writable.index([make_recording(tmp_path / "film.mp4", RecordingOptions(colours=(BLUE, RED)))], options=toy)
        place = Place(writable.recordings()[0].recording_id, 0.5)
        mark = writable.mark(place, "blue", is_right=True)
    with Library.open(tmp_path / "library", read_only=True) as library:
        assert library.marks() == [mark]
        with pytest.raises(LibraryError, match="open for reading only; open it for writing to mark moments"):
            library.mark(place, "blue", is_right=False)
        with pytest.raises(LibraryError, match="open for reading only"):
            library.unmark(place, "blue")
    with Library.open(tmp_path / "library") as writable:
        writable.remove(place.recording_id)
        assert writable.marks() == []

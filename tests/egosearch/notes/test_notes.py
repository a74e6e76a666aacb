"""Notes through the library: written, listed, deleted."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from math import inf, nan
from pathlib import Path

import pytest

from egosearch.clips.types import Cut
from egosearch.errors import LibraryError, QueryError
from egosearch.library import Library
from egosearch.notes.verbs import LENGTH_S
from egosearch.types import Place, Where
from indexers.types import Span


def test_a_note_is_kept_as_it_was_written(library: Library, film_id: str) -> None:
    note = library.note(Cut(film_id, Span(20, 25.5)), " Anna's cake ", ["#Party", "kitchen", "party"])
    assert (note.recording_id, note.span, note.text) == (film_id, Span(20, 25.5), "Anna's cake")
    assert note.tags == ("kitchen", "party")
    assert abs(note.noted_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert library.notes() == [note]


def test_it_is_about_a_moment_or_begins_at_a_place(library: Library, film_id: str) -> None:
    moment = library.search("blue", min_confidence=0)[0]
    assert library.note(moment, "blue").span == moment.span
    assert library.note(Place(film_id, 30), "here").span == Span(30, 30 + LENGTH_S)
    assert library.note(Place(film_id, 30), "longer", length_s=50).span == Span(30, 80)
    assert library.note(Place(film_id, 115), "end", length_s=50).span == Span(115, 120)


def test_the_same_note_twice_is_one(library: Library, film_id: str) -> None:
    first = library.note(Place(film_id, 30), "cake", ["a", "b"])
    again = library.note(Place(film_id, 30), "cake", ["B", "#a"])
    assert again.note_id == first.note_id
    assert library.notes() == [again]
    assert library.note(Place(film_id, 30), "another").note_id != first.note_id
    assert len(library.notes()) == 2


def test_deleting(library: Library, film_id: str) -> None:
    one, other = library.note(Place(film_id, 30), "one"), library.note(Place(film_id, 20), "other")
    assert library.notes() == [other, one], "by time"
    assert library.unnote([one.note_id, "f" * 12]) == [one]
    assert library.notes() == [other]
    assert library.unnote([one.note_id]) == []


def test_which_notes(library: Library, film_id: str) -> None:
    cake = library.note(Place(film_id, 10), "Anna's birthday cakes", ["kitchen", "party"])
    bell = library.note(Place(film_id, 60), "the bell", ["door"])
    assert library.notes(Where(tags=frozenset({"kitchen"}))) == [cake]
    assert library.notes(Where(tags=frozenset({"#Kitchen", "door"}))) == [cake, bell], "any of them"
    assert library.notes(Where(noted="cake birthday")) == [cake], "in any order and form"
    assert library.notes(Where(noted="party")) == [cake], "tags are words of it"
    assert library.notes(Where(noted='"birthday cake"')) == []
    assert library.notes(Where(noted="cake bell")) == []
    assert library.notes(Where(tags=frozenset({"door"}), noted="cake")) == []
    assert library.notes(Where(recording_ids=frozenset({film_id}))) == [cake, bell]
    assert library.notes(Where(folder=Path("/elsewhere"))) == []
    minute = datetime(2026, 11, 20, 18, 0, 30, tzinfo=UTC)
    assert library.notes(Where(since=minute)) == [bell]
    assert library.notes(Where(until=minute)) == [cake]
    assert library.notes(Where(between=(time(1), time(2)))) == []
    assert library.notes(within=Span(15, 60)) == [cake]
    assert library.notes(within=Span(20, 60)) == [], "half-open"
    with pytest.raises(QueryError, match=r"nothing has the tag 'cellar'; the tags are door, kitchen, party"):
        library.notes(Where(tags=frozenset({"cellar"})))
    with pytest.raises(QueryError, match=r"that must be noted \(--noted\) are empty"):
        library.notes(Where(noted=" "))
    with pytest.raises(QueryError, match="not told apart by what is said"):
        library.notes(Where(said="cake"))


@pytest.mark.parametrize(
    ("time_s", "length_s", "message"),
    [
        (120, None, "film.mp4 goes from 0 to 120.0 s, and nothing of it is from 120 s on; name a time within it"),
        (-1, None, "nothing of it is from -1 s on"),
        (nan, None, "nothing of it"),
        (5, 0, "a length of 0 s is none"),
        (5, nan, "a length of nan s is none"),
        (5, inf, "a length of inf s is none"),
    ],
)
def test_what_is_no_span(library: Library, film_id: str, time_s: float, length_s: float | None, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        library.note(Place(film_id, time_s), "cake", length_s=length_s)
    assert library.notes() == []


def test_what_cannot_be_noted(library: Library, film_id: str) -> None:
    with pytest.raises(QueryError, match="the note is empty"):
        library.note(Place(film_id, 5), "  ")
    with pytest.raises(QueryError, match="is no tag"):
        library.note(Place(film_id, 5), "cake", ["two words"])
    with pytest.raises(LibraryError, match="no recording has the id"):
        library.note(Place("ff" * 16, 5), "cake")
    with pytest.raises(QueryError, match="nothing of it is from"):
        library.note(replace(Cut(film_id, Span(130, 140))), "cake")


def test_a_library_that_is_read_only(film: Path, tmp_path: Path, film_id: str) -> None:
    Library.open(tmp_path / "library").close()
    with Library.open(tmp_path / "library", read_only=True) as library:
        assert library.notes() == []
        with pytest.raises(LibraryError, match="open for reading only"):
            library.note(Place(film_id, 1), "cake")
        with pytest.raises(LibraryError, match="open for reading only"):
            library.unnote(["a"])


def test_notes_are_read_as_sql(library: Library, film_id: str) -> None:
    library.note(Place(film_id, 10), "cake", ["kitchen", "party"])
    table = library.sql("SELECT start_s, text, tags, seen_at::VARCHAR FROM notes_overview WHERE 'party' IN tags")
    assert table.rows[0][:3] == ("10.0", "cake", '["kitchen","party"]')
    assert "18:00:10" in str(table.rows[0][3])

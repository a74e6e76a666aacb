"""Searching with notes: as filters, and by their words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from egosearch.clips.types import Cut
from egosearch.errors import QueryError
from egosearch.library import Library
from egosearch.query.said import AROUND_S
from egosearch.report.media import Shown
from egosearch.report.page import Drawn, page
from egosearch.telling import why
from egosearch.types import Moment, Place, Query, Where
from indexers.types import Modality, Span


def tagged(*tags: str) -> Where:
    return Where(tags=frozenset(tags))


def blue(library: Library, where: Where | None = None) -> list[int]:
    """Return the seconds at which blue is found."""
    found = library.search("blue", min_confidence=0, modalities=["visual"], where=where)
    return sorted(round(one.span.start_s) for one in found if one.evidence[0].similarity > 0.5)


def test_a_filter_searches_around_what_is_tagged_only(library: Library, film_id: str) -> None:
    assert blue(library) == [8, 73]
    library.note(Cut(film_id, Span(80, 82)), tags=["late"])
    library.note(Cut(film_id, Span(30, 32)), "something early", ["early"])
    assert blue(library, tagged("late")) == [73]
    assert blue(library, tagged("early")) == [8]
    assert blue(library, tagged("late", "early")) == [8, 73], "any of them"
    assert blue(library, Where(noted="early")) == [8]
    assert blue(library, Where(noted="something", tags=frozenset({"late"}))) == [], "all conditions hold"
    assert blue(library, Where(tags=frozenset({"late"}), recording_ids=frozenset({film_id}))) == [73]
    assert library.similar(Place(film_id, 75), where=tagged("early"), min_confidence=0)[0].span.end_s <= 32 + AROUND_S


def test_a_filter_that_names_what_is_not_there(library: Library, film_id: str) -> None:
    with pytest.raises(QueryError, match=r"nothing has the tag 'door', or any; `egosearch note RECORDING@TIME --tag"):
        library.search("blue", where=tagged("door"))
    library.note(Place(film_id, 5), tags=["kitchen"])
    with pytest.raises(QueryError, match="nothing has the tag 'door'; the tags are kitchen"):
        library.search("blue", where=tagged("door"))
    assert library.search("blue", where=Where(noted="door"), min_confidence=0) == []


def test_what_was_noted_is_found_by_its_words_first(library: Library, film_id: str) -> None:
    note = library.note(Cut(film_id, Span(40, 45)), "Anna's birthday cake", ["kitchen"])
    library.note(Place(film_id, 90), "the postman")
    for text in ("birthday cake", "Anna's BIRTHDAY cakes", "the part where she mentions the cake", "kitchen"):
        best = library.search(text)[0]
        assert (best.span, best.notes, best.confidence) == (note.span, (note,), 1.0), text
        assert why(best) == "noted: “Anna's birthday cake” #kitchen"
        assert best.recorded_at is not None
        assert (best.recorded_at.minute, best.recorded_at.second) == (0, 40)
    assert library.search("when we cut Anna's birthday cake")[0].confidence == pytest.approx(0.75)
    assert not any(one.notes for one in library.search("a dog and a cake", min_confidence=0)), "half of it"


def test_without_notes_the_answers_are_what_they_were(library: Library, film_id: str) -> None:
    queries = [Query(text, min_confidence=sure) for text in ("blue", "a whistle", "cake", "red") for sure in (None, 0)]
    before = [library.answer(query) for query in queries]
    library.note(Place(film_id, 90), "the postman")
    assert [library.answer(query) for query in queries] == before, "nor does a note that is not meant change them"
    library.note(Place(film_id, 90), "blue")
    assert library.answer(queries[0]) != before[0]


def test_a_note_about_what_the_senses_find_is_one_moment_with_it(library: Library, film_id: str) -> None:
    seen = next(one for one in library.search("blue", min_confidence=0) if round(one.span.start_s) == 73)
    note = library.note(seen, "a blue wall")
    best, *others = library.search("blue wall", min_confidence=0)
    assert (best.span, best.notes) == (seen.span, (note,))
    assert best.evidence, "what is seen there is told as well"
    assert best.score >= max(one.score for one in others)
    assert all(one.span != seen.span for one in others)
    assert why(best).startswith("noted: “a blue wall” · ")


def test_a_filter_holds_for_noted_moments_too(library: Library, film_id: str) -> None:
    near = library.note(Cut(film_id, Span(20, 24)), "cake")
    library.note(Cut(film_id, Span(90, 94)), "cake again")
    library.note(Cut(film_id, Span(10, 12)), tags=["kitchen"])
    assert [one.notes for one in library.search("cake", where=tagged("kitchen")) if one.notes] == [(near,)]


@pytest.mark.parametrize(
    "asked",
    [
        Query("cake", modalities=frozenset({Modality.VISUAL})),
        Query("cake", then=("blue",), within_s=30),
        Query("cake", without=("Anna",)),
    ],
    ids=["certain senses", "a sequence", "what must not be there"],
)
def test_who_asks_for_else_gets_no_notes(library: Library, film_id: str, asked: Query) -> None:
    library.note(Place(film_id, 40), "Anna's cake")
    assert library.search("cake")[0].notes
    assert not any(one.notes for one in library.answer(replace(asked, min_confidence=0)).moments)


def test_a_moment_marked_wrong_is_not_shown_again(library: Library, film_id: str) -> None:
    library.note(Place(film_id, 40), "cake")
    (best, *_) = library.search("cake", session="s")
    library.mark(best, "cake", is_right=False, session="s")
    assert not any(one.notes for one in library.search("cake", session="s"))
    library.unmark(best, "cake", session="s")


def test_a_report_tells_it_as_what_it_is(library: Library, film_id: str) -> None:
    library.note(Cut(film_id, Span(40, 45)), "Anna's <b>cake</b>", ["kitchen"])
    answer = library.answer(Query("cake"))
    drawn = [Drawn(1, moment, Shown(), "") for moment in answer.moments]
    assert "<li>noted: “Anna&#x27;s &lt;b&gt;cake&lt;/b&gt;” #kitchen</li>" in page(
        answer, drawn, [], datetime.now(UTC)
    )
    by_tag = library.answer(Query(where=tagged("kitchen")))
    assert "<h1>what is noted</h1>" in page(by_tag, drawn, [], datetime.now(UTC))


def listed(library: Library, where: Where, limit: int = 10) -> list[Moment]:
    query = Query(where=where, limit=limit)
    answer = library.answer(query)
    assert answer.near_misses == ()
    assert library.curves(query, library.recordings()[0].recording_id) == {}
    return list(answer.moments)


def test_conditions_alone_list_what_is_noted(library: Library, film_id: str) -> None:
    early = library.note(Cut(film_id, Span(20, 24)), "cake", ["party"])
    late = library.note(Cut(film_id, Span(90, 94)), "song", ["party"])
    assert [one.notes for one in listed(library, tagged("party"))] == [(late,), (early,)], "the latest first"
    assert [one.notes for one in listed(library, Where(noted="cake"))] == [(early,)]
    assert len(listed(library, tagged("party"), limit=1)) == 1
    with pytest.raises(QueryError, match="the query is empty"):
        library.answer(Query(where=Where(recording_ids=frozenset({film_id}))))
    with pytest.raises(QueryError, match="the query is empty"):
        library.answer(Query(where=tagged("party"), without=("cake",)))

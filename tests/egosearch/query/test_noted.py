"""Arithmetic of notes among moments: slow and obvious checks, and properties."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.notes.types import Note
from egosearch.query.intervals import suppress, temporal_iou
from egosearch.query.noted import ENOUGH, around, found_by, in_spans, joined
from egosearch.query.said import AROUND_S
from egosearch.types import Evidence, Moment, Query
from indexers.types import Modality, Span

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SHORT = Span(10, 12)

seconds = st.integers(0, 200).map(float)
spans = st.tuples(seconds, st.integers(1, 60)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
recordings = st.sampled_from("ab")


def note(text: str = "cake", span: Span = SHORT, recording_id: str = "a", tags: tuple[str, ...] = ()) -> Note:
    return Note(f"{text} {span.start_s:g}-{span.end_s:g} {recording_id}", recording_id, span, text, tags, NOW)


def noted(one: Note, confidence: float = 1.0) -> Moment:
    return Moment(one.recording_id, Path("/x"), one.span, None, confidence, confidence, (), (one,))


def seen(span: Span, confidence: float, score: float = 5.0, recording_id: str = "a") -> Moment:
    evidence = Evidence(Modality.VISUAL, span, 0.5, score, 1.0, 0.0, ("cake",))
    return Moment(recording_id, Path("/x"), span, None, score, confidence, (evidence,))


@st.composite
def answers(draw: st.DrawFn) -> list[Moment]:
    """Return moments as the engine gives them: apart, and none surer than the one before."""
    made = [seen(draw(spans), 0.5, recording_id=draw(recordings)) for _ in range(draw(st.integers(0, 6)))]
    apart: list[Moment] = []
    for one in made:
        others = [other.span for other in apart if other.recording_id == one.recording_id]
        if one.span in suppress([*others, one.span], limit=99):
            apart.append(one)
    sure = sorted(draw(st.lists(st.floats(0, 1), min_size=len(apart), max_size=len(apart))), reverse=True)
    return [seen(one.span, share, 10 * share, one.recording_id) for one, share in zip(apart, sure, strict=True)]


noted_moments = st.lists(
    st.builds(
        lambda span, recording_id, sure: noted(note(span=span, recording_id=recording_id), sure),
        spans,
        recordings,
        st.floats(ENOUGH, 1),
    ),
    max_size=5,
)


@given(answers(), noted_moments)
def test_joining_loses_no_note_and_keeps_an_answer_in_order(found: list[Moment], of_notes: list[Moment]) -> None:
    moments = joined(found, of_notes)
    assert {one for moment in moments for one in moment.notes} == {one for moment in of_notes for one in moment.notes}
    assert all(one.confidence >= other.confidence and one.score >= other.score for one, other in pairwise(moments))
    assert all(moment.notes or moment.evidence for moment in moments)
    untouched = [moment for moment in moments if moment in found]
    assert untouched == [moment for moment in found if moment in untouched]


@given(answers())
def test_without_notes_nothing_changes(found: list[Moment]) -> None:
    assert joined(found, []) == found


@given(answers(), noted_moments)
def test_nothing_is_shown_twice(found: list[Moment], of_notes: list[Moment]) -> None:
    moments = joined(found, of_notes)
    for at, one in enumerate(moments):
        for other in moments[:at]:
            if one.notes and other.notes and one.recording_id == other.recording_id:
                iou = temporal_iou(one.span.start_s, one.span.end_s, other.span.start_s, other.span.end_s)
                assert iou <= 0.3 or one.evidence or other.evidence


def test_a_long_note_does_not_hide_what_is_found_within_it() -> None:
    hour, inside = note(span=Span(0, 3600)), seen(Span(1000, 1004), 0.8)
    assert [one.span for one in joined([inside], [noted(hour)])] == [hour.span, inside.span]


def test_a_short_note_within_a_moment_is_part_of_it() -> None:
    short, moment = note(span=Span(10, 11)), seen(Span(0, 60), 0.9)
    (one,) = joined([moment], [noted(short)])
    assert (one.span, one.notes, one.evidence) == (short.span, (short,), moment.evidence)
    (one,) = joined([moment], [noted(short, 0.7)])
    assert (one.span, one.notes, one.confidence) == (moment.span, (short,), 0.9), "the surer one keeps its span"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("cake", 1),
        ("Anna's birthday cake", 1),
        ("when we cut Anna's birthday cake", 0.75),
        ("the blue cake", None),
        ('what is in the "birthday cake"', 1),
        ("party", 1),
        ("what was it", None),
        ("", None),
    ],
)
def test_the_share_of_a_query_that_is_noted(text: str, share: float | None) -> None:
    one = note("Anna's birthday cake", tags=("party",))
    assert found_by(Query(text), [one]) == ([] if share is None else [(one, share)])


@given(st.lists(st.sampled_from(["cake", "anna", "bell", "song", "dog"]), min_size=1, max_size=5))
def test_a_note_of_all_of_a_query_is_sure(words: list[str]) -> None:
    one = note(" ".join(words))
    assert found_by(Query(" ".join(reversed(words))), [one]) == [(one, 1.0)]


@given(st.lists(st.tuples(recordings, spans), max_size=6))
def test_around_notes_are_all_notes_and_nothing_far(made: list[tuple[str, Span]]) -> None:
    notes = [note(span=span, recording_id=recording_id) for recording_id, span in made]
    reached = around(notes, {"a": 250.0, "c": 10.0})
    assert reached.keys() <= {"a"}
    found = reached.get("a", ())
    assert all(one.end_s < other.start_s for one, other in pairwise(found))
    for second in range(250):
        is_near = any(
            one.recording_id == "a" and one.span.start_s - AROUND_S <= second < one.span.end_s + AROUND_S
            for one in notes
        )
        assert any(span.start_s <= second < span.end_s for span in found) == is_near


def test_half_of_a_note_has_to_be_where_a_filter_looks() -> None:
    one = note(span=Span(10, 20))
    assert in_spans([one], None) == [one]
    assert in_spans([one], {"a": (Span(0, 15),)}) == [one]
    assert in_spans([one], {"a": (Span(0, 12), Span(17, 30))}) == [one]
    assert in_spans([one], {"a": (Span(0, 14.9),)}) == []
    assert in_spans([one], {"b": (Span(0, 99),)}) == []

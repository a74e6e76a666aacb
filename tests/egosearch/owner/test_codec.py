from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from math import isnan
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.indexing.types import FailedFile
from egosearch.notes.types import Note
from egosearch.owner.codec import CodecError, described, from_wire, to_wire
from egosearch.owner.verbs import Verb, shape, verbs
from egosearch.types import (
    Answer,
    Curve,
    Evidence,
    LibraryStats,
    Mark,
    Moment,
    Parts,
    Place,
    Query,
    RecordingSummary,
    Where,
)
from indexers.types import Modality, Span
from tests.egosearch.owner.travelling import there_and_back

texts = st.text(st.characters(codec=None), max_size=8)
numbers = st.floats(allow_nan=False)
paths = st.builds(Path, st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=8))
# Whole seconds: Python 3.11 reads no smaller distances from UTC, and no place has any.
zones = st.none() | st.integers(-50_400, 50_400).map(lambda seconds: timezone(timedelta(seconds=seconds)))
moments_of_time = st.datetimes(timezones=zones)
times = st.times()
spans = st.tuples(numbers, numbers).map(lambda ends: Span(min(ends), max(ends)))
senses = st.sampled_from(Modality)
wheres = st.builds(
    Where,
    recording_ids=st.none() | st.frozensets(texts, max_size=3),
    folder=st.none() | paths,
    since=st.none() | moments_of_time,
    until=st.none() | moments_of_time,
    between=st.none() | st.tuples(times, times),
    tags=st.none() | st.frozensets(texts, max_size=2),
    noted=st.none() | texts,
)
places = st.builds(Place, texts, numbers)
queries = st.builds(
    Query,
    text=texts,
    limit=st.integers(),
    min_confidence=st.none() | numbers,
    modalities=st.none() | st.frozensets(senses),
    fusion=st.sampled_from(("calibrated", "rrf")),
    image=st.none() | paths,
    sound=st.none() | paths,
    like=st.none() | places,
    without=st.lists(texts, max_size=2).map(tuple),
    then=st.lists(texts, max_size=2).map(tuple),
    within_s=st.none() | numbers,
    weights=st.dictionaries(senses, numbers),
    where=wheres,
    session=st.none() | texts,
)
evidence = st.builds(
    Evidence, senses, spans, numbers, numbers, numbers, numbers, st.lists(texts, max_size=2).map(tuple), st.integers()
)
notes = st.builds(Note, texts, texts, spans, texts, st.lists(texts, max_size=2).map(tuple), moments_of_time)
moments = st.builds(
    Moment,
    texts,
    paths,
    spans,
    st.none() | moments_of_time,
    numbers,
    numbers,
    st.lists(evidence, max_size=2).map(tuple),
    st.lists(notes, max_size=1).map(tuple),
)
answers = st.builds(Answer, queries, st.lists(moments, max_size=2).map(tuple), st.lists(moments, max_size=1).map(tuple))
marks = st.builds(Mark, texts, texts, spans, st.booleans(), texts, moments_of_time)
recordings = st.builds(
    RecordingSummary,
    texts,
    paths,
    numbers,
    st.integers(),
    st.none() | moments_of_time,
    st.none() | texts,
    *[st.booleans()] * 2,
    numbers,
    st.booleans(),
)
lines = st.lists(numbers, max_size=4).map(tuple)

VALUES: dict[Any, st.SearchStrategy[Any]] = {
    Query: queries,
    Answer: answers,
    Parts: st.builds(Parts, *[st.booleans()] * 6),
    list[Mark]: st.lists(marks, max_size=2),
    list[Note]: st.lists(notes, max_size=2),
    list[RecordingSummary]: st.lists(recordings, max_size=2),
    list[FailedFile]: st.lists(st.builds(FailedFile, paths, texts, texts), max_size=2),
    dict[str, Curve]: st.dictionaries(texts, st.builds(Curve, lines, lines), max_size=2),
    Moment | Place: moments | places,
    bytes: st.binary(),
}


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: getattr(kind, "__name__", str(kind)))
@given(data=st.data())
def test_what_travels_arrives_as_it_was(kind: Any, data: st.DataObject) -> None:
    value = data.draw(VALUES[kind])
    arrived = there_and_back(value, kind)
    assert arrived == value
    assert type(arrived) is type(value)


def test_a_worked_example() -> None:
    place = Place("1f", 2.5)
    assert to_wire(place, Place) == {"recording_id": "1f", "time_s": 2.5}
    assert to_wire(place, Moment | Place) == {"Place": {"recording_id": "1f", "time_s": 2.5}}


def test_statistics_by_part_and_sense() -> None:
    stats = LibraryStats(2, 690.0, {Modality.AUDIO: 1437}, 1, {"catalogue": 2_000_000})
    assert there_and_back(stats, LibraryStats) == stats


def test_what_is_not_there_is_not_a_number() -> None:
    arrived = there_and_back(Place("1f", float("nan")), Place)
    assert isnan(arrived.time_s)


PLACE = {"recording_id": "1f", "time_s": 2.5}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({**PLACE, "more": 1}, Place),
        ({"recording_id": "1f"}, Place),
        ({**PLACE, "time_s": "2.5"}, Place),
        ({**PLACE, "time_s": True}, Place),
        ({**PLACE, "recording_id": None}, Place),
        ([], Place),
        (None, Place),
        ({"start_s": 2.0, "end_s": 1.0}, Span),
        ({"Query": PLACE}, Moment | Place),
        (PLACE, Moment | Place),
        ("smell", Modality),
        (["audio"], Modality),
        ("median", Literal["calibrated", "rrf"]),
        ([], Literal["calibrated", "rrf"]),
        ("2026-13-01", datetime),
        (5, time),
        ([["00:00:00"]], tuple[time, time]),
        ("ab", list[str]),
        ([1], list[str]),
        ({"audio": "x"}, Mapping[Modality, float]),
        ("?", bytes),
        (1.5, int),
        (True, int),
        (1, bool),
        (0, type(None)),
        (10**400, float),
    ],
)
def test_what_does_not_fit_is_refused(data: Any, kind: Any) -> None:
    with pytest.raises(CodecError):
        from_wire(data, kind)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    st.sampled_from([*VALUES]),
)
def test_anything_at_all_is_a_value_or_refused(data: Any, kind: Any) -> None:
    try:
        value = from_wire(data, kind)
    except CodecError:
        return
    to_wire(value, kind)  # raises where it is not of the type


def test_a_value_of_another_type_is_not_sent() -> None:
    with pytest.raises(TypeError):
        to_wire("x", Moment | Place)
    with pytest.raises(TypeError):
        to_wire(object(), str)
    with pytest.raises(TypeError):
        to_wire("smell", Modality)


def test_times_keep_their_distance_from_utc() -> None:
    tokyo = datetime(2026, 11, 21, 8, 15, tzinfo=timezone(timedelta(hours=9)))
    assert there_and_back(tokyo, datetime).utcoffset() == timedelta(hours=9)
    assert there_and_back(datetime(2026, 11, 21, tzinfo=UTC), datetime).tzinfo == UTC


@dataclass(frozen=True)
class Before:
    """Stands for a type as an older version has it."""

    limit: int
    how: Literal["a", "b"] = "a"


def test_a_description_changes_with_what_it_describes() -> None:
    @dataclass(frozen=True)
    class Before2:
        limit: int
        how: Literal["a", "c"] = "a"

    Before2.__name__ = "Before"
    kinds = (Before, Before2, list[Before], tuple[int, ...], tuple[int, int], int | None, Modality)
    assert len({described(kind) for kind in kinds}) == len(kinds)
    assert "limit: int" in described(Before)


def test_every_verb_can_travel() -> None:
    assert {"answer", "recordings", "mark", "hand_over"} <= verbs().keys()
    assert verbs()["set_time_zone"] == Verb({"recording_id": str, "zone": str | None}, type(None))
    assert len(shape()) == 16

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.cli.output import clock
from egosearch.cli.places import NamedPlace, find_place, parse_place, parse_time
from egosearch.errors import QueryError
from egosearch.types import Place
from tests.egosearch.cli.fake_library import KITCHEN, FakeLibrary


@pytest.mark.parametrize(
    ("text", "recording", "time_s"),
    [
        ("kitchen.mp4@754", "kitchen.mp4", 754),
        ("kitchen.mp4@12:34", "kitchen.mp4", 754),
        ("kitchen.mp4@1:02:03.25", "kitchen.mp4", 3723.25),
        ("me@home.mp4@0:07", "me@home.mp4", 7),
        ("/films/a b.mp4@0.5", "/films/a b.mp4", 0.5),
        ("1f3a9c@90:00", "1f3a9c", 5400),
        (" kitchen.mp4 @ 12:34 ", "kitchen.mp4", 754),
    ],
)
def test_places(text: str, recording: str, time_s: float) -> None:
    assert parse_place(text) == NamedPlace(recording, time_s)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kitchen.mp4", r"'kitchen.mp4' names no time; write RECORDING@TIME, such as kitchen.mp4@1:30"),
        ("@1:30", "'@1:30' names no recording"),
        ("  @1:30", "names no recording"),
        ("me@home.mp4", "'home.mp4' is not a time; write seconds, m:ss or h:mm:ss"),
        ("kitchen.mp4@", "'' is not a time"),
        ("kitchen.mp4@1:75", "'1:75' is not a time: after a colon 59 is the most"),
        ("kitchen.mp4@1:60:00", "after a colon 59 is the most"),
        ("kitchen.mp4@1:5", "'1:5' is not a time"),
        ("kitchen.mp4@-3", "is not a time"),
        ("kitchen.mp4@nan", "is not a time"),
        ("kitchen.mp4@1e3", "is not a time"),
        ("kitchen.mp4@1:2:3:4", "is not a time"),
        ("kitchen.mp4@\u0661\u0662", "is not a time"),
        ("kitchen.mp4@" + "9" * 5000, "is not a time"),
        ("", "names no time"),
    ],
)
def test_what_is_no_place(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_place(text)


@given(st.integers(0, 400_000))
def test_a_printed_time_reads_back(time_s: int) -> None:
    assert parse_time(clock(time_s)) == time_s


@given(st.text("a@:. 0159"))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    with suppress(QueryError):
        assert parse_place(text).time_s >= 0
        assert parse_place(text).recording


def test_a_place_is_looked_up() -> None:
    assert find_place(FakeLibrary(), "kitchen.mp4@1:05") == Place(KITCHEN.recording_id, 65)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="no recording matches 'attic'; `egosearch recordings` lists them"):
        find_place(FakeLibrary(), "attic@1:05")  # type: ignore[arg-type]

"""Words into times. It is Saturday, the 21st of November 2026, 14:20, unless a test says otherwise."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from egosearch.errors import QueryError
from egosearch.query.when import LONGEST, Period, parse_between, parse_instant, parse_on, parse_when

NOW = datetime(2026, 11, 21, 14, 20)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """Return "11-20 18" as that hour of this year; a year may be put before."""
    date, _, hour = text.partition(" ")
    whole = date if date.count("-") == 2 else f"2026-{date}"
    return datetime.fromisoformat(f"{whole}T{hour or '00'}:00" if ":" not in hour else f"{whole}T{hour}")


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("today", "11-21", "11-22"),
        ("yesterday", "11-20", "11-21"),
        ("Yesterday ", "11-20", "11-21"),
        ("the day before yesterday", "11-19", "11-20"),
        ("3 days ago", "11-18", "11-19"),
        ("three days ago", "11-18", "11-19"),
        ("last monday", "11-16", "11-17"),
        ("on monday", "11-16", "11-17"),
        ("saturday", "11-14", "11-15"),
        ("sat", "11-14", "11-15"),
        ("this saturday", "11-21", "11-22"),
        ("2026-11-20", "11-20", "11-21"),
        ("on 2026-11-20", "11-20", "11-21"),
        ("2026/11/20", "11-20", "11-21"),
        ("20/11/2026", "11-20", "11-21"),
        ("11/20/2026", "11-20", "11-21"),
        ("20.11.2026", "11-20", "11-21"),
        ("3/3/2026", "03-03", "03-04"),
        ("november 20th", "11-20", "11-21"),
        ("20 november", "11-20", "11-21"),
        ("friday, november 20", "11-20", "11-21"),
        ("november 25", "2025-11-25", "2025-11-26"),
        ("the 20th", "11-20", "11-21"),
        ("feb 29", "2024-02-29", "2024-03-01"),
        ("last week", "11-09", "11-16"),
        ("this week", "11-16", "11-23"),
        ("2 weeks ago", "11-02", "11-09"),
        ("last weekend", "11-14", "11-16"),
        ("at the weekend", "11-21", "11-23"),
        ("last month", "10-01", "11-01"),
        ("12 months ago", "2025-11-01", "2025-12-01"),
        ("in march", "03-01", "04-01"),
        ("december", "2025-12-01", "2026-01-01"),
        ("last november", "2025-11-01", "2025-12-01"),
        ("last march", "03-01", "04-01"),
        ("march 2024", "2024-03-01", "2024-04-01"),
        ("2026-11", "11-01", "12-01"),
        ("2024", "2024-01-01", "2025-01-01"),
        ("in 2024", "2024-01-01", "2025-01-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("last 3 days", "11-18", "11-21 14:20"),
        ("in the past two hours", "11-21 12:20", "11-21 14:20"),
        ("past week", "11-14", "11-21 14:20"),
        ("this morning", "11-21 05", "11-21 12"),
        ("yesterday morning", "11-20 05", "11-20 12"),
        ("the day before yesterday afternoon", "11-19 12", "11-19 18"),
        ("yesterday evening", "11-20 18", "11-20 23"),
        ("in the evening on monday", "11-16 18", "11-16 23"),
        ("on the evening of november 20th", "11-20 18", "11-20 23"),
        ("2026-11-20 evening", "11-20 18", "11-20 23"),
        ("saturday night", "11-14 21", "11-15 05"),
        ("last night", "11-20 18", "11-21 05"),
        ("tonight", "11-21 18", "11-22 05"),
        ("noon", "11-21 11:30", "11-21 12:30"),
        ("yesterday at 5pm", "11-20 16:30", "11-20 17:30"),
        ("yesterday 17:00", "11-20 16:30", "11-20 17:30"),
        ("yesterday, 5 p.m.", "11-20 16:30", "11-20 17:30"),
        ("2026-11-20 17:00", "11-20 16:30", "11-20 17:30"),
        ("2026-11-20 5pm", "11-20 16:30", "11-20 17:30"),
        ("3 hours ago", "11-21 10:50", "11-21 11:50"),
    ],
)
def test_words_mean_a_period(text: str, since: str, until: str) -> None:
    assert parse_when(text, NOW) == Period(at(since), at(until))


@pytest.mark.parametrize(
    ("now", "text", "since"),
    [
        ("11-22 02", "last night", "11-21 18"),
        ("11-22 02", "tonight", "11-21 18"),
        ("11-22 02", "saturday night", "11-21 21"),
        ("11-22 05", "tonight", "11-22 18"),
        ("11-23 09", "monday", "11-16"),
        ("11-23 09", "last monday", "11-16"),
        ("11-18 09", "last weekend", "11-14"),
        ("11-18 09", "the weekend", "11-14"),
        ("11-22 09", "last weekend", "11-14"),
        ("01-01 00", "yesterday", "2025-12-31"),
        ("01-15 00", "last month", "2025-12-01"),
    ],
)
def test_what_words_mean_depends_on_the_day(now: str, text: str, since: str) -> None:
    assert parse_when(text, at(now)).since == at(since)


def test_the_zone_of_the_present_does_not_matter() -> None:
    assert parse_when("yesterday", NOW.replace(tzinfo=UTC)) == parse_when("yesterday", NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("yesterday " * 20, "too long"),
        ("gestern", "'gestern' is not understood"),
        ("when I was in march", "'when' in 'when i was in march'"),
        ("a", "not understood"),
        ("this", "not understood"),
        ("12", "several things"),
        ("yesterday at 5", "17:00 or 5pm"),
        ("yesterday 5:61", "no clock shows"),
        ("20261120", "several things"),
        ("3/4/2026", "2026-04-03 or 2026-03-04"),
        ("10/11/12", "several things"),
        ("monday, november 20", "day of the week"),
        ("2026-02-30", "not in the calendar"),
        ("0000", "not in the calendar"),
        ("9999", "not in the calendar"),
        ("31 november", "not understood"),
        ("morning", "which day's"),
        ("in the evening", "which day's"),
        ("evening last week", "--between evening"),
        ("yesterday evening at 5pm", "both a time and a part"),
        ("morning of the evening", "several parts"),
        ("last week 5pm", "no day"),
        ("march 5pm", "no day"),
        ("an hour", "an hour ago"),
        ("the evening before yesterday", "'before'"),
        ("5 days before yesterday", "'before'"),
        ("tomorrow", "still to come"),
        ("tomorrow evening", "still to come"),
        ("2026-11-20T17:00Z", "time zone"),
        ("yesterday 5pm UTC", "'utc'"),
        ("next week", "'next'"),
    ],
)
def test_what_is_not_clear_is_refused(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said) as raised:
        parse_when(text, NOW)
    assert "\n" not in str(raised.value)


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=LONGEST + 5)
    | st.lists(
        st.sampled_from(
            [
                "last",
                "this",
                "monday",
                "march",
                "3",
                "20th",
                "2026",
                "days",
                "ago",
                "at",
                "5pm",
                "17:00",
                "night",
                "yesterday",
            ]
        ),
        max_size=5,
    ).map(" ".join)
)
@example("\x00")
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        found = parse_when(text, NOW)
    except QueryError:
        return
    assert found.since < found.until


@given(st.dates(min_value=datetime(2000, 1, 1).date(), max_value=NOW.date()))
@settings(max_examples=30, deadline=None)
def test_a_day_is_the_same_however_it_is_written(day: datetime) -> None:
    midnight = datetime(day.year, day.month, day.day)
    for form in ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%a %d %b %Y"):
        assert parse_on(day.strftime(form), NOW) == Period(midnight, midnight + DAY), form


@pytest.mark.parametrize("text", ["last week", "yesterday evening", "2026-11", "yesterday at 5pm"])
def test_one_day_is_one_whole_day(text: str) -> None:
    with pytest.raises(QueryError, match="--when"):
        parse_on(text, NOW)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("yesterday", "11-20", "11-21"),
        ("2026-11-20", "11-20", "11-21"),
        ("last week", "11-09", "11-16"),
        ("yesterday evening", "11-20 18", "11-20 23"),
        ("2026-11-20 17:05", "11-20 17:05", "11-20 17:05"),
        ("2026-11-20T17:05", "11-20 17:05", "11-20 17:05"),
        ("3 hours ago", "11-21 11:20", "11-21 11:20"),
        ("18:00", "11-20 18", "11-20 18"),
        ("now", "11-21 14:20", "11-21 14:20"),
        ("tomorrow", "11-22", "11-23"),
    ],
)
def test_an_end_of_a_range(text: str, start: str, end: str) -> None:
    assert parse_instant(text, NOW, end=False) == at(start)
    assert parse_instant(text, NOW, end=True) == at(end)


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T17:05:30+02:00", "2026-11-20 17:05:30 +02:00", "2026-11-20 15:05:30z", "2026-11-20T17:05:30+02"],
)
def test_an_instant_with_an_offset_keeps_it(text: str) -> None:
    found = parse_instant(text, NOW, end=True)
    assert found == datetime(2026, 11, 20, 15, 5, 30, tzinfo=UTC)
    assert found.utcoffset() == timedelta(hours=0 if text.endswith("z") else 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:00-22:00", (time(18), time(22))),
        ("18-22", (time(18), time(22))),
        ("18:00–22:30", (time(18), time(22, 30))),
        ("6pm-10pm", (time(18), time(22))),
        ("6 PM to 10:15 pm", (time(18), time(22, 15))),
        ("12am - 12pm", (time(0), time(12))),
        ("from 9.30 until 10", (time(9, 30), time(10))),
        ("22-5", (time(22), time(5))),
        ("18-24", (time(18), time(0))),
        ("evening", (time(18), time(23))),
        ("night", (time(21), time(5))),
    ],
)
def test_a_range_of_the_day(text: str, expected: tuple[time, time]) -> None:
    assert parse_between(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("18", "not a range"),
        ("teatime", "not a range"),
        ("6-10pm", "both times"),
        ("25-26", "no clock"),
        ("18:61-19", "no clock"),
        ("13pm-14pm", "no clock"),
        ("0pm-1pm", "no clock"),
        ("24:30-1", "no clock"),
        ("18-18:00", "begins when it ends"),
        ("0-24", "whole day"),
    ],
)
def test_no_range_of_the_day(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        parse_between(text)

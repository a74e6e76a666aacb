"""Words into times: "yesterday evening" into from when until when, on the clock of the place.

`dates` reads the words, with the library dateparser; here is what it leaves open: how long a day, a week or an evening
lasts, and what is refused rather than guessed. English only. Dates as in ISO 8601 are always right; of 3/4/2026 nobody
knows which number is the month, so it is refused, while 20/11/2026 can mean one day only.

A day lasts from 0:00 to 24:00, a week from Monday to Sunday. Words mean the past: "saturday" is the last one before
today, "march" the latest that has begun. `now` is always given, and counts without its zone.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from egosearch.errors import QueryError
from egosearch.query.dates import EXAMPLES, MONTHS, NUMBERS, UNITS, look_up

LONGEST = 80
"""Characters; more is no time but a text, and dateparser is slow with those."""
AROUND = timedelta(minutes=30)
"""How far before and after a time of day is meant by it: people remember "at 5pm" that closely, not to the minute."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PARTS_OF_DAY = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 23), "night": (21, 29)}
"""Hours from the day's start, 29 being 5:00 of the next day. They overlap, and leave no hour out, as in speech."""
TONIGHT = (18, 29)
"""Of "tonight" and "last night", which have the evening in them: "last night at dinner"."""

_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?( ?(z|[+-]\d\d(:?\d\d)?))?")
_ISO_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_NIGHT = re.compile(r"tonight|last night")
_WEEKEND = re.compile(r"(?:(?:the|this|(last|past)) )?weekend")
_SPAN_TO_NOW = re.compile(rf"(?:the )?(last|past) (?:(\d{{1,3}}|{NUMBERS}) )?({UNITS})s?")
_LAST_MONTH = re.compile(rf"last ({'|'.join(MONTHS)})")
_PART = re.compile(rf"(?:\bin the )?\b({'|'.join(PARTS_OF_DAY)})\b(?: of\b)?")
_CLOCK = r"(\d{1,2})(?:[:.](\d\d))? ?([ap]m)?"
_BETWEEN = re.compile(rf"(?:from |between )?{_CLOCK} ?(?:-|–|—|to|and|until) ?{_CLOCK}")


@dataclass(frozen=True)
class Period:
    """From when until when, without a zone: on the clock of whatever place a recording was made at."""

    since: datetime
    until: datetime
    """Not included."""


def parse_when(text: str, now: datetime) -> Period:
    """Return the period that words mean: "yesterday evening", "saturday night", "in march", "2026-11-20".

    A time of day ("yesterday at 5pm", "3 hours ago") means half an hour before and after.

    Raises:
        QueryError: The words are not understood, can mean two things, or mean what is still to come.
    """
    now = now.replace(tzinfo=None)
    found = _meaning(text, now)
    if isinstance(found, datetime):
        if found.tzinfo is not None:
            raise QueryError(f"{text!r} has a time zone; name the time without one, or as --since and --until")
        found = Period(found - AROUND, found + AROUND)
    is_dated = re.search(r"\d{4}", text) is not None  # then it may be a camera's clock that is fast
    if not is_dated and found.since >= _midnight(now) + DAY:
        raise QueryError(f"{text!r} is still to come; name a time that has passed, such as {EXAMPLES}")
    return found


def parse_on(text: str, now: datetime) -> Period:
    """Return the day that words mean.

    Raises:
        QueryError: As `parse_when`, or they mean more or less than one day.
    """
    found = parse_when(text, now)
    if (found.since.time(), found.until - found.since) != (time(0), DAY):
        raise QueryError(f"{text!r} is not one whole day; name one such as '2026-11-20', or say it with --when")
    return found


def parse_instant(text: str, now: datetime, *, end: bool) -> datetime:
    """Return one end of a range: with `end` the moment at which what is named is over, else that at which it begins.

    `--until yesterday` includes all of yesterday. A time of day is meant exactly. Only a time in the form of ISO 8601
    may have an offset, and then it keeps it.

    Raises:
        QueryError: The words are not understood, or can mean two things.
    """
    found = _meaning(text, now)
    if isinstance(found, datetime):
        return found
    return found.until if end else found.since


def parse_between(text: str) -> tuple[time, time]:
    """Return a range of the day's times: "18:00-22:00", "18-22", "6pm-10pm", or a part of the day such as "evening".

    24:00 is the next day's 0:00; a range over midnight has its second time before its first.

    Raises:
        QueryError: It is not understood, or empty.
    """
    words = _plain(text)
    if words in PARTS_OF_DAY:
        first, last = PARTS_OF_DAY[words]
        return time(first), time(last % 24)
    match = _BETWEEN.fullmatch(words)
    if match is None:
        raise QueryError(f"{text!r} is not a range of the day's times; say it as '18:00-22:00' or '6pm-10pm'")
    if (match[3] is None) != (match[6] is None):
        raise QueryError(f"{text!r} has am or pm only once; say it for both times, or as '18:00-22:00'")
    try:
        first_clock, last_clock = _clock(*match.group(1, 2, 3)), _clock(*match.group(4, 5, 6))
    except ValueError as error:
        raise QueryError(f"{text!r} has a time that no clock shows; say it as '18:00-22:00' or '6pm-10pm'") from error
    if first_clock == last_clock:
        raise QueryError(f"{text!r} begins when it ends; name two times that differ, or leave it out for the whole day")
    return first_clock, last_clock


def _meaning(text: str, now: datetime) -> Period | datetime:
    """Return a period, or where a time of day is named, that time."""
    now = now.replace(tzinfo=None)
    words = re.sub(r"^(on|in|at|during|over|from) ", "", _plain(text))
    try:
        return _in_iso(words) or _idiom(words, now) or _with_part_of_day(words, now, text)
    except (ValueError, OverflowError) as error:  # February 30th, or the end of the year 9999
        raise QueryError(f"{text!r} is not in the calendar; name a day such as '2026-11-20'") from error


def _plain(text: str) -> str:
    if len(text) > LONGEST:
        raise QueryError(f"a time of {len(text)} characters is too long; say it as {EXAMPLES}")
    words = re.sub(r"\b([ap])\.m\b\.?", r"\1m", text.casefold().replace(",", " "))
    words = " ".join(words.split())
    if not words:
        raise QueryError(f"the time is empty; say it as {EXAMPLES}")
    return words


def _in_iso(words: str) -> Period | datetime | None:
    if _ISO_TIME.fullmatch(words):
        return datetime.fromisoformat(words.upper().replace(" ", "T", 1).replace(" ", ""))
    if match := _ISO_MONTH.fullmatch(words):
        return _period(datetime(int(match[1]), int(match[2]), 1), "month")
    return _period(datetime(int(words), 1, 1), "year") if re.fullmatch(r"\d{4}", words) else None


def _idiom(words: str, now: datetime) -> Period | None:
    """Return what dateparser does not know, or knows otherwise."""
    today = _midnight(now)
    if _NIGHT.fullmatch(words):
        # Before 5:00 it is still last night, whatever the calendar says.
        is_before = words == "last night" or now < today + (TONIGHT[1] - 24) * HOUR
        return _part(today - DAY if is_before else today, TONIGHT)
    if match := _WEEKEND.fullmatch(words):
        saturday = today - (now.weekday() - 5) % 7 * DAY
        saturday -= 7 * DAY if match[1] and now.weekday() >= 5 else timedelta(0)
        return Period(saturday, saturday + 2 * DAY)
    if match := _SPAN_TO_NOW.fullmatch(words):
        which, number, unit = match.groups()
        if which == "last" and number is None and unit in ("week", "month", "year"):
            return None  # the one in the calendar, which dateparser knows
        began, _ = look_up(f"{number or 'one'} {unit} ago", now)
        return Period(began if unit in ("minute", "hour") else _midnight(began), now)
    if match := _LAST_MONTH.fullmatch(words):
        number_of_month = MONTHS.index(match[1]) + 1
        return _period(datetime(now.year - (number_of_month >= now.month), number_of_month, 1), "month")
    return None


def _with_part_of_day(words: str, now: datetime, text: str) -> Period | datetime:
    parts = _PART.findall(words)
    if len(parts) > 1:
        raise QueryError(f"{text!r} has several parts of the day; name one of them")
    rest = " ".join(_PART.sub(" ", words).split())
    if not parts:
        return _named(rest, now)
    if not rest or rest == "the":
        raise QueryError(
            f"{text!r} does not say which day's; say 'this {parts[0]}', 'yesterday {parts[0]}', or --between {parts[0]}"
        )
    found = _named("today" if rest == "this" else rest, now)
    if isinstance(found, datetime):
        raise QueryError(f"{text!r} has both a time and a part of the day; name one of them")
    if found.until - found.since != DAY:
        raise QueryError(f"{text!r} has a part of the day of more than one day; add --between {parts[0]} instead")
    return _part(found.since, PARTS_OF_DAY[parts[0]])


def _named(words: str, now: datetime) -> Period | datetime:
    found, unit = look_up(words, now)
    return found if unit == "time" else _period(found, unit)


def _period(moment: datetime, unit: str) -> Period:
    """Return the day, week, month or year that a time lies in."""
    day = _midnight(moment)
    if unit == "week":
        monday = day - day.weekday() * DAY
        return Period(monday, monday + 7 * DAY)
    if unit == "month":
        since = day.replace(day=1)
        return Period(since, (since + 31 * DAY).replace(day=1))
    if unit == "year":
        since = day.replace(month=1, day=1)
        return Period(since, since.replace(year=since.year + 1))
    return Period(day, day + DAY)


def _part(day: datetime, hours: tuple[int, int]) -> Period:
    return Period(day + hours[0] * HOUR, day + hours[1] * HOUR)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _clock(hour: str, minute: str | None, half: str | None) -> time:
    """Return a time of day as a clock shows it; 24:00 is 0:00.

    Raises:
        ValueError: No clock shows it.
    """
    hours, minutes = int(hour), int(minute or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            raise ValueError(f"{hours} {half}")
        hours = hours % 12 + (12 if half == "pm" else 0)
    elif (hours, minutes) == (24, 0):
        hours = 0
    return time(hours, minutes)

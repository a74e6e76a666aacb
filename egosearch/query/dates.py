"""One date or time in words, looked up with dateparser, which is lenient where a search must not be.

It takes "a" for a month, "yesterday at 5" for yesterday and 3/4/2026 for whichever day comes first. So it is only asked
what every word and number of is known to have a meaning, and its answer must agree with them. `when` makes periods of
what is found.
"""

import calendar
import re
from datetime import datetime, timedelta

from egosearch.errors import QueryError

EXAMPLES = "'yesterday evening', 'last monday', '3 days ago', 'march 2026' or '2026-11-20'"
UNITS = "minute|hour|day|week|month|year"
MONTHS = tuple(name.lower() for name in calendar.month_name if name)
WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_DAYS = frozenset({"today", "yesterday", "tomorrow", "now", "noon", "ago"})
_SHORT_NAMES = ("sept", "tues", "thur", "thurs", *(name[:3] for name in (*MONTHS, *WEEKDAYS)))
_TELLING = _DAYS.union(MONTHS, WEEKDAYS, _SHORT_NAMES, UNITS.split("|"), (f"{unit}s" for unit in UNITS.split("|")))
_FILLING = frozenset(
    (*NUMBERS.split("|"), "last", "this", "at", "on", "in", "of", "the", "a", "an", "am", "pm", "st", "nd", "rd", "th")
)

_THIS_OR_LAST = re.compile(rf"\b(this|last) ((?:{'|'.join(name[:3] for name in WEEKDAYS)})(?!th)[a-z]*)")
_DAY_BEFORE_YESTERDAY = re.compile(r"(?:the )?day before yesterday")
_ISO_DAY = re.compile(r"(?<![\d/-])(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![\d/-])")
_NUMERIC_DAY = re.compile(r"(?<![\d./-])(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?![\d./-])")
_CLOCK_OR_AGO = re.compile(
    rf"\b\d{{1,2}}:\d\d(?::\d\d)?(?: ?[ap]m)?\b|\b\d{{1,2}} ?[ap]m\b|\b\d{{1,3}} (?:{UNITS})s? ago\b"
)
_DAY_OF_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\b")


def look_up(words: str, now: datetime) -> tuple[datetime, str]:
    """Return the time that words mean, with the unit that it is meant in.

    Args:
        words: In lower case, with single spaces.
        now: Without a zone. Words mean the past: "saturday" is the last one before today.

    Returns:
        A time without a zone, and "time", "day", "week", "month" or "year": only so much of it counts.

    Raises:
        QueryError: They are not understood, or can mean two things.
        ValueError: There is no such day in the calendar.
    """
    plain = _DAY_BEFORE_YESTERDAY.sub("2 days ago", words)
    plain = _NUMERIC_DAY.sub(_unambiguous, plain)
    plain = _ISO_DAY.sub(lambda match: _in_words(int(match[1]), int(match[2]), int(match[3])), plain)
    plain = _THIS_OR_LAST.sub(lambda match: _of_the_week(match, now), plain)
    _check_words(plain, words)
    date_only = _CLOCK_OR_AGO.sub(" ", plain)
    has_month = re.search(rf"\b({'|'.join(name[:3] for name in MONTHS)})", date_only) is not None
    without_years = re.sub(r"\b\d{4}\b", " ", date_only) if has_month else date_only
    days = [match for match in _DAY_OF_MONTH.finditer(without_years) if has_month or match[0] != match[1]]
    if len(days) > 1 or len(re.findall(r"\d+", without_years)) > len(days):
        raise QueryError(
            f"a number in {words!r} can mean several things; say it as {EXAMPLES}, and times as 17:00 or 5pm"
        )
    if re.search(r"hour|minute", plain) and "ago" not in plain:
        raise QueryError(f"{words!r} does not say since when; say '{words} ago'")
    moment, unit = _ask(plain, now)
    if re.search(r"\bnow\b|(hour|minute)s? ago", plain):  # older versions of dateparser take that for a day
        unit = "time"
    if unit != "time" and re.search(r"\d:|[ap]m\b|hour|minute", plain):  # a clock that dateparser passed over
        raise QueryError(f"{words!r} has a time that no clock shows; write times as 17:00 or 5pm")
    if unit == "time" and ((has_month and not days) or re.search(r"\b(week|month|year)", plain)):
        raise QueryError(f"{words!r} has a time but no day; name the day as well, such as '2026-11-20 17:00'")
    # The look-ahead tells "mon" from "month".
    named = [day for day, name in enumerate(WEEKDAYS) if re.search(rf"\b{name[:3]}(?!th)", plain)]
    if any(moment.weekday() != day for day in named) or any(moment.day != int(match[1]) for match in days):
        raise QueryError(f"{words!r} names a day that does not exist; leave the day of the week out, or correct it")
    return moment, unit


def _check_words(plain: str, words: str) -> None:
    found = re.findall(r"[^\W\d_]+", plain)
    for word in found:
        if word not in _TELLING | _FILLING:
            where = f" in {words!r}" if word != words else ""
            raise QueryError(f"{word!r}{where} is not understood as a time; say it as {EXAMPLES}")
    if _TELLING.isdisjoint(found) and not re.search(r"\d", plain):
        raise QueryError(f"{words!r} is not understood as a time; say it as {EXAMPLES}")


def _ask(words: str, now: datetime) -> tuple[datetime, str]:
    from dateparser.date import DateDataParser

    parser = DateDataParser(
        languages=["en"],
        settings={
            "RELATIVE_BASE": now,
            "PREFER_DATES_FROM": "past",
            "RETURN_TIME_AS_PERIOD": True,
            "DATE_ORDER": "DMY",  # months are words and years have four digits by now, and "20 november" reads best so
        },
    )
    found = parser.get_date_data(words)
    if found.date_obj is None or found.date_obj.tzinfo is not None:
        raise QueryError(f"{words!r} is not understood as a time; say it as {EXAMPLES}")
    return found.date_obj, found.period


def _unambiguous(match: re.Match[str]) -> str:
    first, second, year = (int(group) for group in match.groups())
    if first <= 12 and second <= 12 and first != second:
        either = f"{year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}"
        raise QueryError(f"{match[0]!r} can mean two days; write {either}")
    month, day = (second, first) if second <= 12 else (first, second)
    return _in_words(year, month, day)


def _of_the_week(match: re.Match[str], now: datetime) -> str:
    """Return a day of this week in words, and for "last monday" just "monday".

    Older versions of dateparser know neither.
    """
    which, weekday = match.groups()
    if which == "last":
        return weekday
    number = next(day for day, name in enumerate(WEEKDAYS) if weekday.startswith(name[:3]))
    day = now + timedelta(days=number - now.weekday())
    return _in_words(day.year, day.month, day.day)


def _in_words(year: int, month: int, day: int) -> str:
    """Return a date as dateparser cannot mistake it.

    Raises:
        ValueError: There is no such day.
    """
    return f"{datetime(year, month, day).day} {MONTHS[month - 1]} {year:04}"

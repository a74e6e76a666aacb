"""What conditions mean together, as they are given on a command line or in a query bar: where and when to search."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from egosearch.errors import LibraryError, QueryError
from egosearch.types import RecordingSummary, Where


class Recordings(Protocol):
    """What of a library says which recordings there are."""

    def recordings(self) -> list[RecordingSummary]: ...
    def find(self, text: str) -> RecordingSummary: ...


def where_of(
    library: Recordings,
    *,
    recording: Sequence[str] | None = None,
    folder: Path | None = None,
    since: str | None = None,
    until: str | None = None,
    between: str | None = None,
    on: str | None = None,
    when: str | None = None,
    said: str | None = None,
    tag: Sequence[str] | None = None,
    noted: str | None = None,
    now: datetime | None = None,
) -> Where:
    """Return what the options ask together: all of it at once.

    Args:
        library: Knows which recordings there are.
        recording: As `Library.find` takes them; any of them will do.
        folder: As typed; `~` and relative paths are fine.
        since: Words, as all that follow; see `egosearch.query.when`.
        until: Included to its end, where it is a day or longer.
        between: A time of day, from and to.
        on: One day.
        when: A day, a part of one, or longer.
        said: Words.
        tag: Of notes; any of them will do.
        noted: Words.
        now: The time that words count from; None for the present.

    Raises:
        QueryError: A recording or time is not known, or nothing can meet all conditions.
    """
    if not (recording or tag) and (folder, since, until, between, on, when, said, noted) == (None,) * 8:
        return Where()  # at once: reading times loads more than all else that a query through an owner needs
    from egosearch.notes.writing import clean_tag
    from egosearch.query.filtering import check
    from egosearch.query.when import parse_between, parse_instant, parse_on, parse_when

    now = now or datetime.now().astimezone()
    recordings = [_find(library, text) for text in recording or ()]
    if folder is not None:
        _check_folder(library, folder, recordings)
    periods = {}
    if on is not None:
        periods["--on"] = parse_on(on, now)
    if when is not None:
        periods["--when"] = parse_when(when, now)
    starts = {name: period.since for name, period in periods.items()}
    ends = {name: period.until for name, period in periods.items()}
    if since is not None:
        starts["--since"] = parse_instant(since, now, end=False)
    if until is not None:
        ends["--until"] = parse_instant(until, now, end=True)
    (since_name, earliest), (until_name, latest) = _bound(starts, max), _bound(ends, min)
    if {since_name, until_name} != {"--since", "--until"} and _is_empty(earliest, latest):
        raise QueryError(f"no time meets both {since_name} and {until_name}; leave one of them out, or change it")
    where = Where(
        recording_ids=frozenset(one.recording_id for one in recordings) if recordings else None,
        folder=folder,
        since=earliest,
        until=latest,
        between=None if between is None else parse_between(between),
        said=said,
        tags=frozenset(map(clean_tag, tag)) if tag else None,
        noted=noted,
    )
    check(where)
    return where


def _bound(
    bounds: dict[str, datetime], choose: Callable[[Iterable[datetime]], datetime]
) -> tuple[str, datetime | None]:
    """Return the bound that decides, with the option that sets it.

    Raises:
        QueryError: One has a time zone and another has none: which of them decides depends on the place.
    """
    if not bounds:
        return "", None
    if len({bound.tzinfo is None for bound in bounds.values()}) > 1:
        raise QueryError(
            f"{' and '.join(bounds)} cannot be combined, since only one has a time zone; name all times without"
        )
    chosen = choose(bounds.values())
    return next(name for name, bound in bounds.items() if bound == chosen), chosen


def _is_empty(earliest: datetime | None, latest: datetime | None) -> bool:
    if earliest is None or latest is None or (earliest.tzinfo is None) != (latest.tzinfo is None):
        return False
    return earliest >= latest


def _find(library: Recordings, text: str) -> RecordingSummary:
    try:
        return library.find(text)
    except LibraryError as error:
        raise QueryError(str(error)) from error


def _check_folder(library: Recordings, folder: Path, named: Sequence[RecordingSummary]) -> None:
    """Refuse a folder that no recording is in: it is mistyped, or the files have moved since."""
    from egosearch.query.filtering import folder_of

    place = folder_of(folder)
    if not any(one.path.is_relative_to(place) for one in named or library.recordings()):
        which = "none of the recordings named" if named else "no recording in the library"
        raise QueryError(f"{which} is in {place}; `egosearch recordings --json` shows where they are")

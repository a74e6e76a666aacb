"""What a typed line asks of a library."""

import re
from datetime import datetime
from pathlib import Path

from egosearch.errors import QueryError
from egosearch.query.conditions import Recordings, where_of
from egosearch.typed.reading import KEYS, read
from egosearch.types import Moment, Place, Query
from indexers.facts import Modality

_OPTION = re.compile(rf"--({'|'.join(KEYS)}|recording)\b")


def query_of(
    library: Recordings, line: str, *, limit: int = 10, session: str | None = None, now: datetime | None = None
) -> Query:
    """Return the query that a line means.

    Args:
        library: Knows which recordings there are.
        line: As typed.
        limit: At most so many moments.
        session: See `Query`.
        now: The time that words such as "yesterday" count from; None for the present.

    Raises:
        QueryError: A condition cannot be read, or nothing can meet all of them.
    """
    typed = read(line)
    if not (typed.text or typed.tags or "noted" in typed.conditions):  # notes can be listed without more
        raise QueryError("these are conditions only; say what you heard or saw too")
    given = dict(typed.conditions)
    folder = given.pop("folder", None)
    try:
        where = where_of(
            library,
            recording=typed.recordings,
            folder=None if folder is None else Path(folder),
            tag=typed.tags,
            now=now,
            **given,
        )
    except QueryError as error:
        raise QueryError(in_line(str(error))) from error
    return Query(
        typed.text,
        limit=limit,
        without=typed.without,
        then=typed.then,
        within_s=typed.within_s,
        weights=typed.weights,
        where=where,
        session=session,
    )


def more_like(moment: Moment, sense: Modality, *, limit: int = 10) -> Query:
    """Return the query for moments that sound, look, or are talked of like one: as it is where that sense has it."""
    span = next((one.span for one in moment.evidence if one.modality is sense), moment.span)
    middle_s = (span.start_s + span.end_s) / 2
    return Query(like=Place(moment.recording_id, middle_s), modalities=frozenset({sense}), limit=limit)


def in_line(sentence: str) -> str:
    """Return a sentence about options as one about what stands in a line.

    >>> in_line("what follows (--then) needs a time; say within how many seconds: --within 30")
    'what follows (then:) needs a time; say within how many seconds: within:30'
    """
    told = re.sub(r"--within (\d)", r"within:\1", sentence)
    return _OPTION.sub(lambda match: f"{'in' if match[1] == 'recording' else match[1]}:", told)

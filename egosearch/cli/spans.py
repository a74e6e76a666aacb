"""RECORDING@FROM-TO: a span of a recording, as people type it."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from egosearch.cli.places import parse_time
from egosearch.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from egosearch.clips.types import Cut
    from egosearch.owner.verbs import LibraryVerbs

SPAN = "RECORDING@FROM-TO"
"""How help and messages call it."""
_SPAN = re.compile(r"(.*\S)@([\d:.]+)-([\d:.]+)", re.DOTALL)
_PLACE = re.compile(r".*\S@[\d:.]+", re.DOTALL)


def are_spans(texts: Sequence[str]) -> bool:
    """Whether texts are spans rather than the words of a query.

    >>> are_spans(["me@home.mp4@1:30-1:40"]), are_spans(["the timer", "at 5"])
    (True, False)

    Raises:
        QueryError: Some are, some are not, or one names a place without an end.
    """
    spans = [text for text in texts if _SPAN.fullmatch(text)]
    if not spans:
        if place := next((text for text in texts if _PLACE.fullmatch(text)), None):
            raise QueryError(f"{place!r} names no end; write {SPAN}, such as kitchen.mp4@1:30-1:40")
        return False
    if len(spans) < len(texts):
        raise QueryError(f"{spans[0]!r} is a span and the rest is not; name either spans or what you remember")
    return True


def find_span(library: "LibraryVerbs", text: str) -> "Cut":
    """Return the span that a person means.

    Raises:
        QueryError: The text does not read as a span, ends before it begins, or names no recording, or several.
    """
    from egosearch.clips.types import Cut
    from indexers.facts import Span

    read = _SPAN.fullmatch(text)
    if read is None:
        raise QueryError(f"{text!r} is no span; write {SPAN}, such as kitchen.mp4@1:30-1:40")
    start_s, end_s = parse_time(read[2]), parse_time(read[3])
    if end_s <= start_s:
        raise QueryError(f"{text!r} ends before it begins; write {SPAN}, such as kitchen.mp4@1:30-1:40")
    try:
        return Cut(library.find(read[1]).recording_id, Span(start_s, end_s))
    except LibraryError as error:
        raise QueryError(str(error)) from error

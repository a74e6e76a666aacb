"""Taking a typed line apart: which of its words are conditions, and which are what is looked for.

    the timer beeps in:kitchen.mp4 since:"last monday" then:"opening the oven" within:30 audio:2

A condition is one of `KEYS`, a colon, and a value without spaces or in quotation marks, single or double. All else is
text, other words with colons too ("9:30"). A quotation mark that is not closed reaches to the end, and a condition at
the end that has no value yet is left out: lines are read while they are being typed.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from egosearch.errors import QueryError
from indexers.facts import Modality

KEYS: Mapping[str, str] = {
    "in": "only in this recording",
    "folder": "only recordings from this folder",
    "since": "only from then on",
    "until": "only up to then",
    "on": "only on this day",
    "between": "only at this time of any day",
    "when": "only then, in words",
    "said": "only around where this is said",
    "not": "what must not be there",
    "then": "what follows",
    "within": "seconds until what follows",
    "tag": "only around what has this tag",
    "noted": "only around what is noted so",
    "audio": "how much sound counts, 1 as usual",
    "visual": "how much the picture counts",
    "speech": "how much words count",
}
"""What a condition may begin with, and what it says."""
SEVERAL = frozenset({"in", "tag", "not", "then"})
"""What may be there more than once."""

_TOKEN = re.compile(
    rf"""(?P<key>{"|".join(KEYS)}):(?:"(?P<double>[^"]*)"?|'(?P<single>[^']*)'?|(?P<bare>\S*))|\S+""",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(?:s|seconds?)?")


@dataclass(frozen=True)
class Token:
    """A word or a condition of a line, and where it is."""

    start: int
    end: int
    """Not included."""
    key: str
    """One of `KEYS`; empty for a word."""
    value: str
    """Without its quotation marks; of a word, itself."""


@dataclass(frozen=True)
class Typed:
    """What a line holds, as typed."""

    text: str = ""
    recordings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    within_s: float | None = None
    weights: Mapping[Modality, float] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)
    """All others, by key."""


def tokens(line: str) -> list[Token]:
    """Return the words and conditions of a line, in order.

    >>> [(one.key, one.value) for one in tokens('oven at 9:30 not:"a dog"')]
    [('', 'oven'), ('', 'at'), ('', '9:30'), ('not', 'a dog')]
    """
    found = []
    for match in _TOKEN.finditer(line):
        key = (match["key"] or "").lower()
        values = (match["double"], match["single"], match["bare"])
        value = next((one for one in values if one is not None), "") if key else match[0]
        found.append(Token(match.start(), match.end(), key, value))
    return found


def read(line: str) -> Typed:
    """Take a line apart.

    Raises:
        QueryError: A condition is empty, is there twice, or is not the number that it has to be.
    """
    words, values = [], dict[str, list[str]]()
    for token in tokens(line):
        value = token.value.strip()
        if not token.key:
            words.append(token.value)
        elif value:
            values.setdefault(token.key, []).append(value)
        elif line[token.end :].strip():
            raise QueryError(f"{token.key}: has no value; write it right after the colon, or leave it out")
    for key, given in values.items():
        if len(given) > 1 and key not in SEVERAL:
            raise QueryError(f"{key}: is there {len(given)} times; leave one")
    weights = {sense: _number(sense.value, values.pop(sense.value)[0]) for sense in Modality if sense.value in values}
    within = values.pop("within", None)
    return Typed(
        text=" ".join(words),
        recordings=tuple(values.pop("in", ())),
        tags=tuple(values.pop("tag", ())),
        without=tuple(values.pop("not", ())),
        then=tuple(values.pop("then", ())),
        within_s=_number("within", within[0]) if within else None,
        weights=weights,
        conditions={key: given[0] for key, given in values.items()},
    )


def _number(key: str, value: str) -> float:
    match = _NUMBER.fullmatch(value)
    if match is None or not math.isfinite(float(match[1])):
        raise QueryError(f"{key}:{value} is not a number; write one such as {key}:{'30' if key == 'within' else '0.5'}")
    return float(match[1])

"""How a half-typed line may go on: the conditions that there are, and the values that they may have in this library."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from egosearch.notes.types import Note, tags_of
from egosearch.saved.names import folded
from egosearch.saved.types import SavedQuery
from egosearch.typed.reading import KEYS, Token, tokens
from egosearch.types import RecordingSummary

MOST = 50
"""Completions; more are not walked through but narrowed down."""
DAYS = ("yesterday", "today", "last week", "last monday", "3 days ago")
VALUES = {
    "since": DAYS,
    "until": ("yesterday", "today", "last week"),
    "on": ("yesterday", "today"),
    "between": ("morning", "afternoon", "evening", "night", "18:00-22:00"),
    "when": ("yesterday evening", "this morning", "last night", "last week", "last weekend", "in march"),
    "within": ("10", "30", "60", "300"),
    "audio": ("2", "0.5", "0"),
    "visual": ("2", "0.5", "0"),
    "speech": ("2", "0.5", "0"),
}
"""Values that are always worth offering. Times are as `egosearch.query.when` reads them."""


@dataclass(frozen=True)
class Known:
    """What a library has that conditions name."""

    names: tuple[str, ...] = ()
    """Of recordings, each once."""
    folders: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    """On which something was recorded, the latest first."""
    tags: tuple[str, ...] = ()
    """Of notes."""
    saved: tuple[SavedQuery, ...] = ()
    """Whole lines, by name."""

    @classmethod
    def of(
        cls, recordings: Iterable[RecordingSummary], notes: Iterable[Note] = (), saved: Iterable[SavedQuery] = ()
    ) -> Self:
        """Return what recordings are called, where and when they were made, how they are tagged, and what is saved."""
        listed = list(recordings)
        return cls(
            tuple(sorted({one.path.name for one in listed})),
            tuple(sorted({str(one.path.parent) for one in listed})),
            tuple(sorted({one.recorded_at.date() for one in listed if one.recorded_at}, reverse=True)),
            tags_of(notes),
            tuple(saved),
        )


@dataclass(frozen=True)
class Completion:
    """One way to go on."""

    line: str
    """The whole line then."""
    cursor: int
    """Where typing goes on in it."""
    label: str
    """What is put in."""
    tells: str = ""
    """What it is for."""


def complete(line: str, cursor: int, known: Known) -> list[Completion]:
    """Return how the word or condition that ends at the cursor may go on; empty where there is nothing to offer.

    A line that is the beginning of a saved query's name may become that query; an empty one, any.

    Worked example: "dog si" with the cursor at its end may become "dog since:", and then "dog since:yesterday ".
    """
    return [*_saved(line, cursor, known), *_conditions(line, cursor, known)]


def _saved(line: str, cursor: int, known: Known) -> list[Completion]:
    if line[cursor:].strip():
        return []
    found = [one for one in known.saved if folded(one.name).startswith(folded(line)) and one.line != line.strip()]
    return [Completion(one.line, len(one.line), one.name, one.line) for one in found[:MOST] if one.line.isprintable()]


def _conditions(line: str, cursor: int, known: Known) -> list[Completion]:
    token = next((one for one in tokens(line[:cursor]) if one.end == cursor), None)
    if token is None:
        return []
    if not token.key:
        keys = [key for key in KEYS if key.startswith(token.value.lower())]
        return [_put(line, token, f"{key}:", tells=KEYS[key]) for key in keys]
    values = _values(token.key, token.value, known)
    return [_put(line, token, f"{token.key}:{_quoted(value)}", ends=True) for value in values]


def _values(key: str, begun: str, known: Known) -> list[str]:
    wanted = begun.casefold()
    if wanted and any(wanted == value.casefold() for value in VALUES.get(key, ())):
        return []  # it is whole
    offered: Sequence[str] = VALUES.get(key, ())
    if key == "in":
        offered = known.names
    elif key == "folder":
        offered = known.folders
    elif key == "tag":
        offered = known.tags
    elif key in {"on", "since", "until"}:
        offered = (*offered, *(day.isoformat() for day in known.days))
    begin = [value for value in offered if value.casefold().startswith(wanted)]
    # A path is rarely known by its beginning, and cameras number their files at the end.
    hold = [value for value in offered if wanted in value.casefold()] if key in {"in", "folder"} else []
    found = [value for value in dict.fromkeys((*begin, *hold)) if value.casefold() != wanted and _is_writable(value)]
    return found[:MOST]


def _put(line: str, token: Token, what: str, *, ends: bool = False, tells: str = "") -> Completion:
    before, after = line[: token.start] + what, line[token.end :]
    gap = " " if ends and not after.startswith(" ") else ""
    return Completion(before + gap + after, len(before) + len(gap), what, tells)


def _is_writable(value: str) -> bool:
    return value.isprintable() and not ('"' in value and "'" in value)


def _quoted(value: str) -> str:
    if '"' in value:
        return f"'{value}'"
    return f'"{value}"' if " " in value or value.startswith("'") else value

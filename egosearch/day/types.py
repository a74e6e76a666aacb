"""What is known of a day: frozen values, cheap to import."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from egosearch.types import Moment, Query
from indexers.facts import Modality, Span

HIGHLIGHTS = 6
"""Sounds, and sights: as many as a glance takes in."""


@dataclass(frozen=True)
class DayPart:
    """What of a recording was made on a day: all of it, unless it goes on over midnight."""

    recording_id: str
    path: Path
    span: Span
    """Which part of the recording."""
    started_at: datetime.datetime
    """On the clock of its place, as `ended_at`."""
    ended_at: datetime.datetime


@dataclass(frozen=True)
class Day:
    """A day, as the clocks of the recordings' places have it."""

    date: datetime.date
    parts: tuple[DayPart, ...]
    """In the order of time; empty where nothing was recorded."""
    moments: tuple[Moment, ...]
    """The distinct sounds and sights that stand out most, in the order of time. Each has one piece of evidence, whose
    first word names it."""
    nameless: tuple[Modality, ...]
    """Senses that are searched by vectors without names (`open-clip`, `laion-clap`), so that nothing of them can be
    named here."""


def query_for(moment: Moment) -> Query:
    """Return the query that asks for what a day's moment is, by the same sense: for its scores, and for more of it.

    Raises:
        ValueError: The moment is none of a day's: it has no named evidence.
    """
    if not moment.evidence or not moment.evidence[0].words:
        raise ValueError(f"nothing names the moment at {moment.span.start_s:g} s of {moment.path.name}")
    evidence = moment.evidence[0]
    return Query(evidence.words[0], modalities=frozenset({evidence.modality}))

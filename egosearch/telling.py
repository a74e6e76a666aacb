"""Moments in words, for whoever shows them: the command line, captions of clips, contact sheets and reports.

Texts are returned as they are: names and what is said may hold anything, and whoever prints them makes them harmless
for the place where they go.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from egosearch.notes.types import Note
    from egosearch.types import Evidence, Moment, Query

SPEECH = "speech"
SENSES = {"audio": "heard", "visual": "seen", SPEECH: "said"}
"""What people call what a sense finds."""
MOST_WORDS = 3
NEGLIGIBLE = 0.1
"""Share of the leading evidence's score below which a sense is not mentioned to people: with 3 % of it, "4.2 s later
heard: Fire" would only puzzle. JSON has all."""
_SAME_TIME_S = 0.05
"""A smaller lag would read "0.0 s"."""


def clock(time_s: float) -> str:
    """Return a position or a duration as m:ss or h:mm:ss, rounded down.

    >>> clock(754.9), clock(3601)
    ('12:34', '1:00:01')
    """
    minutes, seconds = divmod(int(max(time_s, 0.0) + 1e-6), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length(duration_s: float) -> str:
    """Return how long a moment is: tenths of a second below a minute.

    >>> length(1.44), length(75)
    ('1.4 s', '1:15')
    """
    return f"{duration_s:.1f} s" if duration_s < 59.95 else clock(round(duration_s))


def when(moment: "datetime | None") -> str:
    """Return a wall-clock time to the second, in the zone it was recorded in; empty where unknown."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def asked_in_words(query: "Query", example: str | None = None) -> str:
    """Say what was asked: “the timer” without “music”, then “a door” within 30 s."""
    named = [query.text.strip(), *(path.name for path in (query.image, query.sound) if path), example or ""]
    parts = [" with ".join(f"“{one}”" for one in named if one)]
    if query.without:
        parts.append(" without " + " or ".join(f"“{one}”" for one in query.without))
    if query.within_s is not None:
        parts += [f", then “{one}” within {query.within_s:g} s" for one in query.then]
    return "".join(parts)


def why(moment: "Moment") -> str:
    """Say what was heard, seen and said, leading evidence first: "heard: Alarm clock · 1.2 s later seen: oven".

    What follows is told step by step: "heard: Alarm clock → seen: oven". What is noted comes first.
    """
    steps: dict[int, list[Evidence]] = {}
    for one in moment.evidence:
        steps.setdefault(one.step, []).append(one)
    told = [f"noted: {noted(note)}" for note in moment.notes]
    return " · ".join([*told, " → ".join(_told(of_step) for of_step in steps.values())] if steps else told)


def noted(note: "Note") -> str:
    """Say what is noted: “Anna's birthday cake” #kitchen."""
    quoted = f"“{' '.join(note.text.split())}”" if note.text else ""
    return " ".join(filter(None, (quoted, *(f"#{tag}" for tag in note.tags))))


def lag(evidence: "Evidence") -> str:
    """Say how long after the leading evidence this one comes: "1.2 s later"; empty where they come together."""
    if abs(evidence.lag_s) < _SAME_TIME_S:
        return ""
    return f"{abs(evidence.lag_s):.1f} s {'later' if evidence.lag_s > 0 else 'earlier'}"


def words(evidence: "Evidence") -> str:
    """Say what one sense found: concepts, or what is said, in quotation marks."""
    if evidence.modality == SPEECH and evidence.words:
        return f"“{evidence.words[0]}”"
    # Vectors of some encoders have no words; then how far it stands out has to do.
    # A class name may list synonyms ("Beep, bleep"); the first is enough to read. The JSON has the whole.
    first = dict.fromkeys(word.partition(",")[0] for word in evidence.words)
    return ", ".join(list(first)[:MOST_WORDS]) or f"stands out by {evidence.score:.1f}"


def _told(evidence: "list[Evidence]") -> str:
    leading, *others = evidence  # what the lag of the others is counted from, so it is told however weak
    told = [leading, *(one for one in others if one.score >= NEGLIGIBLE * leading.score)]
    return " · ".join(f"{lag(one)} {SENSES[str(one.modality)]}: {words(one)}".lstrip() for one in told)

"""Values as words. What comes from files (names, words heard) is data: made printable here, never read as markup."""

import math
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from egosearch import telling
from egosearch.notes.types import Note
from egosearch.printable import plain
from egosearch.types import Evidence
from indexers.types import Modality, Span

SENSES = {Modality.AUDIO: "heard", Modality.VISUAL: "seen", Modality.SPEECH: "said"}
"""What the user calls each modality."""
FUSED = "together"
"""What the user calls the fused score."""


def clock(time_s: float, *, tenths: bool = False) -> str:
    """Return a position as m:ss or h:mm:ss.

    >>> clock(754.56), clock(3601), clock(754.56, tenths=True)
    ('12:34', '1:00:01', '12:34.5')
    """
    # Rounded down: a position must not lie past the thing it points at. The small step undoes 0.3 being 0.2999...
    in_tenths = math.floor(max(time_s, 0.0) * 10 + 1e-6)
    whole, tenth = divmod(in_tenths, 10)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{tenth}" if tenths else text


def length(duration_s: float) -> str:
    """Return a duration: tenths below ten seconds, then two units.

    >>> length(0.96), length(42.4), length(125), length(12_000)
    ('1.0 s', '42 s', '2 min 05 s', '3 h 20 min')
    """
    if duration_s < 9.95:
        return f"{duration_s:.1f} s"
    seconds = round(duration_s)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s"
    minutes = round(duration_s / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def size(size_bytes: int) -> str:
    """Return a size in decimal units.

    >>> size(999), size(51_000_000)
    ('999 B', '51.0 MB')
    """
    value, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.95 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} B" if units[0] == "B" else f"{value:.1f} {units[0]}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 moment", "3 moments"; "near miss" takes "es"."""
    plural = "es" if noun.endswith("s") else "s"
    return f"{number} {noun}{'' if number == 1 else plural}"


def wall_clock(when: datetime | None) -> str:
    """Return a date and time to the second; empty where unknown."""
    return f"{when:%Y-%m-%d %H:%M:%S}" if when else ""


def percent(share: float) -> str:
    """Return a share of one as a right-aligned percentage, four characters wide up to 100 %."""
    return f"{round(share * 100):>3} %"


def name(path: Path) -> str:
    """Return a file's printable name."""
    return plain(path.name) or "(a name without printable characters)"


def concept(word: str) -> str:
    """Return a concept by its first name, as it would stand inside a sentence.

    >>> concept("Beep, bleep"), concept("TV set"), concept("oven")
    ('beep', 'TV set', 'oven')
    """
    first = plain(word).split(",")[0].strip()
    return first[:1].lower() + first[1:] if first[1:2].islower() else first


def told(evidence: Evidence, most: int | None = None) -> str:
    """Return what a sense noticed, in words: concepts, of speech the sentence; empty where there are none."""
    found = evidence.words[:most]
    return plain(" ".join(found)) if evidence.modality is Modality.SPEECH else ", ".join(map(concept, found))


def words(evidence: Iterable[Evidence], *, most: int = 3) -> str:
    """Return what was heard and seen: "heard alarm clock, beep; seen oven"."""
    return "; ".join(f"{sense(one)} {told(one, most)}" for one in evidence if one.words[:most])


def noted(note: Note) -> str:
    """Return what is noted, with its tags: "“Anna's birthday cake” #kitchen"."""
    return plain(telling.noted(note))


def sense(evidence: Evidence) -> str:
    """Return by which sense something was noticed; of what follows in a sequence "then heard"."""
    return f"{'then ' if evidence.step else ''}{SENSES[evidence.modality]}"


def lag(lag_s: float) -> str:
    """Return how one piece of evidence lies beside the leading one.

    >>> lag(2.1), lag(-0.8), lag(0.02)
    ('2.1 s later', '0.8 s earlier', 'at the same time')
    """
    if abs(lag_s) < 0.05:
        return "at the same time"
    return f"{abs(lag_s):.1f} s {'later' if lag_s > 0 else 'earlier'}"


def gap(gap_s: float) -> str:
    """Return how far two recordings are apart in time; below a second they follow each other.

    >>> gap(200), gap(0.3), gap(-600)
    ('3 min 20 s between them', 'no time between them', 'both were running for 10 min 00 s')
    """
    if abs(gap_s) < 1:
        return "no time between them"
    return f"{length(gap_s)} between them" if gap_s > 0 else f"both were running for {length(-gap_s)}"


def span(one: Span) -> str:
    """Return from when to when: "1:05–1:09"; with tenths where the two would read the same.

    >>> span(Span(65, 69)), span(Span(65.1, 65.9))
    ('1:05–1:09', '1:05.1–1:05.9')
    """
    tenths = clock(one.start_s) == clock(one.end_s)
    return f"{clock(one.start_s, tenths=tenths)}–{clock(one.end_s, tenths=tenths)}"


def trust(share: float) -> str:
    """Return trust in a word and a number: "high trust 92 %"."""
    return f"{_level(share)} trust {percent(share).strip()}"


def _level(share: float) -> str:
    return "high" if share >= 0.67 else "fair" if share >= 0.34 else "low"


_TRUSTED = {
    "high": "the {what} is clear here, and can tell such things",
    "fair": "the {what} tells only part of it here",
    "low": "the {what} here is too poor to go by, or cannot tell such things",
}
_WHAT = {Modality.AUDIO: "sound", Modality.VISUAL: "picture", Modality.SPEECH: "speech"}


def reasons(evidence: Evidence, leading: Evidence) -> list[str]:
    """Return in sentences what a score, a trust and a lag mean.

    Args:
        evidence: What one sense has to say.
        leading: The leading evidence of the same step, which may be the same.
    """
    score = "clearly" if evidence.score >= 2 else "a little" if evidence.score >= 1 else "hardly"
    told = [
        f"stands out {score} from the rest of the library (score {evidence.score:.1f})",
        f"{trust(evidence.trust)}: {_TRUSTED[_level(evidence.trust)].format(what=_WHAT[evidence.modality])}",
    ]
    if evidence is not leading:
        told.insert(0, f"{lag(evidence.lag_s)} than it was {SENSES[leading.modality]}".replace("time than", "time as"))
    return told


def place(path: Path, time_s: float) -> str:
    """Return where something is, to paste elsewhere: "path@12:34.5"."""
    return f"{plain(str(path))}@{clock(time_s, tenths=True)}"

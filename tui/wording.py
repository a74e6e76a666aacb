"""Values as words. What comes from files (names, words heard) is data: made printable here, never read as markup."""

import math
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from egosearch.types import Evidence, Moment
from indexers.types import Modality

SENSES = {Modality.AUDIO: "heard", Modality.VISUAL: "seen", Modality.SPEECH: "said"}
"""What the user calls each modality."""
FUSED = "together"
"""What the user calls the fused score."""

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str) -> str:
    r"""Return text that cannot steer a terminal: no control, bidirectional or undecodable characters, on one line.

    >>> clean("a\x1b[31mb\nc")
    'a[31mb c'
    """
    spaced = "".join(" " if char in "\t\n\r" else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in _UNPRINTABLE)


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
    return clean(path.name) or "(a name without printable characters)"


def concept(word: str) -> str:
    """Return a concept by its first name, as it would stand inside a sentence.

    >>> concept("Beep, bleep"), concept("TV set"), concept("oven")
    ('beep', 'TV set', 'oven')
    """
    first = clean(word).split(",")[0].strip()
    return first[:1].lower() + first[1:] if first[1:2].islower() else first


def told(evidence: Evidence, most: int | None = None) -> str:
    """Return what a sense noticed, in words: concepts, of speech the sentence; empty where there are none."""
    found = evidence.words[:most]
    return clean(" ".join(found)) if evidence.modality is Modality.SPEECH else ", ".join(map(concept, found))


def words(evidence: Iterable[Evidence], *, most: int = 3) -> str:
    """Return what was heard and seen: "heard alarm clock, beep; seen oven"."""
    return "; ".join(f"{SENSES[one.modality]} {told(one, most)}" for one in evidence if one.words[:most])


def lag(lag_s: float) -> str:
    """Return how one piece of evidence lies beside the leading one.

    >>> lag(2.1), lag(-0.8), lag(0.02)
    ('2.1 s later', '0.8 s earlier', 'at the same time')
    """
    if abs(lag_s) < 0.05:
        return "at the same time"
    return f"{abs(lag_s):.1f} s {'later' if lag_s > 0 else 'earlier'}"


def trust(share: float) -> str:
    """Return trust in a word and a number: "high trust 92 %"."""
    word = "high" if share >= 0.67 else "fair" if share >= 0.34 else "low"
    return f"{word} trust {percent(share).strip()}"


def place(moment: Moment) -> str:
    """Return where a moment is, to paste elsewhere: "path@12:34.5"."""
    return f"{clean(str(moment.path))}@{clock(moment.span.start_s, tenths=True)}"

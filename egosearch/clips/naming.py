"""Names for what is cut out: they say from which recording and when, and differ within one run."""

import os
import re
import unicodedata
from collections.abc import Iterable
from math import ceil
from pathlib import Path

from egosearch.printable import plain
from indexers.facts import Span

LONGEST_STEM_BYTES = 200
"""Of what comes from elsewhere: file systems take 255 bytes for a name, of which a letter may need four."""


def clip_name(recording: Path, span: Span, ending: str) -> str:
    """Return a name such as `kitchen_0m12s-0m20s.mp4`: whole seconds, outwards, and nothing that steers a terminal.

    >>> clip_name(Path("/videos/kitchen.MP4"), Span(12.5, 19.2), ".mp4")
    'kitchen_0m12s-0m20s.mp4'
    >>> clip_name(Path("walk.mkv"), Span(3725.0, 3730.0), ".wav")
    'walk_1h02m05s-1h02m10s.wav'
    """
    return f"{_cut(plain(recording.stem)) or 'clip'}_{_stamp(int(span.start_s))}-{_stamp(ceil(span.end_s))}{ending}"


def named_after(text: str, kind: str, ending: str) -> str:
    """Return a name made of what was asked: letters and digits of any script, the rest as dashes.

    >>> named_after("when the timer went off!", "reel", ".mp4")
    'reel_when-the-timer-went-off.mp4'
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())
    slug = _cut("-".join(words), LONGEST_STEM_BYTES // 2).rstrip("-_")
    return f"{kind}_{slug}{ending}" if slug else f"{kind}{ending}"


def told_apart(names: Iterable[str]) -> list[str]:
    """Return the names, with a number where one comes again, as two cameras or two moments of one second have it.

    >>> told_apart(["a.mp4", "b.mp4", "a.mp4"])
    ['a.mp4', 'b.mp4', 'a_2.mp4']
    """
    taken: set[str] = set()
    told = []
    for name in names:
        path, number = Path(name), 1
        while name.casefold() in taken:  # some file systems know no letter case
            number += 1
            name = f"{path.stem}_{number}{path.suffix}"  # noqa: PLW2901 - the name that it gets instead
        taken.add(name.casefold())
        told.append(name)
    return told


def _cut(name: str, most_bytes: int = LONGEST_STEM_BYTES) -> str:
    while len(os.fsencode(name)) > most_bytes:
        name = name[:-1]
    return name


def _stamp(time_s: int) -> str:
    minutes, seconds = divmod(time_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m{seconds:02}s" if hours else f"{minutes}m{seconds:02}s"

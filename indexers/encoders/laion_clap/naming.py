"""How checkpoints of LAION-CLAP and their windows are named. Only words: what is there is `checkpoint`'s to say.

| variant | means |
| --- | --- |
| `630k-audioset-best` | a published checkpoint, or any `NAME.pt` that lies beside those in the models' folder |
| `/home/me/mine.pt` | a checkpoint in a local file |

Each may end in `?window_s=5&hop_s=2.5`, or one of the two.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from indexers.encoders.variants import Asked, split
from indexers.errors import EncoderError
from indexers.windows import SLICE_S

FAMILY = "laion-clap"
EXAMPLE = f"{FAMILY}:630k-audioset-best"

WINDOW_S = 2.0
"""Half of all sounds last less than a second, which ten seconds of kitchen around them drown; below two, what makes a
sound a tap or a drill is cut off. Not measured here, where there are no weights."""
HOP_S = 1.0
"""Every moment is in two windows. The cost of indexing is that of the hops: half a second costs twice as much."""
SHORTEST_S, LONGEST_S = 1.0, 10.0
"""Of a window: CLAP hears ten seconds at a time."""
CLOSEST_S = 0.1
"""Of hops."""


@dataclass(frozen=True)
class Variant(Asked):
    """What was asked for."""

    family = FAMILY

    checkpoint: str | Path
    """A name, or a file's absolute path."""
    window_s: float
    hop_s: float


def parse(variant: str) -> Variant:
    """Read a variant.

    Raises:
        EncoderError: It is written otherwise, or such windows cannot be.
    """
    source, options = split(variant, FAMILY, ["window_s", "hop_s"])
    window_s = _seconds("window_s", options.get("window_s"), WINDOW_S)
    hop_s = _seconds("hop_s", options.get("hop_s"), HOP_S)
    if not SHORTEST_S <= window_s <= LONGEST_S:
        raise EncoderError(
            f"windows of {FAMILY} last from {SHORTEST_S:g} to {LONGEST_S:g} s, not {window_s:g}; set window_s so"
        )
    if not CLOSEST_S <= hop_s <= window_s:
        raise EncoderError(
            f"windows of {window_s:g} s cannot be {hop_s:g} s apart; set hop_s from {CLOSEST_S:g} to {window_s:g}"
        )
    if abs(SLICE_S / hop_s - round(SLICE_S / hop_s)) > 1e-6:
        raise EncoderError(
            f"recordings are cut every {SLICE_S:g} s, which is no multiple of a hop of {hop_s:g} s;"
            " set hop_s to one that divides it, such as 0.5, 1 or 2.5"
        )
    return Variant(variant, _checkpoint(source), window_s, hop_s)


def _checkpoint(source: str) -> str | Path:
    if not source:
        raise EncoderError(f"the encoder {FAMILY} needs a checkpoint; name one: {EXAMPLE}")
    path = Path(source).expanduser()
    if path.is_absolute():
        return path
    if path.name != source or source.endswith(".pt"):
        raise EncoderError(f"{FAMILY}:{source} names no checkpoint; write the file's whole path, or a name: {EXAMPLE}")
    return source


def _seconds(option: str, text: str | None, usual: float) -> float:
    if text is None:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EncoderError(f"{option} of {FAMILY} is a number of seconds, not {text!r}; write {option}={usual:g}")
    return value

"""What a cut takes and gives."""

from dataclasses import dataclass
from pathlib import Path

from indexers.facts import Span


@dataclass(frozen=True)
class Cut:
    """A span of a recording that is to be cut out."""

    recording_id: str
    span: Span
    """In seconds of the recording; what reaches over its ends is left out."""
    caption: str = ""
    """Told where it begins, where several are joined; empty for nothing."""


@dataclass(frozen=True)
class ClipOptions:
    """How to cut."""

    pad_s: float = 0.0
    """Seconds to add before and after, as far as the recording goes."""
    copy: bool = False
    """Copy what the recording holds instead of encoding it again: faster and without loss, but it begins with the key
    frame before the span. For one span at a time."""
    replace: bool = False
    """Replace a file that is there already."""
    short_side_px: int | None = None
    """Scale larger pictures down to this short side."""
    is_small: bool = False
    """Encode for few bytes rather than for looks, as for embedding."""


@dataclass(frozen=True)
class ClipFile:
    """A file that was written."""

    path: Path
    spans: tuple[Span, ...]
    """What it holds, in seconds of each recording, in the order of the file; a copy may begin before what was asked."""
